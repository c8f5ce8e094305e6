"""Reads the table of a split that any tool or person made."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from pathnet_tf.data.missing_values import is_missing
from pathnet_tf.runtime.csv_table import read_rows
from pathnet_tf.runtime.errors import DataError

SIDES = ("train", "validation", "test")
SPLIT_WORDS = {
    "train": ("training",),
    "validation": ("valid", "val", "dev", "devel", "development"),
    "test": ("testing",),
}
"""Other words that a table may use for each side."""
REQUIRED = ("file", "speaker")
OPTIONAL = ("split", "fold", "emotion", "sentence")
REMEDY = (
    "write a table with the columns file, speaker, either split (train, validation or "
    "test) or fold and, if wanted, emotion and sentence"
)

_SIDE_OF_WORD = {
    word: side for side, words in SPLIT_WORDS.items() for word in (side, *words)
}
SPLITS = {
    word: "test" if side == "test" else "train" for word, side in _SIDE_OF_WORD.items()
}
"""The split of a dataset, train or test, for each word for a side. What is chosen here
is chosen on inner folds of the training part, so that no validation part is held out.
"""


@dataclasses.dataclass(frozen=True)
class SplitRow:
    """A row of the table, which is one clip.

    Attributes:
      file: The clip's file, as the table names it.
      speaker: The speaker; two people must not share one name.
      part: The side of the clip, empty if the clip is on no side; or the fold that
        holds the clip out.
      emotion: The emotion in lower case; empty if the table has none.
      sentence: The sentence; empty if the table has none.
    """

    file: str
    speaker: str
    part: str
    emotion: str
    sentence: str


@dataclasses.dataclass(frozen=True)
class SplitTable:
    """The content of a table.

    Attributes:
      path: The file.
      rows: The rows.
      columns: Those of the optional columns that the table has.
    """

    path: Path
    rows: tuple[SplitRow, ...]
    columns: tuple[str, ...]

    def divisions(self) -> dict[str, list[str]]:
        """Divides the rows.

        Returns:
          By the name of each division, the side of each row; empty if the row is on no
          side. A split is one division. Folds are one division each, in which that
          fold is `test`.
        """
        if "split" in self.columns:
            return {"split": [row.part for row in self.rows]}
        folds = dict.fromkeys(row.part for row in self.rows)
        return {
            f"fold {fold}": [
                "test" if row.part == fold else "train" for row in self.rows
            ]
            for fold in folds
        }


def read_split_table(path: Path) -> SplitTable:
    """Reads a table of a split.

    Args:
      path: UTF-8 text, with commas, semicolons or tabs.

    Returns:
      The table.

    Raises:
      DataError: The table cannot be read, a row makes no sense, or no row is held out.
    """
    names, rows = read_rows(path, required=REQUIRED, optional=OPTIONAL, remedy=REMEDY)
    columns = tuple(name for name in OPTIONAL if name in names)
    if ("split" in columns) == ("fold" in columns):
        count = "both" if "split" in columns else "neither"
        raise DataError(
            f"{path} row 1 has {count} of the columns split and fold, one is to be "
            f"checked; {REMEDY}"
        )
    read = []
    for number, cells in rows:
        if any(map(str.strip, cells[len(names) :])):
            raise DataError(
                f"{path} row {number} has {len(cells)} cells, row 1 has {len(names)}; "
                "put cells that hold the delimiter in quotation marks"
            )
        stripped = map(str.strip, cells)
        read.append(
            _row(dict(zip(names, stripped, strict=False)), f"{path} row {number}")
        )
    table = SplitTable(path, tuple(read), columns)
    parts = {row.part for row in read}
    if "split" in columns:
        for side in ("train", "test"):
            if side not in parts:
                raise DataError(f"{path} has no row whose split is {side}; {REMEDY}")
    elif len(parts) < 2:
        raise DataError(
            f"{path} names one fold only, {parts.pop()}, so nothing is left to train "
            "on; name the fold that holds out each clip"
        )
    return table


def _row(cells: Mapping[str, str], place: str) -> SplitRow:
    for name in (*REQUIRED, *("fold",) * ("fold" in cells)):
        if not cells.get(name):
            raise DataError(f"{place}: column {name} is empty; {REMEDY}")
    for name in ("speaker", "fold"):
        if name in cells and is_missing(cells[name]):
            raise DataError(
                f"{place}: column {name} is {cells[name]!r}, a missing value; name it"
            )
    word = cells.get("split", "").lower()
    if word and word not in _SIDE_OF_WORD:
        raise DataError(
            f"{place}: column split is {cells['split']!r}, which is none of "
            f"{', '.join(SIDES)}, nor another word for one"
        )
    return SplitRow(
        file=cells["file"],
        speaker=cells["speaker"],
        part=cells["fold"] if "fold" in cells else _SIDE_OF_WORD.get(word, ""),
        emotion=_known(cells.get("emotion", "")).lower(),
        sentence=_known(cells.get("sentence", "")),
    )


def _known(word: str) -> str:
    return "" if is_missing(word) else word
