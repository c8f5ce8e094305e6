"""Datasets of the Hugging Face Hub on disk, whose recordings are cells of tables.

The folder holds Parquet files, as the Hub has them, or the Arrow files of
`save_to_disk`. They are unpacked once, into the user's cache folder.

Reference: https://huggingface.co/docs/datasets
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from data_tools.corpora import manifest
from data_tools.corpora.clip import Reading, require_folder
from data_tools.corpora.corpus import CorpusWithReader
from data_tools.unpacking.hugging_face import REMEDY, Columns, unpack
from data_tools.unpacking.unpacked_folder import TABLE_NAME, unpacked_once
from pathnet_tf.data.dataset_card import MODALITIES
from pathnet_tf.runtime.errors import UsageError

_TRUTHS = {"true": True, "false": False}


def read(
    folder: Path,
    *,
    corpus_name: str,
    emotion_map: Mapping[str, str],
    media_column: str = "",
    speaker_column: str = "",
    unknown_speaker: str = "false",
    emotion_column: str = "",
) -> Reading:
    """Reads a dataset.

    Args:
      folder: Holds the files of the dataset, directly or further down.
      corpus_name: Name for the corpus.
      emotion_map: What words or emotions are to become, see `emotion_of`.
      media_column: Column of recordings or pictures; empty finds the only one.
      speaker_column: Column of speakers; empty looks for one such as `speaker_id`.
      unknown_speaker: `true` says that nobody knows who speaks. All clips then have one
        speaker, `unknown_speaker`.
      emotion_column: Column of labels; empty looks for one such as `emotion`.

    Returns:
      The clips. Rows without a label or a speaker are left out. The split is that of a
      row's file.

    Raises:
      DataError: The folder does not exist or holds no recordings, or columns are
        missing.
      UsageError: What reads the dataset is not installed, or a column that is not there
        is named.
    """
    require_folder(folder, remedy=REMEDY)
    if unknown_speaker not in _TRUTHS:
        raise UsageError(
            f"--corpus_option=unknown_speaker={unknown_speaker} is neither true nor "
            "false"
        )
    columns = Columns(
        media=media_column,
        speaker=speaker_column,
        emotion=emotion_column,
        is_speaker_unknown=_TRUTHS[unknown_speaker],
        flag="--corpus_option=",
    )
    unpacked = unpacked_once(
        folder, unpack(folder, columns), dataclasses.asdict(columns)
    )
    return manifest.read(
        unpacked / TABLE_NAME, corpus_name=corpus_name, emotion_map=emotion_map
    )


CORPUS = CorpusWithReader(
    name="huggingface",
    title="a dataset of the Hugging Face Hub",
    language="",
    licence="as the dataset says",
    remedy=REMEDY,
    example="data/train-00000-of-00001.parquet",
    emotions={},
    pattern=r"(?!)",
    modalities=MODALITIES,
    reader=read,
    is_format=True,
    given=("corpus_name", "emotion_map"),
    options={
        "media_column": "where recordings or pictures are, if in several columns",
        "speaker_column": "who speaks, where the name of the column does not tell",
        "unknown_speaker": "true if nobody knows who speaks",
        "emotion_column": "the label, where the name of the column does not tell",
    },
)
