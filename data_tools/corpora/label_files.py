"""Reads the files in which corpora keep labels apart from recordings."""

from collections.abc import Collection, Iterator
from pathlib import Path

from data_tools.corpora.clip import media_files
from pathnet_tf.runtime.csv_table import read_rows
from pathnet_tf.runtime.errors import DataError


def text_files(folder: Path, ending: str = ".txt") -> list[Path]:
    """Lists the files below a folder that have an ending, sorted, but hidden ones."""
    return media_files(folder, frozenset({ending}))


def lines_of(file: Path) -> list[str]:
    """Returns the lines of a text, with a sign for each byte that is not UTF-8.

    Raises:
      DataError: The file cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror})") from error


def rows_of(
    table: Path,
    *,
    required: Collection[str],
    optional: Collection[str] = (),
    remedy: str,
) -> Iterator[tuple[str, dict[str, str]]]:
    """Reads a table; see `read_rows`.

    Args:
      table: The file.
      required: Columns that it must have, in lower case.
      optional: Columns that it may have.
      remedy: Describes a correct table.

    Yields:
      The name of each row, for remarks, and the cells of all these columns, without
      blanks around them; empty for a column that is absent.

    Raises:
      DataError: The table cannot be read, or lacks a column or all rows.
    """
    columns, rows = read_rows(
        table, required=required, optional=optional, remedy=remedy
    )
    for number, cells in rows:
        named = dict(zip(columns, map(str.strip, cells), strict=False))
        yield (
            f"{table.name} row {number}",
            {name: named.get(name, "") for name in (*required, *optional)},
        )
