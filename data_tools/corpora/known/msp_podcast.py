"""MSP-Podcast: English podcasts, `Audios/MSP-PODCAST_0001_0008.wav`.

`Labels/labels_consensus.csv`, which some releases spell `labels_concensus.csv`, names
the emotion, the speaker and the part of each file. Each release holds more than the one
before, so that there are no counts to compare a copy with.

Reference: Lotfian & Busso 2019, "Building naturalistic emotionally balanced speech
corpus by retrieving emotional speech from existing podcast recordings".
"""

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
from data_tools.corpora.label_files import rows_of, text_files
from data_tools.corpora.named_corpus import SEXES
from pathnet_tf.data.split_table import SPLITS
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.media_files import SOUNDS

EMOTIONS = {
    "A": "anger",
    "C": "contempt",
    "D": "disgust",
    "F": "fear",
    "H": "happiness",
    "N": "neutral",
    "S": "sadness",
    "U": "surprise",
}
WITHOUT_LABEL = {
    "O": "its raters say that none of the names of emotions fits",
    "X": "its raters do not agree",
}
"""What stands for no label, with the reason to leave the file out."""
PARTS = ("Train", "Development", "Test1", "Test2", "Test3")
REMEDY = (
    "get MSP-Podcast (https://ecs.utdallas.edu/research/researchlabs/msp-lab, by a "
    "form) and give the folder that holds Labels/labels_consensus.csv and Audios"
)

_TABLES = ("labels_consensus.csv", "labels_concensus.csv")
_COLUMNS = ("filename", "emoclass", "spkrid", "split_set")


def read(folder: Path) -> Reading:
    """Reads MSP-Podcast, split into train and test as its authors split it.

    Args:
      folder: Holds the table of labels and the recordings, directly or further down.

    Returns:
      The clips. Files without an agreed label are left out, and so are those of whom
      nobody knows who speaks, and those of Test3, whose labels are kept secret. A file
      is a problem if it has a label and no recording, or a recording and no label.

    Raises:
      DataError: The folder does not exist, is empty, holds no table or two of them, or
        two copies of a clip.
    """
    require_folder(folder, remedy=REMEDY)
    tables = [f for f in text_files(folder, ".csv") if f.name.lower() in _TABLES]
    recordings = media_files(folder, SOUNDS)
    if recordings and len(tables) != 1:
        raise DataError(
            f"{folder} holds {len(tables)} files {_TABLES[0]}, and must hold one; "
            f"{REMEDY}"
        )
    labels = {
        cells["filename"]: (row, cells)
        for table in tables
        for row, cells in rows_of(
            table, required=_COLUMNS, optional=("gender",), remedy=REMEDY
        )
    }
    clips, problems, left_out = [], [], []
    for path in recordings:
        source = relative_source(path, folder)
        _, cells = labels.get(path.name, ("", None))
        if cells is None and "_test3_" in path.name.lower():
            left_out.append(Remark(source, "of Test3, whose labels are kept secret"))
        elif cells is None:
            reason = f"no label: no row of {tables[0].name} names it"
            problems.append(Remark(source, reason))
        elif cells["emoclass"] in WITHOUT_LABEL:
            left_out.append(Remark(source, WITHOUT_LABEL[cells["emoclass"]]))
        elif cells["spkrid"].lower() in ("", "unknown"):
            left_out.append(Remark(source, "nobody knows who speaks"))
        elif fault := _fault(cells):
            problems.append(Remark(source, fault))
        else:
            speaker = cells["spkrid"]
            clips.append(
                Clip(
                    key=f"msp_podcast/{speaker}/{path.name}",
                    corpus="msp_podcast",
                    speaker=speaker,
                    emotion=EMOTIONS[cells["emoclass"]],
                    path=path,
                    split=SPLITS[cells["split_set"].lower().rstrip("123")],
                    sex=SEXES.get(cells["gender"].lower(), ""),
                )
            )
    recorded = {path.name for path in recordings}
    problems += [
        Remark(row, f"{name} has no recording")
        for name, (row, _) in labels.items()
        if name not in recorded
    ]
    return make_reading(
        folder, clips, problems=problems, left_out=left_out, remedy=REMEDY
    )


def _fault(cells: dict[str, str]) -> str:
    """Returns why a row is no label; empty if it is one."""
    if cells["emoclass"] not in EMOTIONS:
        return f"no label: its EmoClass {cells['emoclass']!r} is unknown"
    if cells["split_set"] not in PARTS:
        return f"no split: its Split_Set {cells['split_set']!r} is unknown"
    if "/" in cells["spkrid"]:
        return f"its SpkrID must hold no slash, but is {cells['spkrid']!r}"
    return ""


CORPUS = CorpusWithReader(
    name="msp_podcast",
    title="MSP-Podcast",
    language="English",
    licence="research, by a form",
    remedy=REMEDY,
    example="Audios/MSP-PODCAST_0001_0008.wav",
    emotions=EMOTIONS,
    pattern=r"MSP-PODCAST_\w+",
    reader=read,
    split="by its authors, by speaker: Train and Development against the tests",
    other_names=("podcast",),
)
