"""JAFFE: faces of ten Japanese women, `KA.AN1.39.tiff`.

The fields of a name are person, emotion with the number of the picture, and a running
number.

Reference: Lyons et al. 1998, "Coding facial expressions with Gabor wavelets".
"""

import re
from pathlib import Path

from data_tools.corpora.clip import (
    Clip,
    Reading,
    Remark,
    make_reading,
    media_files,
    relative_source,
    require_folder,
)
from data_tools.corpora.corpus import CorpusWithReader
from data_tools.corpora.published_counts import Published
from pathnet_tf.runtime.media_files import PICTURES

EMOTIONS = {
    "AN": "anger",
    "DI": "disgust",
    "FE": "fear",
    "HA": "happiness",
    "NE": "neutral",
    "SA": "sadness",
    "SU": "surprise",
}
SPEAKERS = ("KA", "KL", "KM", "KR", "MK", "NA", "NM", "TM", "UY", "YM")
PUBLISHED = Published(
    speakers=SPEAKERS,
    clips_per_emotion={
        "anger": 30,
        "disgust": 29,
        "fear": 32,
        "happiness": 31,
        "neutral": 30,
        "sadness": 31,
        "surprise": 30,
    },
)
REMEDY = (
    "get JAFFE (https://zenodo.org/records/3451524, by a form) and give the folder "
    "that holds KA.AN1.39.tiff and its 212 siblings"
)

_NAME = re.compile(
    rf"({'|'.join(SPEAKERS)})\.({'|'.join(EMOTIONS)})\d\.\d+", re.IGNORECASE
)


def read(folder: Path) -> Reading:
    """Reads the pictures of JAFFE.

    Args:
      folder: Holds the pictures, directly or further down.

    Returns:
      The clips. A picture is a problem if its name does not say who is seen, and with
      which emotion.

    Raises:
      DataError: The folder does not exist, is empty, or holds two copies of a clip.
    """
    require_folder(folder, remedy=REMEDY)
    clips, problems = [], []
    for path in media_files(folder, PICTURES):
        match = _NAME.fullmatch(path.stem.strip())
        if match is None:
            reason = "no label: its name is none such as KA.AN1.39"
            problems.append(Remark(relative_source(path, folder), reason))
            continue
        speaker = match[1].upper()
        clips.append(
            Clip(
                key=f"jaffe/{speaker}/{path.name}",
                corpus="jaffe",
                speaker=speaker,
                emotion=EMOTIONS[match[2].upper()],
                path=path,
                sex="female",
            )
        )
    return make_reading(folder, clips, problems=problems, remedy=REMEDY)


CORPUS = CorpusWithReader(
    name="jaffe",
    title="JAFFE",
    language="",
    licence="research, by a form",
    remedy=REMEDY,
    example="KA.AN1.39.tiff",
    emotions=EMOTIONS,
    published=PUBLISHED,
    pattern=_NAME.pattern,
    modalities=("face",),
    reader=read,
)
