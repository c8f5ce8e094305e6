"""A table that a person wrote: commas, semicolons or tabs, names in the first line."""

import csv
from collections.abc import Collection
from pathlib import Path

from pathnet_tf.runtime.errors import DataError


def read_rows(
    table: Path, *, required: Collection[str], optional: Collection[str], remedy: str
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Reads a table.

    Args:
      table: UTF-8 text; the first line names the columns, in any case and order.
      required: Columns that must be there.
      optional: Columns that may be there. Others are ignored.
      remedy: What a right table looks like, for errors.

    Returns:
      Column names in lower case, and the rows that are not blank, each with its number;
      the line of names is row 1.

    Raises:
      DataError: There is no such table, it is not UTF-8 text, it lacks a column or has
        it twice, or it has no rows.
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
