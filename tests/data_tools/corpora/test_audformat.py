"""Databases in audformat, as version 1.4.3 of the package audformat writes them."""

import sys

import pytest

from data_tools.corpora import CorpusSource
from pathnet_tf.runtime.errors import DataError, UsageError

pytest.importorskip("yaml")

HEADER = """\
name: mine
source: us
usage: research
languages: [deu]
raters:
  gold: {type: other}
schemes:
  age: {dtype: int}
  duration: {dtype: time}
  emotion:
    dtype: str
    labels: [anger, happy, neutral]
  gender:
    dtype: str
    labels: [female, male]
  speaker: {dtype: str, labels: speaker}
  transcription:
    dtype: str
    labels: {s1: Good morning., s2: Good night.}
splits:
  test: {type: test}
  train: {type: train}
tables:
  emotion.test:
    type: segmented
    split_id: test
    columns:
      emotion: {scheme_id: emotion, rater_id: gold}
      emotion.confidence: {}
  emotion.train:
    type: segmented
    split_id: train
    columns:
      emotion: {scheme_id: emotion, rater_id: gold}
      emotion.confidence: {}
  files:
    type: filewise
    columns:
      speaker: {scheme_id: speaker}
      transcription: {scheme_id: transcription}
      duration: {scheme_id: duration}
misc_tables:
  speaker:
    levels: {speaker: str}
    columns:
      age: {scheme_id: age}
      gender: {scheme_id: gender}
"""
TABLES = {
    "emotion.train": """\
file,start,end,emotion,emotion.confidence
audio/x.wav,0 days 00:00:00.000000,0 days 00:00:01.500000,anger,0.1
audio/x.wav,0 days 00:00:01.500000,0 days 00:01:10.250000,happy,0.2
audio/y.wav,0 days 00:00:00.000000,,,0.3
""",
    "emotion.test": """\
file,start,end,emotion,emotion.confidence
audio/z.wav,0 days 00:00:00.000000,,neutral,0.3
audio/nobody.wav,0 days 00:00:00.000000,,neutral,0.3
""",
    "files": """\
file,speaker,transcription,duration
audio/x.wav,ann,s1,0 days 00:01:11
audio/y.wav,bob,s1,0 days 00:00:02
audio/z.wav,bob,s2,0 days 00:00:03
audio/nobody.wav,,s2,0 days 00:00:03
""",
    "speaker": "speaker,age,gender\nann,30,female\nbob,,male\n",
}
KINDS = {"duration": ["start", "end", "duration"], "float64": ["emotion.confidence"]}


@pytest.fixture
def database(tmp_path, touch):
    def make(header=HEADER, ending="csv", **tables):
        folder = tmp_path / "mine"
        names = [f"audio/{name}.wav" for name in ("x", "y", "z", "nobody")]
        touch(folder, *names)
        (folder / "db.yaml").write_text(header)
        for name, text in (TABLES | tables).items():
            path = folder / f"db.{name}.{ending}"
            if ending == "parquet":
                write_parquet(path, text)
            else:
                path.write_text(text)
        return folder

    return make


def write_parquet(path, text):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    from data_tools.corpora.known.audformat import _seconds

    header, *lines = [line.split(",") for line in text.splitlines()]
    columns = {}
    for name, cells in zip(header, zip(*lines, strict=True), strict=True):
        values = [cell or None for cell in cells]
        if name in KINDS["duration"]:
            whole = [cell and round(1e9 * _seconds(cell)) for cell in values]
            columns[name] = pa.array(whole, pa.int64()).cast(pa.duration("ns"))
        elif name in KINDS["float64"]:
            columns[name] = pa.array([float(cell) for cell in cells])
        elif name == "emotion":
            columns[name] = pa.array(values, pa.string()).dictionary_encode()
        else:
            columns[name] = pa.array(values, pa.string())
    parquet.write_table(pa.table(columns), path)


