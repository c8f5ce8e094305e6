"""SAVEE: English, four male speakers, `AudioData/DC/sa03.wav` or `DC_sa03.wav`.

Reference: Haq & Jackson 2010, "Multimodal emotion recognition", chapter 17 of
Machine Audition.
"""

import os
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
from pathnet_tf.data.dataset_card import MODALITIES
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.media_files import SOUNDS, VIDEOS

# The two-letter codes come first, since `_CODE` takes the first that matches.
EMOTIONS = {
    "sa": "sadness",
    "su": "surprise",
    "a": "anger",
    "d": "disgust",
    "f": "fear",
    "h": "happiness",
    "n": "neutral",
}
SPEAKERS = ("DC", "JE", "JK", "KL")
PUBLISHED = Published(
    speakers=SPEAKERS,
    clips_per_cell={
        emotion: 30 if emotion == "neutral" else 15 for emotion in EMOTIONS.values()
    },
)
REMEDY = (
    "get SAVEE (http://kahlan.eps.surrey.ac.uk/savee) and give the folder that holds "
    "AudioData or AudioVisualClip, or DC, JE, JK and KL, or DC_sa03.wav and the like"
)

_CODE = rf"({'|'.join(EMOTIONS)})(\d+)"
_NESTED = re.compile(_CODE, re.IGNORECASE)
_FLAT = re.compile(rf"({'|'.join(SPEAKERS)})_({_CODE})", re.IGNORECASE)


def read(folder: Path, *, modality: str = "speech") -> Reading:
    """Reads SAVEE.

    Args:
      folder: Holds `AudioData` or `AudioVisualClip`, the speakers' folders, or files
        of the flat layout such as `DC_sa03.wav`.
      modality: `speech` reads the audio files; if there are none, the sound of the
        videos. `face` reads the videos.

    Returns:
      The clips. A recording is a problem if its name and folder do not say who speaks
      and with which emotion. Files of the other modality are left out.

    Raises:
      DataError: The folder does not exist, is empty, holds two copies of a clip, or
        mixes both layouts.
    """
    require_folder(folder, remedy=REMEDY)
    audio = media_files(folder, SOUNDS)
    video = media_files(folder, VIDEOS)
    clips, problems = [], []
    nested, flat = [], []
    read, others, remark = audio, video, "a video; the audio files are read"
    if modality == "face":
        read, others, remark = video, audio, "a sound; the videos are read"
    elif not audio:
        read, others = video, []
    for path in read:
        source = relative_source(path, folder)
        in_name = _FLAT.fullmatch(path.stem)
        in_folder = _NESTED.fullmatch(path.stem)
        parent = Path(os.path.abspath(path)).parent.name.upper()
        if in_name:
            speaker, name, code, number = in_name.groups()
            flat.append(source)
        elif in_folder and parent in SPEAKERS:
            speaker, name, code, number = parent, path.stem, *in_folder.groups()
            nested.append(source)
        else:
            reason = "no label: neither such as DC/sa03 nor such as DC_sa03"
            problems.append(Remark(source, reason))
            continue
        clips.append(
            Clip(
                # The key is the same in both layouts, to match sound with video.
                key=f"savee/{speaker.upper()}/{name}{path.suffix}",
                corpus="savee",
                speaker=speaker.upper(),
                emotion=EMOTIONS[code.lower()],
                path=path,
                # The first three of each emotion are the same; their names differ.
                sentence=f"{code.lower()}{int(number):02d}",
                sex="male",
            )
        )
    if nested and flat:
        raise DataError(
            f"{folder} mixes SAVEE's two layouts ({nested[0]} and {flat[0]}), which "
            "would count clips twice; give a folder that holds one"
        )
    left_out = [Remark(relative_source(path, folder), remark) for path in others]
    return make_reading(
        folder, clips, problems=problems, left_out=left_out, remedy=REMEDY
    )


CORPUS = CorpusWithReader(
    name="savee",
    title="SAVEE",
    language="English",
    licence="research, after registration",
    remedy=REMEDY,
    example="AudioData/DC/sa03.wav",
    emotions=EMOTIONS,
    published=PUBLISHED,
    pattern=rf"({'|'.join(SPEAKERS)})[/_]{_CODE}",
    reader=read,
    modalities=MODALITIES,
    given=("modality",),
)
