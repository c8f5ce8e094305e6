"""A table of the user's own clips: file, speaker, emotion, start, end, split."""

import math
import os
from pathlib import Path

from data_tools.corpora.clip import Clip, Reading, Remark, make_reading, relative_source
from pathnet_tf.runtime.csv_table import read_rows

ALIASES = {
    "anger": ("angry", "ang", "rage"),
    "boredom": ("bored", "bor"),
    "calm": ("calmness",),
    "disgust": ("disgusted", "dis"),
    "fear": ("fearful", "afraid", "scared", "anxiety", "anxious", "fea"),
    "happiness": ("happy", "joy", "joyful", "hap"),
    "neutral": ("neutrality", "neu"),
    "sadness": ("sad",),
    "surprise": ("surprised", "sur"),
}
"""Other words for each emotion."""
EMOTIONS = {
    word: emotion for emotion, words in ALIASES.items() for word in (emotion, *words)
}
"""The emotion that each word means, its own name included."""
REQUIRED = ("file", "speaker", "emotion")
OPTIONAL = ("start", "end", "split")
SPLITS = ("", "train", "test")
REMEDY = (
    "write a table with the columns file, speaker, emotion and, if wanted, start, end "
    "(seconds), split (train or test); file is relative to the table"
)


class _RowError(ValueError):
    """A row of the table cannot be used; the message says why."""


def read(table: Path, *, corpus_name: str) -> Reading:
    """Reads a table of clips.

    Args:
      table: UTF-8 text, with commas, semicolons or tabs between the cells. The first
        line names the columns; start, end and split are optional.
      corpus_name: Name for the corpus of the table.

    Returns:
      The clips. A row that cannot be used is a problem; its source is the table's name
      and the number of the row, where row 1 is the line of column names.

    Raises:
      DataError: The table does not exist, is not UTF-8 text, lacks a column, or has no
        rows.
    """
    columns, rows = read_rows(
        table, required=REQUIRED, optional=OPTIONAL, remedy=REMEDY
    )
    clips: list[Clip] = []
    problems = []
    first_row: dict[tuple[Path, float, float | None], int] = {}
    for number, cells in rows:
        try:
            if any(map(str.strip, cells[len(columns) :])):
                raise _RowError(f"has {len(cells)} cells, row 1 has {len(columns)}")
            clip = _clip(dict(zip(columns, cells, strict=False)), table, corpus_name)
            stretch = (clip.path, clip.start_s, clip.end_s)
            if stretch in first_row:
                raise _RowError(f"repeats the clip of row {first_row[stretch]}")
        except _RowError as error:
            problems.append(Remark(f"{table.name} row {number}", str(error)))
            continue
        first_row[stretch] = number
        clips.append(clip)
    return make_reading(
        table.parent, clips, problems=problems, remedy=REMEDY, are_stems_unique=False
    )


def _clip(cells: dict[str, str], table: Path, corpus: str) -> Clip:
    """Makes a clip of the cells of a row; raises `_RowError` if that cannot be done."""
    values = {name: cells.get(name, "").strip() for name in REQUIRED + OPTIONAL}
    for name in REQUIRED:
        if not values[name]:
            raise _RowError(f"column {name} is empty")
    speaker, emotion = values["speaker"], EMOTIONS.get(values["emotion"].lower(), "")
    if "/" in speaker:
        raise _RowError(f"column speaker must hold no slash, but is {speaker!r}")
    if not emotion:
        raise _RowError(
            f"column emotion is {values['emotion']!r}, which is none of "
            f"{', '.join(ALIASES)}, nor another word for one"
        )
    split = values["split"].lower()
    if split not in SPLITS:
        raise _RowError(f"column split is {values['split']!r}, not train or test")
    path = Path(os.path.normpath(table.parent / values["file"]))
    if not path.is_file():
        raise _RowError(f"column file is {values['file']!r}, but {path} is no file")
    start_s = _seconds("start", values["start"]) or 0.0
    end_s = _seconds("end", values["end"])
    if end_s is not None and start_s >= end_s:
        raise _RowError(
            f"column start ({start_s:g}) is not before column end ({end_s:g})"
        )
    is_whole = start_s == 0 and end_s is None
    stretch = "" if is_whole else f"#{start_s!r}-{'' if end_s is None else repr(end_s)}"
    return Clip(
        key=f"{corpus}/{speaker}/{relative_source(path, table.parent)}{stretch}",
        corpus=corpus,
        speaker=speaker,
        emotion=emotion,
        path=path,
        start_s=start_s,
        end_s=end_s,
        split=split,
    )


def _seconds(column: str, value: str) -> float | None:
    """Reads a time in seconds; None for an empty cell."""
    if not value:
        return None
    try:
        # Tables with semicolons often have decimal commas.
        seconds = float(value.replace(",", "."))
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise _RowError(f"column {column} is {value!r}, not a number of seconds >= 0")
    return seconds