def read(folder, **options):
    return CorpusSource("audformat", folder, options=options).read()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_all_tables_with_the_scheme_are_read(database, ending):
    reading = read(database(ending=ending))
    assert [
        (
            clip.key,
            clip.speaker,
            clip.emotion,
            clip.start_s,
            clip.end_s,
            clip.split,
            clip.sentence,
            clip.sex,
            clip.age,
        )
        for clip in reading.clips
    ] == [
        (
            "mine/ann/audio/x.wav#0.0-1.5",
            "ann",
            "anger",
            0,
            1.5,
            "train",
            "s1",
            "female",
            "30",
        ),
        (
            "mine/ann/audio/x.wav#1.5-70.25",
            "ann",
            "happiness",
            1.5,
            70.25,
            "train",
            "s1",
            "female",
            "30",
        ),
        ("mine/bob/audio/z.wav", "bob", "neutral", 0, None, "test", "s2", "male", ""),
    ]
    assert {(remark.source, remark.reason) for remark in reading.left_out} == {
        (f"db.emotion.train.{ending} row 3", "has no label"),
        (f"db.emotion.test.{ending} row 2", "nobody knows who speaks"),
    }


def test_facts_of_speakers_are_written_in_one_way(database):
    people = "speaker,age,gender\nann,30,F\nbob,,Man\n"
    header = HEADER.replace("[female, male]", "[F, Man]")
    clips = read(database(header, speaker=people)).clips
    assert [clip.sex for clip in clips] == ["female", "female", "male"]


def test_a_missing_speaker_is_nobody(database):
    text = TABLES["files"].replace("nobody.wav,,", "nobody.wav,unknown,")
    reading = read(database(files=text))
    assert [one.reason for one in reading.left_out if "test" in one.source] == [
        "nobody knows who speaks"
    ]


def test_labels_of_ones_own_are_noted(database):
    header = HEADER.replace("neutral]", "stressed]")
    text = TABLES["emotion.test"].replace("neutral", "stressed")
    (note,) = read(database(header, **{"emotion.test": text})).notes
    assert note.source == "db.yaml"
    assert "stressed (1 clips) is no emotion with a name here" in note.reason


def test_labels_may_be_numbers(database):
    numbers = {"1": "anger", "2": "fear", "3": "calm"}
    words = {"anger": "1", "happy": "2", "neutral": "3"}
    tables = {name: TABLES[name] for name in ("emotion.train", "emotion.test")}
    for word, number in words.items():
        tables = {name: text.replace(word, number) for name, text in tables.items()}
    header = HEADER.replace("[anger, happy, neutral]", "['1', '2', '3']")
    source = CorpusSource("audformat", database(header, **tables), emotion_map=numbers)
    assert {clip.emotion for clip in source.read().clips} == {*numbers.values()}


def test_a_map_of_words_that_no_label_is_is_refused(database):
    source = CorpusSource("audformat", database(), emotion_map={"9": "anger"})
    with pytest.raises(UsageError, match="--emotion_map names 9, which no clip is"):
        source.read()


def test_one_table_may_be_chosen(database):
    reading = read(database(), table="emotion.test")
    assert [clip.path.name for clip in reading.clips] == ["z.wav"]
    # A single part splits nothing.
    assert reading.clips[0].split == ""


def test_the_corpus_is_named_after_its_folder_or_as_wished(database):
    folder = database()
    assert CorpusSource("audformat", folder).name == "mine"
    source = CorpusSource("audformat", folder, "other")
    assert {clip.key.split("/")[0] for clip in source.read().clips} == {"other"}


def test_speakers_may_stand_beside_the_labels(database):
    header = (
        HEADER.replace("    split_id: train\n", "")
        .replace("emotion.confidence: {}", "speaker: {scheme_id: speaker}")
        .replace("      speaker: {scheme_id: speaker}\n      tr", "      tr")
    )
    rows = "audio/x.wav,0 days 00:00:00,0 days 00:00:01,anger,ann\n"
    rows += "audio/x.wav,0 days 00:00:01,0 days 00:00:02,anger,bob\n"
    table = "file,start,end,emotion,speaker\n" + rows
    reading = read(database(header, **{"emotion.train": table, "emotion.test": table}))
    assert [clip.speaker for clip in reading.clips] == ["ann", "bob"]


def test_tables_that_agree_may_repeat_files(database):
    text = TABLES["emotion.train"] + "audio/z.wav,,,neutral,1\n"
    header = HEADER.replace("    split_id: train\n", "")
    reading = read(database(header, **{"emotion.train": text}))
    assert len(reading.clips) == 3
    assert not reading.problems


