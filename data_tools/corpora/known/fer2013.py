"""FER2013: 35,887 faces of 48 x 48 pixels, found on the web, nobody knows of whom.

A picture is `train/angry/Training_3908.jpg`, or lies in a folder of its emotion alone.
The original is one table, `fer2013.csv`, which is unpacked into such pictures first.

Reference: Goodfellow et al. 2013, "Challenges in representation learning: a report on
three machine learning contests".
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
from data_tools.corpora.label_files import text_files
from data_tools.corpora.published_counts import Published
from data_tools.unpacking import fer2013_table
from data_tools.unpacking.fer2013_table import EMOTIONS, SPEAKER, SPLITS
from data_tools.unpacking.unpacked_folder import unpacked_once
from pathnet_tf.runtime.media_files import PICTURES

TABLE = "fer2013.csv"
PUBLISHED = Published(
    speakers=(SPEAKER,),
    clips_per_emotion={
        "anger": 4953,
        "disgust": 547,
        "fear": 5121,
        "happiness": 8989,
        "sadness": 6077,
        "surprise": 4002,
        "neutral": 6198,
    },
)
REMEDY = (
    "get FER2013 (https://www.kaggle.com/datasets/msambare/fer2013) and give the "
    f"folder that holds train and test, or folders such as angry, or {TABLE}"
)

_PART_IN_NAME = re.compile(r"([A-Za-z]+)_\d+")


def read(folder: Path) -> Reading:
    """Reads the pictures of FER2013.

    Args:
      folder: Holds the folders of emotions, directly or further down; or else
        `fer2013.csv`, which may also be given itself and is unpacked into the user's
        cache folder.

    Returns:
      The clips, all of one speaker who is no person. The split is what a name or a
      folder says. A picture is a problem if it lies in no folder of an emotion.

    Raises:
      DataError: The folder does not exist, is empty, or holds two copies of a clip; or
        the table cannot be read.
    """
    if folder.is_file():
        return read(unpacked_once(folder, fer2013_table.unpack(folder)))
    require_folder(folder, remedy=REMEDY)
    clips, problems = [], []
    for path in media_files(folder, PICTURES):
        source = relative_source(path, folder)
        *parents, emotion = Path(os.path.abspath(path)).parts[:-1]
        if emotion.lower() not in EMOTIONS:
            reason = "no label: it lies in no folder such as angry"
            problems.append(Remark(source, reason))
            continue
        match = _PART_IN_NAME.fullmatch(path.stem)
        words = [match[1] if match else "", *parents[-1:]]
        splits = [SPLITS[word.lower()] for word in words if word.lower() in SPLITS]
        clips.append(
            Clip(
                key=f"fer2013/{SPEAKER}/{source}",
                corpus="fer2013",
                speaker=SPEAKER,
                emotion=EMOTIONS[emotion.lower()],
                path=path,
                split=splits[0] if splits else "",
            )
        )
    tables = [one for one in text_files(folder, ".csv") if one.name.lower() == TABLE]
    if tables and not (clips or problems):
        return read(tables[0])
    return make_reading(folder, clips, problems=problems, remedy=REMEDY)


CORPUS = CorpusWithReader(
    name="fer2013",
    title="FER2013",
    language="",
    licence="research",
    remedy=REMEDY,
    example="train/angry/Training_3908.jpg",
    emotions=EMOTIONS,
    published=PUBLISHED,
    pattern=rf"({'|'.join(EMOTIONS)})/(Training|PublicTest|PrivateTest)_\d+",
    modalities=("face",),
    reader=read,
    split="by its authors, at random: training against two tests",
    caution=(
        "nobody knows who is seen, and pictures repeat: a source, and no target of "
        "folds by speaker"
    ),
    are_faces_cut=True,
    other_names=("fer",),
)
