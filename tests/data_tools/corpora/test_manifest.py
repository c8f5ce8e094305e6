import os

import pytest

from data_tools.corpora import manifest
from pathnet_tf.runtime.errors import DataError, UsageError


@pytest.fixture
def write_table(tmp_path, touch):
    touch(tmp_path, "a.wav", "b.wav")

    def write(text, *, encoding="utf-8"):
        table = tmp_path / "clips.csv"
        table.write_bytes(text.encode(encoding))
        return table

    return write


def read(table):
    return manifest.read(table, corpus_name="mine")


def problem(table):
    (remark,) = read(table).problems
    return f"{remark.source}: {remark.reason}"


def test_row_becomes_a_clip(write_table, tmp_path):
    table = write_table(
        "file,speaker,emotion,start,end,split\na.wav,ann,anger,1.5,2,train\n"
    )
    (clip,) = read(table).clips
    assert clip == manifest.Clip(
        key="mine/ann/a.wav#1.5-2.0",
        corpus="mine",
        speaker="ann",
        emotion="anger",
        path=tmp_path / "a.wav",
        start_s=1.5,
        end_s=2.0,
        split="train",
    )


def test_facts_of_speaker_and_sentence_are_kept(write_table):
    table = write_table(
        "file,speaker,emotion,sentence,sex,age\na.wav,ann,anger,s1,female,31\n"
    )
    (clip,) = read(table).clips
    assert (clip.sentence, clip.sex, clip.age) == ("s1", "female", "31")


def test_optional_columns_may_be_absent(write_table):
    (clip,) = read(write_table("file,speaker,emotion\na.wav,ann,anger\n")).clips
    assert (clip.key, clip.start_s, clip.end_s, clip.split) == (
        "mine/ann/a.wav",
        0,
        None,
        "",
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_delimiters_and_byte_order_mark(write_table, delimiter, encoding):
    text = "file,speaker,emotion\na.wav,Jörg,anger\n".replace(",", delimiter)
    (clip,) = read(write_table(text, encoding=encoding)).clips
    assert clip.speaker == "Jörg"


def test_column_names_in_any_case_and_order(write_table):
    table = write_table("Emotion, Speaker ,comment,File\nanger,ann,x,a.wav\n")
    assert read(table).clips[0].key == "mine/ann/a.wav"


@pytest.mark.parametrize(
    ("word", "emotion"),
    [
        ("angry", "anger"),
        ("Joy", "happiness"),
        ("happy", "happiness"),
        ("joyful", "happiness"),
        ("sad", "sadness"),
        ("fearful", "fear"),
        ("afraid", "fear"),
        ("surprised", "surprise"),
        ("disgusted", "disgust"),
        ("bored", "boredom"),
        ("NEUTRAL", "neutral"),
    ],
)
def test_aliases(write_table, word, emotion):
    table = write_table(f"file,speaker,emotion\na.wav,ann,{word}\n")
    assert read(table).clips[0].emotion == emotion


def test_words_that_no_label_can_be_say_what_would_do(write_table):
    table = write_table("file,speaker,emotion\na.wav,ann,Freude\nb.wav,ann,3\n")
    assert [remark.reason for remark in read(table).problems] == [
        "column emotion is 'Freude', did you mean happiness? Say "
        "--emotion_map=freude:happiness, or --emotion_map=freude:freude to keep the "
        "word",
        "column emotion is '3', which is a code; say what it stands for, such as "
        "--emotion_map=3:anger",
    ]


def test_rows_with_one_fault_are_one_problem(write_table):
    rows = "a.wav,ann,Wut\nb.wav,ann,Wut\na.wav,bob,anger\n"
    (problem,) = read(write_table(f"file,speaker,emotion\n{rows}")).problems
    assert problem.source == "clips.csv row 2 and 1 more"


def test_labels_of_ones_own_are_noted(write_table):
    rows = "a.wav,ann,stress\nb.wav,ann,anger\n"
    (note,) = read(write_table(f"file,speaker,emotion\n{rows}")).notes
    assert note.reason.startswith("stress (1 clips) is no emotion")


def test_emotion_map_gives_words_a_meaning(write_table):
    table = write_table("file,speaker,emotion\na.wav,ann,3\nb.wav,ann,ps\n")
    mapping = {"3": "low_arousal", "ps": "surprise"}
    reading = manifest.read(table, corpus_name="mine", emotion_map=mapping)
    assert [clip.emotion for clip in reading.clips] == ["low_arousal", "surprise"]


def test_emotion_map_must_speak_of_words_in_the_table(write_table):
    table = write_table("file,speaker,emotion\na.wav,ann,anger\n")
    with pytest.raises(UsageError, match=r"names joy, which no clip is"):
        manifest.read(table, corpus_name="mine", emotion_map={"joy": "happiness"})


@pytest.mark.parametrize("place", ["", "tables/deep/"])
@pytest.mark.parametrize("is_absolute", [True, False])
def test_key_depends_neither_on_the_table_nor_on_how_it_writes_paths(
    tmp_path, touch, place, is_absolute
):
    touch(tmp_path, "clips/one/a.wav", "clips/two/a.wav")
    table = tmp_path / place / "clips.csv"
    table.parent.mkdir(parents=True, exist_ok=True)
    root = tmp_path if is_absolute else "../" * place.count("/") + "./clips/.."
    table.write_text(
        "file,speaker,emotion\n"
        f"{root}/clips/one/a.wav,ann,anger\n{root}/clips/two/a.wav,ann,fear\n"
    )
    keys = [clip.key for clip in read(table).clips]
    assert keys == ["mine/ann/one/a.wav", "mine/ann/two/a.wav"]


def test_stretches_of_one_file_have_keys_of_their_own(write_table):
    table = write_table(
        "file,speaker,emotion,start,end\n"
        "a.wav,ann,anger,0,1234.567\na.wav,ann,fear,0,1234.568\n"
    )
    assert len({clip.key for clip in read(table).clips}) == 2


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("a.wav,ann,hapiness,,,", "row 2: column emotion is 'hapiness', did you mean"),
        ("a.wav,,anger,,,", "row 2: column speaker is empty"),
        ("a.wav,nan,anger,,,", "row 2: column speaker is 'nan', a missing value"),
        ("a.wav,N/A,anger,,,", "row 2: column speaker is 'N/A', a missing value"),
        ("a.wav,ann,None,,,", "row 2: column emotion is 'None', which is no label"),
        (",ann,anger,,,", "row 2: column file is empty"),
        ("a.wav,ann", "row 2: column emotion is empty"),
        ("a.wav,a/b,anger,,,", "row 2: column speaker must hold no slash"),
        (
            "a.wav,ann,anger,2,1,",
            "row 2: column start (2) is not before column end (1)",
        ),
        (
            "a.wav,ann,anger,1,1,",
            "row 2: column start (1) is not before column end (1)",
        ),
        ("a.wav,ann,anger,-1,1,", "row 2: column start is '-1'"),
        ("a.wav,ann,anger,nan,1,", "row 2: column start is 'nan'"),
        ("a.wav,ann,anger,0,soon,", "row 2: column end is 'soon'"),
        ("a.wav,ann,anger,,,dev", "row 2: column split is 'dev'"),
        ("c.wav,ann,anger,,,", "row 2: column file is 'c.wav'"),
        (f"{'c' * 300},ann,anger,,,", "row 2: column file is 'ccc"),
    ],
)
def test_bad_row_names_table_row_and_column(write_table, row, fault):
    table = write_table(f"file,speaker,emotion,start,end,split\n{row}\n")
    assert problem(table).startswith(f"clips.csv {fault}")