@pytest.mark.parametrize(
    ("row", "what"), [("anger", "emotions"), ("neutral", "splits")]
)
def test_tables_that_contradict_each_other_are_refused(database, row, what):
    text = TABLES["emotion.train"] + f"audio/z.wav,,,{row},1\n"
    folder = database(**{"emotion.train": text})
    with pytest.raises(DataError, match=rf"say different {what} of audio/z\.wav; choo"):
        read(folder)


def test_all_words_that_are_no_emotions_are_named_at_once(database):
    header = HEADER.replace("[anger, happy, neutral]", "[Wut, hapy, neutral]")
    text = TABLES["emotion.train"].replace("anger", "Wut").replace("happy", "hapy")
    folder = database(header, **{"emotion.train": text})
    with pytest.raises(
        DataError, match=r"'Wut', did you mean anger.*'hapy', did you m"
    ):
        read(folder)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"scheme": "mood"},
            DataError,
            "no scheme 'mood'.*Schemes: age, duration, emo",
        ),
        (
            {"speaker": "who"},
            DataError,
            "the scheme 'who'.*Schemes: age, duration, emo",
        ),
        (
            {"table": "all"},
            UsageError,
            "no table all. Tables: emotion.test, emotion.tr",
        ),
        (
            {"table": "files"},
            UsageError,
            "files has no column emotion.*Columns: durati",
        ),
        ({"column": "raw"}, DataError, "no table with a column raw .*Tables: emotion"),
    ],
)
def test_errors_list_what_there_is(database, options, error, message):
    with pytest.raises(error, match=message):
        read(database(), **options)


def test_of_several_columns_one_must_be_named(database):
    header = HEADER.replace("      emotion: {", "      r1: {").replace(
        "emotion.confidence: {}", "r2: {scheme_id: emotion}"
    )
    text = TABLES["emotion.train"].replace("emotion,emotion.confidence", "r1,r2")
    other = TABLES["emotion.test"].replace("emotion,emotion.confidence", "r1,r2")
    folder = database(header, **{"emotion.train": text, "emotion.test": other})
    with pytest.raises(DataError, match=r"2 columns .*column=COLUMN. Columns: r1, r2"):
        read(folder)
    assert len(read(folder, column="r1").clips) == 3


def test_a_pickled_table_is_not_opened(database):
    folder = database()
    table = folder / "db.emotion.train.csv"
    table.rename(table.with_suffix(".pkl"))
    with pytest.raises(DataError, match=r"pkl is a pickle, which could run anything"):
        read(folder)


def test_a_header_runs_nothing(database, tmp_path):
    evil = f"name: !!python/object/apply:os.mkdir [{tmp_path / 'made'}]\n"
    with pytest.raises(DataError, match=r"db\.yaml is no YAML"):
        read(database(evil + HEADER))
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("header", ["", "- a\n", "tables: 3\n", "name: [\n"])
def test_a_header_that_is_none_is_one_line(database, header):
    with pytest.raises(
        DataError, match=r"db\.yaml (is no YAML|names no tables)"
    ) as told:
        read(database(header))
    assert "\n" not in str(told.value)


def test_a_table_without_a_column_of_the_header_is_refused(database):
    text = TABLES["files"].replace("speaker", "spkr")
    with pytest.raises(DataError, match=r"db\.files\.csv has no column speaker, unlik"):
        read(database(files=text))


@pytest.mark.parametrize(
    ("module", "ending"), [("yaml", "csv"), ("pyarrow", "parquet")]
)
def test_without_what_reads_it_an_error_says_what_to_install(
    database, monkeypatch, module, ending
):
    if module == "pyarrow":
        pytest.importorskip("pyarrow")
    folder = database(ending=ending)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError, match=r"pip install 'pathnet_tf\[audformat\]'"):
        read(folder)


def test_a_time_of_another_form_is_a_problem(database):
    text = TABLES["emotion.train"].replace("0 days 00:00:01.500000,anger", "soon,anger")
    (problem,) = read(database(**{"emotion.train": text})).problems
    assert problem.source == "db.emotion.train.csv row 1"
    assert "'soon'" in problem.reason
