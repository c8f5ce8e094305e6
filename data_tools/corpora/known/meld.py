"""MELD: dialogs of the series Friends, `train_splits/dia0_utt0.mp4`.

`train_sent_emo.csv`, `dev_sent_emo.csv` and `test_sent_emo.csv` say who speaks, and
with which emotion. Some test clips have a better cut, `final_videos_testdia0_utt0.mp4`.

Reference: Poria et al. 2019, "MELD: a multimodal multi-party dataset for emotion
recognition in conversations".
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
from data_tools.corpora.label_files import rows_of, text_files
from data_tools.corpora.published_counts import Published
from pathnet_tf.data.split_table import SPLITS
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.media_files import SOUNDS, VIDEOS

EMOTIONS = {
    "anger": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "joy": "happiness",
    "neutral": "neutral",
    "sadness": "sadness",
    "surprise": "surprise",
}
PARTS = ("train", "dev", "test")
UNUSABLE = {
    ("train", "dia125_utt3"): "broken in every copy",
    ("dev", "dia110_utt7"): "missing from every copy",
}
"""Utterances whose recordings cannot be had."""
# Without the two unusable ones, which are neutral.
PUBLISHED = Published(
    clips_per_emotion={
        "anger": 1607,
        "disgust": 361,
        "fear": 358,
        "happiness": 2308,
        "neutral": 6434,
        "sadness": 1002,
        "surprise": 1636,
    },
)
REMEDY = (
    "get MELD.Raw.tar.gz (https://affective-meld.github.io), unpack it and the "
    "archives in it, and give the folder that holds train_sent_emo.csv, train_splits "
    "and the rest"
)

_NAME = re.compile(r"(final_videos_test)?dia(\d+)_utt(\d+)")
_COLUMNS = ("speaker", "emotion", "dialogue_id", "utterance_id")


def read(folder: Path) -> Reading:
    """Reads the sound of MELD, split into train and test as its authors split it.

    Args:
      folder: Holds the three tables and the folders of recordings, `train_splits`,
        `dev_splits_complete` and `output_repeated_splits_test`, directly or further
        down.

    Returns:
      The clips. The worse of two cuts is left out. An utterance is a problem if it has
      a label and no recording, or a recording and no label.

    Raises:
      DataError: The folder does not exist, is empty, lacks a table or has it twice.
    """
    require_folder(folder, remedy=REMEDY)
    cuts, problems, left_out = _recordings(folder)
    clips = []
    for part, table in _tables(folder).items() if cuts else ():
        for row, cells in rows_of(table, required=_COLUMNS, remedy=REMEDY):
            name = f"dia{cells['dialogue_id']}_utt{cells['utterance_id']}"
            path = cuts.pop((part, name), None)
            if (part, name) in UNUSABLE:
                remark = relative_source(path, folder) if path else row
                left_out.append(Remark(remark, UNUSABLE[part, name]))
            elif path is None:
                problems.append(Remark(row, f"{name} has no recording"))
            elif cells["emotion"].lower() not in EMOTIONS:
                reason = f"no label: its Emotion {cells['emotion']!r} is unknown"
                problems.append(Remark(row, reason))
            else:
                clips.append(_clip(path, part, cells))
    problems += [
        Remark(relative_source(path, folder), f"no label: no row of {part} names it")
        for (part, _), path in cuts.items()
    ]
    return make_reading(
        folder, clips, problems=problems, left_out=left_out, remedy=REMEDY
    )


def _recordings(
    folder: Path,
) -> tuple[dict[tuple[str, str], Path], list[Remark], list[Remark]]:
    """Finds the recording of each part and name, problems, and the worse cuts."""
    cuts: dict[tuple[str, str], Path] = {}
    problems, left_out = [], []
    for path in media_files(folder, SOUNDS | VIDEOS):
        match = _NAME.fullmatch(path.stem)
        source = relative_source(path, folder)
        part = _part(Path(source).parent)
        if match is None or not part:
            reason = "no label: it is none such as train_splits/dia0_utt0.mp4"
            problems.append(Remark(source, reason))
            continue
        utterance = part, f"dia{int(match[2])}_utt{int(match[3])}"
        # The better cut comes later, since its name does.
        if worse := cuts.get(utterance):
            if not match[1]:
                raise DataError(
                    f"{worse} and {path} are one utterance; give a folder that holds "
                    "one copy"
                )
            reason = "there is a better cut, final_videos_test..."
            left_out.append(Remark(relative_source(worse, folder), reason))
        cuts[utterance] = path
    return cuts, problems, left_out


def _part(folder: Path) -> str:
    """Returns the part that the folder of a recording holds; empty if none."""
    words = [re.findall("[a-z]+", name.lower()) for name in reversed(folder.parts)]
    return next((one for name in words for one in PARTS if one in name), "")


def _tables(folder: Path) -> dict[str, Path]:
    """Finds the table of each part."""
    files = text_files(folder, ".csv")
    tables = {}
    for part in PARTS:
        found = [f for f in files if f.name.lower() == f"{part}_sent_emo.csv"]
        if len(found) != 1:
            raise DataError(
                f"{folder} holds {len(found)} files {part}_sent_emo.csv, and must hold "
                f"one; {REMEDY}"
            )
        tables[part] = found[0]
    return tables


def _clip(path: Path, part: str, cells: dict[str, str]) -> Clip:
    """Makes a clip of a recording and its row."""
    # Several people who speak at once are one row, such as Ross/Rachel.
    speaker = cells["speaker"].replace("/", " and ")
    return Clip(
        key=f"meld/{speaker}/{part}/{path.name}",
        corpus="meld",
        speaker=speaker,
        emotion=EMOTIONS[cells["emotion"].lower()],
        path=path,
        split=SPLITS[part],
    )


CORPUS = CorpusWithReader(
    name="meld",
    title="MELD",
    language="English",
    licence="research; under copyright",
    remedy=REMEDY,
    example="train_splits/dia0_utt0.mp4",
    emotions=EMOTIONS,
    published=PUBLISHED,
    pattern=(
        r"(train_splits|dev_splits_complete|output_repeated_splits_test)/"
        rf"{_NAME.pattern}"
    ),
    reader=read,
    split="by its authors, by dialog: train and dev against test",
    caution=(
        "its split shares speakers, so that a score on it is none on unheard speakers; "
        "names such as Man or All stand for several people"
    ),
)
