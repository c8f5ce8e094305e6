"""Finds the clips in the files, folders and tables that a user names."""

import dataclasses
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pathnet_tf.runtime.csv_table import read_rows
from pathnet_tf.runtime.errors import DataError

TABLES = (".csv", ".tsv", ".txt")
SOUNDS = (
    *(".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aac"),
    *(".aif", ".aiff", ".aifc", ".au", ".wma"),
)
VIDEOS = (
    *(".avi", ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv"),
    *(".flv", ".3gp"),
)
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
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
    """Finds the clips that a user names.

    Args:
      words: Files, tables, and folders, which are searched with all their subfolders.
      modality: `speech` or `face`, which decides what files of a folder are taken.

    Returns:
      The clips, in the order of the words; those of a folder are sorted.

    Raises:
      DataError: A folder or table names no file, or a table cannot be read.
    """
    found: list[Asked] = []
    for word in words:
        path = Path(word)
        if path.is_dir():
            endings = VIDEOS + (SOUNDS if modality == "speech" else PICTURES)
            files = sorted(_files(path, endings))
            if not files:
                raise DataError(
                    f"{word} holds no file that ends as a recording does; name files "
                    "themselves"
                )
            found += [Asked(str(file), file) for file in files]
        elif path.suffix.lower() in TABLES:
            found += _of_table(path)
        else:
            found.append(Asked(word, path))
    return found


def _files(folder: Path, endings: Sequence[str]) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and Path(name).suffix.lower() in endings:
                yield Path(parent, name)


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
        found.append(Asked(name, table.parent / name, start_s or 0.0, end_s))
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
