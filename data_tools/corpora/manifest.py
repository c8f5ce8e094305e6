"""A table of the user's own clips: file, speaker, emotion and, if wanted, more."""

import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from data_tools.corpora.clip import (
    Clip,
    Reading,
    Remark,
    make_reading,
    notes_on_own_labels,
    relative_source,
)
from pathnet_tf.data.emotions import emotion_of, require_used
from pathnet_tf.data.missing_values import is_missing
from pathnet_tf.runtime.csv_table import read_rows
from pathnet_tf.runtime.file_names import named_file

REQUIRED = ("file", "speaker", "emotion")
OPTIONAL = ("start", "end", "split", "sentence", "sex", "age")
SPLITS = ("", "train", "test")
REMEDY = (
    "write a table with the columns file, speaker, emotion and, if wanted, start, end "
    "(seconds), split (train or test), sentence, sex, age; file is relative to the "
    "table"
)


class _RowError(ValueError):
    """A row of the table cannot be used; the message says why."""


def read(
    table: Path, *, corpus_name: str, emotion_map: Mapping[str, str] | None = None
) -> Reading:
    """Reads a table of clips.

    Args:
      table: UTF-8 text, with commas, semicolons or tabs between the cells. The first
        line names the columns; those of `OPTIONAL` may be absent.
      corpus_name: Name for the corpus of the table.
      emotion_map: What words for emotions are to become, see `emotions.emotion_of`.

    Returns:
      The clips. Rows that cannot be used are a problem; its source is the table's name
      and the number of the first row with that fault, where row 1 is the line of column
      names. There is a note on each label that is no emotion known here.

    Raises:
      UsageError: `emotion_map` names a word that the table does not have.
      DataError: The table does not exist, is not UTF-8 text, lacks a column, or has no
        rows.
    """
    columns, rows = read_rows(
        table, required=REQUIRED, optional=OPTIONAL, remedy=REMEDY
    )
    clips: list[Clip] = []
    faults: dict[str, list[int]] = {}
    table_rows = [dict(zip(columns, cells, strict=False)) for _, cells in rows]
    folder = _common_folder(table, [row.get("file", "") for row in table_rows])
    words = {row.get("emotion", "").strip() for row in table_rows} - {""}
    require_used(emotion_map or {}, words)
    first_row: dict[tuple[Path, float, float | None], int] = {}
    for (number, cells), row in zip(rows, table_rows, strict=True):
        try:
            if any(map(str.strip, cells[len(columns) :])):
                raise _RowError(f"has {len(cells)} cells, row 1 has {len(columns)}")
            clip = _clip(row, table, folder, corpus_name, emotion_map or {})
            stretch = (clip.path, clip.start_s, clip.end_s)
            if stretch in first_row:
                raise _RowError(f"repeats the clip of row {first_row[stretch]}")
        except _RowError as error:
            faults.setdefault(str(error), []).append(number)
            continue
        first_row[stretch] = number
        clips.append(clip)
    problems = []
    for fault, numbers in faults.items():
        more = f" and {len(numbers) - 1} more" if len(numbers) > 1 else ""
        problems.append(Remark(f"{table.name} row {numbers[0]}{more}", fault))
    return make_reading(
        table.parent,
        clips,
        problems=problems,
        notes=notes_on_own_labels(table.name, clips, emotion_map or {}),
        remedy=REMEDY,
        are_stems_unique=False,
    )


def _common_folder(table: Path, files: Iterable[str]) -> Path:
    """Returns the folder that holds all files of a table, whether they exist or not.

    Keys are relative to it, so that they are the same wherever the table lies and
    however it writes the paths.
    """
    paths = [_path(table, file.strip()) for file in files if file.strip()]
    parents = {os.path.dirname(path) for path in paths}
    return Path(os.path.commonpath(parents)) if parents else table.parent


def _path(table: Path, file: str) -> str:
    """Returns the absolute path of a file that a table names."""
    return os.path.abspath(named_file(table.parent, file))


def _clip(
    cells: Mapping[str, str],
    table: Path,
    folder: Path,
    corpus: str,
    emotion_map: Mapping[str, str],
) -> Clip:
    """Makes a clip of the cells of a row; raises `_RowError` if that cannot be done."""
    values = {name: cells.get(name, "").strip() for name in REQUIRED + OPTIONAL}
    for name in REQUIRED:
        if not values[name]:
            raise _RowError(f"column {name} is empty")
    speaker = values["speaker"]
    if is_missing(speaker):
        raise _RowError(
            f"column speaker is {speaker!r}, a missing value; say who speaks, or leave "
            "the row out"
        )
    if "/" in speaker:
        raise _RowError(f"column speaker must hold no slash, but is {speaker!r}")
    try:
        emotion = emotion_of(values["emotion"], emotion_map)
    except ValueError as error:
        raise _RowError(f"column emotion is {values['emotion']!r}, {error}") from error
    split = values["split"].lower()
    if split not in SPLITS:
        raise _RowError(f"column split is {values['split']!r}, not train or test")
    path = Path(_path(table, values["file"]))
    # Path.is_file raises an error for a name that is too long.
    if not os.path.isfile(path):
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
        key=f"{corpus}/{speaker}/{relative_source(path, folder)}{stretch}",
        corpus=corpus,
        speaker=speaker,
        emotion=emotion,
        path=path,
        start_s=start_s,
        end_s=end_s,
        split=split,
        sentence=values["sentence"],
        sex=values["sex"],
        age=values["age"],
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
