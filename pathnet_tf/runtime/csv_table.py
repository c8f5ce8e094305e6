"""Reads tables that people wrote, with commas, semicolons or tabs."""

import csv
from collections.abc import Collection
from pathlib import Path

from pathnet_tf.runtime.errors import DataError


def read_rows(
    table: Path, *, required: Collection[str], optional: Collection[str], remedy: str
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Reads a table.

    Args:
      table: A file of UTF-8 text. Its first line names the columns, in any order and in
        upper or lower case.
      required: Columns that the table must have.
      optional: Columns that the table may have. All others are ignored.
      remedy: Describes a correct table, for error messages.

    Returns:
      The column names in lower case; and the rows that are not blank, each with its
      number, where the line of column names is row 1.

    Raises:
      DataError: The table cannot be read, is not UTF-8 text, lacks a column or has it
        twice, or has no rows.
    """
    try:
        text = table.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(
            f"{table} cannot be read ({error.strerror}); {remedy}"
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(f"{table} is not UTF-8 text; save it as UTF-8") from error
    lines = text.splitlines(keepends=True)
    if not lines:
        raise DataError(f"{table} is empty; {remedy}")
    delimiter = max(",;\t", key=lines[0].count)
    try:
        rows = list(enumerate(csv.reader(lines, delimiter=delimiter), start=1))
    except csv.Error as error:
        raise DataError(
            f"{table} cannot be read as a table ({error}); look for a quotation mark "
            "that is never closed"
        ) from error
    columns = [name.strip().lower() for name in rows[0][1]]
    for name in required:
        if name not in columns:
            raise DataError(f"{table} row 1 has no column {name!r}; {remedy}")
    for name in columns:
        if columns.count(name) > 1 and name in (*required, *optional):
            raise DataError(f"{table} row 1 has the column {name!r} more than once")
    filled = [
        (number, cells) for number, cells in rows[1:] if any(map(str.strip, cells))
    ]
    if not filled:
        raise DataError(f"{table} has no rows below the column names; {remedy}")
    return columns, filled
