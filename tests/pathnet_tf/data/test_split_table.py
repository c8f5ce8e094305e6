import pytest

from pathnet_tf.data.split_table import read_split_table
from pathnet_tf.runtime.errors import DataError

SPLIT = "file,speaker,split\na.wav,ann,train\nb.wav,bob,test\n"


@pytest.fixture
def read(tmp_path):
    def read_text(text):
        path = tmp_path / "split.csv"
        path.write_text(text, encoding="utf-8")
        return read_split_table(path)

    return read_text


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_delimiter_will_do(delimiter, read):
    table = read(SPLIT.replace(",", delimiter))
    assert [row.file for row in table.rows] == ["a.wav", "b.wav"]
    assert table.divisions() == {"split": ["train", "test"]}


@pytest.mark.parametrize(
    ("word", "side"),
    [("Training", "train"), ("TEST", "test"), ("dev", "validation"), ("", "")],
)
def test_sides_have_many_names(word, side, read):
    assert read(f"{SPLIT}c.wav,eve,{word}\n").rows[-1].part == side


def test_each_fold_is_held_out_once(read):
    table = read("file,speaker,fold\na,ann,1\nb,bob,2\nc,eve,2\n")
    assert table.divisions() == {
        "fold 1": ["test", "train", "train"],
        "fold 2": ["train", "test", "test"],
    }


def test_columns_of_no_interest_are_ignored(read):
    table = read("Speaker,age,FILE,Split\nann,3,a,train\nbob,4,b,test\n")
    assert (table.rows[0].file, table.rows[0].speaker) == ("a", "ann")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty; write a table"),
        ("file,speaker,split\n", "has no rows"),
        ("file,split\na,train\n", "row 1 has no column 'speaker'"),
        ("file,speaker\na,ann\n", "has neither of the columns split and fold"),
        ("file,speaker,split,fold\na,ann,train,1\n", "has both of the columns"),
        ("file,file,speaker,split\na,b,ann,test\n", "'file' more than once"),
        (f"{SPLIT},eve,train\n", "row 4: column file is empty"),
        (f"{SPLIT}c,,train\n", "row 4: column speaker is empty"),
        (f"{SPLIT}c,eve,trian\n", "row 4: column split is 'trian', which is none of"),
        (f"{SPLIT}c,eve,train,x\n", "row 4 has 4 cells, row 1 has 3"),
        ("file,speaker,split\na,ann,train\n", "has no row whose split is test"),
        ("file,speaker,fold\na,ann,1\nb,bob,1\n", "names one fold only, 1"),
        ("file,speaker,fold\na,ann,1\nb,bob,\n", "row 3: column fold is empty"),
    ],
)
def test_malformed_tables_are_named(text, message, read):
    with pytest.raises(DataError, match=message) as caught:
        read(text)
    assert "split.csv" in str(caught.value)
