"""Reads tables that people wrote, with commas, semicolons or tabs; and writes some."""

import csv
import io
import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
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
        # Not as text, which would turn every line end into a line feed.
        text = table.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataError(
            f"{table} cannot be read ({error.strerror}); {remedy}"
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(f"{table} is not UTF-8 text; save it as UTF-8") from error
    if not text:
        raise DataError(f"{table} is empty; {remedy}")
    if "\0" in text:
        raise DataError(f"{table} holds NUL characters; save it as UTF-8")
    try:
        rows = list(enumerate(_rows(text, {*required, *optional}), start=1))
    except csv.Error as error:
        raise DataError(
            f"{table} cannot be read as a table ({error}); look for a quotation mark "
            "that is never closed"
        ) from error
    columns = [_column(name) for name in rows[0][1]]
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


def table_text(rows: Iterable[Iterable[object]]) -> str:
    """Writes rows with commas, each ended by a line feed.

    Args:
      rows: The cells, which may hold line ends of any kind.
    """
    lines = []
    for row in rows:
        stream = io.StringIO(newline="")
        # csv quotes those characters that its own line end has, so that has to be both.
        csv.writer(stream, lineterminator="\r\n").writerow(row)
        lines.append(stream.getvalue().removesuffix("\r\n") + "\n")
    return "".join(lines)


def _rows(text: str, wanted: Collection[str]) -> Iterator[list[str]]:
    """Yields all rows, by the delimiter that tells the most wanted columns apart."""
    headings = {one: next(_reader(text, one)) for one in ",;\t"}
    delimiter = max(
        headings, key=lambda one: len({*map(_column, headings[one])} & {*wanted})
    )
    end = ["end of the table"]
    *rows, last = _reader(text, delimiter, end)
    if last != end:
        raise csv.Error("it ends inside quotation marks")
    yield from rows


def _reader(text: str, delimiter: str, end: Sequence[str] = ()) -> Iterator[list[str]]:
    # Lines end as in a file that was opened for csv: not at other characters by which
    # Unicode ends a line.
    lines = io.StringIO(text, newline="")
    return csv.reader(itertools.chain(lines, end), delimiter=delimiter)


def _column(name: str) -> str:
    return name.strip().lower()