@pytest.mark.parametrize(
    "twin", ["a.wav,ann,anger", "./a.wav,bob,fear", "{folder}/a.wav,ann,anger"]
)
def test_repeated_row_names_both_rows(write_table, tmp_path, monkeypatch, twin):
    twin = twin.format(folder=tmp_path)
    table = write_table(
        f"file,speaker,emotion\na.wav,ann,anger\nb.wav,ann,anger\n\n{twin}\n"
    )
    assert problem(table) == "clips.csv row 5: repeats the clip of row 2"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is empty"),
        ("file,emotion\na.wav,anger\n", "row 1 has no column 'speaker'"),
        ("file,file,speaker,emotion\na,a,b,c\n", "row 1 has the column 'file' more"),
        ("file,speaker,emotion\n\n", "has no rows"),
    ],
)
def test_bad_table_is_refused(write_table, text, fault):
    with pytest.raises(DataError, match=rf"clips\.csv {fault}"):
        read(write_table(text))


def test_table_that_is_not_utf8_is_refused(write_table):
    table = write_table("file,speaker,emotion\na.wav,Jörg,anger\n", encoding="latin-1")
    with pytest.raises(DataError, match="save it as UTF-8"):
        read(table)


def test_missing_table_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"absent\.csv cannot be read"):
        read(tmp_path / "absent.csv")


def test_a_row_with_too_many_cells_is_a_problem(write_table):
    # Seconds with a decimal comma in a table of commas would be cut wrongly.
    table = write_table("file,speaker,emotion,start,end\na.wav,ann,anger,0,1,1,2\n")
    assert problem(table) == "clips.csv row 2: has 7 cells, row 1 has 5"


def test_empty_cells_at_the_end_of_a_row_do_no_harm(write_table):
    (clip,) = read(write_table("file,speaker,emotion\na.wav,ann,anger,,\n")).clips
    assert clip.emotion == "anger"


def test_a_quotation_mark_that_is_never_closed_is_one_line(write_table):
    text = 'file,speaker,emotion\na.wav,"ann,anger\n' + "a.wav,ann,anger\n" * 20000
    with pytest.raises(DataError, match="never closed"):
        read(write_table(text))


def test_line_ends_inside_a_cell_lose_no_clip(write_table):
    table = write_table(
        "words,speaker,emotion,file\nOh no\x85 again,ann,anger,a.wav\n"
        '"what\r\nnow\u2028",bob,joy,b.wav\n'
    )
    assert [clip.path.name for clip in read(table).clips] == ["a.wav", "b.wav"]


def test_a_file_is_found_by_its_escaped_name(write_table, touch, tmp_path):
    touch(tmp_path, os.fsdecode(b"Gl\xfcck.wav"))
    (clip,) = read(write_table("file,speaker,emotion\nGl\\xfcck.wav,a,joy\n")).clips
    assert os.fsencode(clip.path.name) == b"Gl\xfcck.wav"
    assert clip.key == r"mine/a/Gl\xfcck.wav"
