"""Finds the clips in the files, folders and tables that a user names."""

import dataclasses
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from pathnet_tf.runtime.csv_table import read_rows
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.file_names import named_file
from pathnet_tf.runtime.media_files import (
    PICTURES,
    SOUNDS,
    VIDEOS,
    ending_of,
    files_below,
    passed_over_line,
)

TABLES = (".csv", ".tsv", ".txt")
REMEDY = (
    "a table has the column file and, if wanted, start and end (seconds); file is "
    "relative to the table"
)


@dataclasses.dataclass(frozen=True)
class Asked:
    """A clip to be recognized: a file, or a stretch of a file.

    Attributes:
      name: Name of the clip in the output.
      path: The file.
      start_s: Where the clip starts, in seconds.
      end_s: Where the clip ends, in seconds; None for the end of the file.
    """

    name: str
    path: Path
    start_s: float = 0.0
    end_s: float | None = None


def find_inputs(words: Sequence[str], modality: str) -> list[Asked]:
    """Finds the clips that a user names, and says on stderr which files are not read.

    Args:
      words: Files, tables, and folders, which are searched with all their subfolders.
      modality: `speech` or `face`, which decides what files of a folder are taken.

    Returns:
      The clips, in the order of the words; those of a folder are sorted.

    Raises:
      DataError: A folder or table names no file, or a table cannot be read.
    """
    endings = VIDEOS | (SOUNDS if modality == "speech" else PICTURES)
    found: list[Asked] = []
    for word in words:
        path = Path(word)
        if path.is_dir():
            files = files_below(path)
            read = [file for file in files if ending_of(file) in endings]
            others = passed_over_line(path, files, endings)
            if not read:
                raise DataError(
                    f"{word} holds no file that ends as a recording does; name files "
                    f"themselves{others and f' ({others})'}"
                )
            found += [Asked(str(file), file) for file in read]
            if others:
                print(others, file=sys.stderr)
        elif ending_of(path) in TABLES:
            found += _of_table(path)
        else:
            found.append(Asked(word, path))
    return found


def _of_table(table: Path) -> list[Asked]:
    columns, rows = read_rows(
        table, required=["file"], optional=["start", "end"], remedy=REMEDY
    )
    found = []
    for number, cells in rows:
        values = dict(zip(columns, map(str.strip, cells), strict=False))
        name = values.get("file", "")
        if not name:
            raise DataError(f"{table} row {number}: column file is empty; {REMEDY}")
        start_s = _seconds(values.get("start", ""), table, number)
        end_s = _seconds(values.get("end", ""), table, number)
        if end_s is not None and end_s <= (start_s or 0.0):
            raise DataError(f"{table} row {number}: the clip ends before it starts")
        found.append(Asked(name, named_file(table.parent, name), start_s or 0.0, end_s))
    return found


def _seconds(text: str, table: Path, number: int) -> float | None:
    if not text:
        return None
    try:
        seconds = float(text.replace(",", "."))
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise DataError(
            f"{table} row {number}: {text!r} is no number of seconds; {REMEDY}"
        )
    return seconds
