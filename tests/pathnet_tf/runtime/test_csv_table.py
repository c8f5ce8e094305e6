"""Tables are read and written as Python's csv does it."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathnet_tf.runtime.csv_table import read_rows, table_text
from pathnet_tf.runtime.errors import DataError

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"))


@pytest.fixture
def read(tmp_path):
    def read_text(text, required=("file", "speaker"), optional=("note",)):
        table = tmp_path / "clips.csv"
        table.write_bytes(text.encode())
        return read_rows(table, required=required, optional=optional, remedy="mend it")

    return read_text


@pytest.mark.parametrize("sign", "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
def test_only_line_feeds_and_returns_end_a_row(read, sign):
    _, rows = read(f"note,file,speaker\nOh{sign}no,a.wav,ann\n")
    assert rows == [(2, [f"Oh{sign}no", "a.wav", "ann"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read_and_kept_in_quotes(read, end):
    text = f'file,speaker,note{end}a,ann,"x{end}y"{end}b,bob,{end}{end}{end}'
    _, rows = read(text)
    assert rows == [(2, ["a", "ann", f"x{end}y"]), (3, ["b", "bob", ""])]


@pytest.mark.parametrize("delimiter", ",;\t")
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_delimiter_is_the_one_that_parts_the_columns(read, delimiter, mark):
    names = delimiter.join(['"a,,,,;;;;\t\t\t\t"', '"file"', "Speaker"])
    row = delimiter.join(["x", '"a,;\t"', "ann"])
    columns, rows = read(f"{mark}{names}\n{row}\n")
    assert columns[1:] == ["file", "speaker"]
    assert rows == [(2, ["x", "a,;\t", "ann"])]


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1), st.data())
def test_what_csv_writes_is_what_is_read(tmp_path_factory, rows, data):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=data.draw(st.sampled_from(",;\t")))
    writer.writerows([["file", "speaker", "note"], ["a", "b", "c"], *rows])
    table = tmp_path_factory.getbasetemp() / "written.csv"
    table.write_bytes(stream.getvalue().encode())
    _, found = read_rows(table, required=["file"], optional=[], remedy="")
    full = [row for row in rows if any(map(str.strip, row))]
    assert [cells for _, cells in found[1:]] == full


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1))
def test_what_is_written_is_what_csv_reads(rows):
    stream = io.StringIO(table_text(rows), newline="")
    assert list(csv.reader(stream)) == rows


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('file,speaker,x\na,ann,"never closed\nb,bob,\n', "never closed"),
        ("f\0i\0l\0e\0", "NUL characters; save it as UTF-8"),
    ],
)
def test_rows_are_never_lost_without_a_word(read, text, fault):
    with pytest.raises(DataError, match=fault):
        read(text)
