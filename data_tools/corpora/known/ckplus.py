"""CK+: faces of 123 people from neutral to the peak of an emotion.

A sequence is `cohn-kanade-images/S005/001/S005_001_00000001.png` and so on. Of 327 of
the 593 sequences `Emotion/S005/001/S005_001_00000011_emotion.txt` holds the emotion as
a number, and is named after the picture at the peak.

Reference: Lucey et al. 2010, "The extended Cohn-Kanade dataset (CK+): a complete
dataset for action unit and emotion-specified expression".
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
from data_tools.corpora.label_files import lines_of, text_files
from data_tools.corpora.published_counts import Published
from pathnet_tf.runtime.media_files import PICTURES

EMOTIONS = {
    "1": "anger",
    "2": "contempt",
    "3": "disgust",
    "4": "fear",
    "5": "happiness",
    "6": "sadness",
    "7": "surprise",
}
PUBLISHED = Published(
    num_speakers=118,
    clips_per_emotion={
        "anger": 45,
        "contempt": 18,
        "disgust": 59,
        "fear": 25,
        "happiness": 69,
        "sadness": 28,
        "surprise": 83,
    },
)
REMEDY = (
    "get CK+ (https://www.jeffcohn.net/resources, by a form) and give the folder that "
    "holds cohn-kanade-images and Emotion"
)

_PICTURE = re.compile(r"((S\d{3})_\d{3})_\d{8}")
_LABEL = "_emotion"


def read(folder: Path) -> Reading:
    """Reads the pictures of CK+ at the peak of an emotion.

    Args:
      folder: Holds `cohn-kanade-images` and `Emotion`, directly or further down.

    Returns:
      The clips. The other pictures of a sequence lead to its peak and are not
      mentioned; a sequence without a label is left out. A label is a problem if it is
      no number of an emotion, or if there is no picture of its name.

    Raises:
      DataError: The folder does not exist, is empty, or holds two copies of a clip.
    """
    require_folder(folder, remedy=REMEDY)
    labels = {
        file.stem.removesuffix(_LABEL): file
        for file in text_files(folder)
        if file.stem.endswith(_LABEL)
    }
    clips, problems, pictures = [], [], set()
    sequences: dict[str, Path] = {}
    for path in media_files(folder, PICTURES):
        source = relative_source(path, folder)
        match = _PICTURE.fullmatch(path.stem)
        if match is None:
            reason = "no label: its name is none such as S005_001_00000011"
            problems.append(Remark(source, reason))
            continue
        pictures.add(path.stem)
        sequences[match[1]] = path.parent
        if path.stem not in labels:
            continue
        number = "".join(lines_of(labels[path.stem])).strip()
        emotion = EMOTIONS.get(_whole(number), "")
        if not emotion:
            reason = f"no label: {labels[path.stem].name} says {number[:40]!r}"
            problems.append(Remark(source, reason))
            continue
        clips.append(
            Clip(
                key=f"ckplus/{match[2]}/{path.name}",
                corpus="ckplus",
                speaker=match[2],
                emotion=emotion,
                path=path,
            )
        )
    problems += [
        Remark(relative_source(file, folder), f"there is no picture {name}")
        for name, file in labels.items()
        if name not in pictures
    ]
    labelled = {name.rpartition("_")[0] for name in labels}
    left_out = [
        Remark(relative_source(path, folder), "a sequence without a label")
        for name, path in sequences.items()
        if name not in labelled
    ]
    return make_reading(
        folder, clips, problems=problems, left_out=left_out, remedy=REMEDY
    )


def _whole(number: str) -> str:
    """Writes a number such as 3.0000000e+00 as 3; empty if it is no whole number."""
    match = re.fullmatch(r"(\d)(?:\.0*(?:e\+00)?)?", number)
    return match[1] if match else ""


CORPUS = CorpusWithReader(
    name="ckplus",
    title="CK+",
    language="",
    licence="research, by a form",
    remedy=REMEDY,
    example="cohn-kanade-images/S005/001/S005_001_00000011.png",
    emotions=EMOTIONS,
    published=PUBLISHED,
    pattern=_PICTURE.pattern,
    modalities=("face",),
    reader=read,
    caution="most people show some of the emotions only: folds of groups of people",
    other_names=("ck", "cohn-kanade"),
)
