"""EMO-DB: German speech, ten speakers, seven emotions, `wav/03a01Fa.wav`.

Reference: Burkhardt et al. 2005, "A database of German emotional speech".
"""

import re
from pathlib import Path

from data_tools.corpora.clip import (
    AUDIO_SUFFIXES,
    Clip,
    Reading,
    Remark,
    make_reading,
    media_files,
    relative_source,
    require_folder,
)
from data_tools.corpora.published_counts import Published

EMOTIONS = {
    "W": "anger",
    "L": "boredom",
    "E": "disgust",
    "A": "fear",
    "F": "happiness",
    "T": "sadness",
    "N": "neutral",
}
SPEAKERS = ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16")
PUBLISHED = Published(
    speakers=SPEAKERS,
    clips_per_emotion={
        "anger": 127,
        "boredom": 81,
        "disgust": 46,
        "fear": 69,
        "happiness": 71,
        "neutral": 79,
        "sadness": 62,
    },
)
REMEDY = (
    "get EMO-DB (http://emodb.bilderbar.info) and give the folder that holds "
    "wav/03a01Fa.wav and its 534 siblings"
)

_NAME = re.compile(r"(\d\d)[ab]\d\d([WLEAFTN])[a-z]?", re.IGNORECASE)


def read(folder: Path) -> Reading:
    """Reads EMO-DB.

    Args:
      folder: Holds the recordings, directly or in `wav/`.

    Returns:
      The clips. A recording is a problem if its name does not consist of speaker,
      sentence, emotion and version.

    Raises:
      DataError: The folder does not exist, is empty, or holds two copies of a clip.
    """
    require_folder(folder, remedy=REMEDY)
    clips, problems = [], []
    for path in media_files(folder, AUDIO_SUFFIXES):
        match = _NAME.fullmatch(path.stem)
        if match is None or match[1] not in SPEAKERS:
            reason = "no label: its name is not that of an EMO-DB file such as 03a01Fa"
            problems.append(Remark(relative_source(path, folder), reason))
            continue
        clips.append(
            Clip(
                key=f"emodb/{match[1]}/{path.name}",
                corpus="emodb",
                speaker=match[1],
                emotion=EMOTIONS[match[2].upper()],
                path=path,
            )
        )
    return make_reading(folder, clips, problems=problems, remedy=REMEDY)
