"""Recordings and pictures that are cells of tables, unpacked by a user or a reader."""

import csv
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from data_tools.corpora import CorpusSource, manifest
from data_tools.unpacking.unpacked_folder import Unpacked, unpacked_once
from pathnet_tf.data.dataset_card import read_card
from pathnet_tf.runtime.errors import DataError, UsageError
from tests.binary import run_forked, run_here


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The folder of what readers unpack."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "pathnet_tf" / "unpacked"


def unpack(packed, output, *words):
    return run_here(
        "data_tools.unpack", f"--packed={packed}", f"--output_dir={output}", *words
    )


def table_of(folder):
    with (folder / "clips.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def fer(tmp_path, rng):
    def make(*rows):
        pixels = rng.integers(0, 256, (len(rows), 48, 48))
        lines = [
            f"{emotion},{' '.join(map(str, face.ravel()))},{usage}\n"
            for (emotion, usage), face in zip(rows, pixels, strict=True)
        ]
        table = tmp_path / "fer2013.csv"
        table.write_text("emotion,pixels,Usage\n" + "".join(lines))
        return table, pixels

    return make


def test_fer2013_becomes_pictures_that_its_reader_reads(fer, tmp_path):
    table, pixels = fer((0, "Training"), (6, "Training"), (3, "PrivateTest"))
    done = unpack(table, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    reading = CorpusSource("fer2013", tmp_path / "out", modality="face").read()
    assert [(clip.emotion, clip.split) for clip in reading.clips] == [
        ("happiness", "test"),
        ("anger", "train"),
        ("neutral", "train"),
    ]
    written = np.asarray(Image.open(reading.clips[1].path))
    np.testing.assert_array_equal(written, pixels[0])
    rows = table_of(tmp_path / "out")
    assert [(row["speaker"], row["split"]) for row in rows] == [
        ("unknown_speaker", "train"),
        ("unknown_speaker", "train"),
        ("unknown_speaker", "test"),
    ]


@pytest.mark.parametrize("place", [".", "fer2013.csv"])
def test_fer2013_as_a_table_is_read_as_its_pictures(fer, tmp_path, place):
    table, _ = fer((0, "Training"), (3, "PrivateTest"))
    unpack(table, tmp_path / "out")
    by_hand = CorpusSource("fer2013", tmp_path / "out", modality="face").read()
    (tmp_path / "packed").mkdir()
    table.rename(tmp_path / "packed" / table.name)
    source = CorpusSource("fer2013", tmp_path / "packed" / place, modality="face")
    assert facts_of(source.read()) == facts_of(by_hand)


def facts_of(reading):
    """What a dataset says of clips: all but where they lie."""
    return [
        vars(clip) | {"path": reading.source_of(clip.path)} for clip in reading.clips
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("emotion,pixels\n", "has other columns"),
        ("emotion,pixels,Usage\n7,0 0,Training\n", "row 2 is no picture with a label"),
        ("emotion,pixels,Usage\n0,0 0,Training\n", "are not 2304 numbers"),
        ("emotion,pixels,Usage\n0,x,Training\n", "row 2 is no picture with a label"),
        (f"emotion,pixels,Usage\n0,{'256 ' * 2304},Training\n", "from 0 to 255"),
        (f"emotion,pixels,Usage\n0,{'9 ' * 2304},Spare\n", "row 2 is no picture"),
        ("emotion,pixels,Usage\n", "none of 0 rows"),
    ],
)
def test_a_table_of_other_content_leaves_nothing(tmp_path, text, message):
    (tmp_path / "fer2013.csv").write_text(text)
    done = unpack(tmp_path / "fer2013.csv", tmp_path / "out")
    assert done.returncode == 1
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


FEATURES = {
    "audio": {"sampling_rate": 16000, "_type": "Audio"},
    "speaker_id": {"dtype": "int64", "_type": "Value"},
    "emotion": {"names": ["anger", "happy"], "_type": "ClassLabel"},
    "gender": {"dtype": "string", "_type": "Value"},
}
ROWS = [
    {"audio": {"bytes": b"one", "path": "../a b.wav"}, "speaker_id": 1, "emotion": 0},
    {"audio": {"bytes": b"two", "path": None}, "speaker_id": 2, "emotion": 1},
    {"audio": {"bytes": b"three", "path": "c.wav"}, "speaker_id": 2, "emotion": -1},
    {"audio": {"bytes": b"four", "path": "d.wav"}, "speaker_id": None, "emotion": 1},
]


@pytest.fixture
def hugging_face(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    def make(file, rows=ROWS, features=FEATURES):
        path = tmp_path / "packed" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        table = pa.Table.from_pylist(rows)
        info = json.dumps({"info": {"features": features}})
        table = table.replace_schema_metadata({"huggingface": info})
        if path.suffix == ".arrow":
            # As save_to_disk does it.
            with pa.ipc.new_stream(path, table.schema) as writer:
                writer.write_table(table)
        else:
            parquet.write_table(table, path)
        return tmp_path / "packed"

    return make


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("data/train-00000-of-00001.parquet", "data/test-00000-of-00001.parquet"),
        ("train/data-00000-of-00001.arrow", "test/data-00000-of-00001.arrow"),
        ("default/validation/0000.parquet", "default/test/0000.parquet"),
    ],
)
def test_a_dataset_becomes_files_and_a_table(hugging_face, tmp_path, train, test):
    hugging_face(train)
    folder = hugging_face(test, ROWS[:1])
    done = unpack(folder, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "left out: 2 rows without a speaker or an emotion" in done.stdout
    found = {
        (tmp_path / "out" / row["file"]).read_bytes(): (
            row["speaker"],
            row["emotion"],
            row["split"],
        )
        for row in table_of(tmp_path / "out")
        if row["split"] == "train"
    }
    assert found == {b"one": ("1", "anger", "train"), b"two": ("2", "happy", "train")}
    reading = manifest.read(tmp_path / "out" / "clips.csv", corpus_name="mine")
    assert (len(reading.clips), reading.problems) == (3, ())


def test_a_single_split_is_none(hugging_face, tmp_path):
    unpack(hugging_face("train.parquet"), tmp_path / "out")
    assert "split" not in table_of(tmp_path / "out")[0]


def test_columns_may_be_named(hugging_face, tmp_path):
    rows = [{"clip": {"bytes": b"1", "path": "a"}, "who": "x/y", "mood": "sad"}]
    words = ["--media_column=clip", "--speaker_column=who", "--emotion_column=mood"]
    done = unpack(hugging_face("a.parquet", rows, {}), tmp_path / "out", *words)
    assert done.returncode == 0, done.stderr
    (row,) = table_of(tmp_path / "out")
    assert (row["speaker"], row["emotion"]) == ("x/y", "sad")


def test_people_whom_nobody_knows_are_one_speaker(hugging_face, tmp_path):
    rows = [{"audio": {"bytes": b"1", "path": "a"}, "label": "sad"}]
    folder = hugging_face("a.parquet", rows, {})
    done = unpack(folder, tmp_path / "out")
    assert done.returncode == 1
    told = "--speaker_column=COLUMN, or say --unknown_speaker=true if nobody knows"
    assert told in done.stderr
    assert "Columns: audio, label" in done.stderr
    done = unpack(folder, tmp_path / "out", "--unknown_speaker")
    assert done.returncode == 0, done.stderr
    reading = manifest.read(tmp_path / "out" / "clips.csv", corpus_name="mine")
    assert [clip.speaker for clip in reading.clips] == ["unknown_speaker"]


@pytest.mark.parametrize(
    ("path", "is_taken"),
    [("beside.wav", True), ("../secret.wav", False), ("{folder}/secret.wav", False)],
)
def test_a_table_names_files_beside_it_alone(hugging_face, tmp_path, path, is_taken):
    (tmp_path / "packed").mkdir()
    for name in ("packed/beside.wav", "secret.wav"):
        (tmp_path / name).write_bytes(b"sound")
    path = path.format(folder=tmp_path)
    rows = [ROWS[0] | {"audio": {"bytes": None, "path": path}}]
    done = unpack(hugging_face("a.parquet", rows), tmp_path / "out")
    assert (tmp_path / "out").exists() == is_taken, done.stderr
    assert is_taken or "is no file below" in done.stderr


@pytest.mark.parametrize(
    ("rows", "words", "status", "message"),
    [
        (
            ROWS,
            ["--emotion_column=mood"],
            2,
            "no such column. Columns: audio, speaker_",
        ),
        (ROWS, ["--media_column=emotion"], 2, "its cells are not files"),
        ([ROWS[0] | {"image": ROWS[0]["audio"]}], [], 2, "in 2 columns, audio, image"),
        ([{"audio": [0.5], "speaker": "a", "label": 1}], [], 1, "to hold the media"),
        ([ROWS[0] | {"emotion": 5}], [], 1, "the label 5, but 2 names"),
        (
            [ROWS[0] | {"audio": {"bytes": None, "path": "gone.wav"}}],
            [],
            1,
            "row 1 has no bytes, and gone.wav is no file",
        ),
    ],
)
def test_mistakes_are_one_line(hugging_face, tmp_path, rows, words, status, message):
    done = unpack(hugging_face("a.parquet", rows), tmp_path / "out", *words)
    assert (done.returncode, len(done.stderr.splitlines())) == (status, 1)
    assert message in done.stderr
    assert not (tmp_path / "out").exists()


def test_without_pyarrow_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "packed").mkdir()
    done = unpack(tmp_path / "packed", tmp_path / "out")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "pip install 'pathnet_tf[huggingface]'" in done.stderr


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_a_broken_file_is_one_line(tmp_path, name):
    pytest.importorskip("pyarrow")
    (tmp_path / "packed").mkdir()
    (tmp_path / "packed" / name).write_bytes(b"PAR1 nothing")
    done = unpack(tmp_path / "packed", tmp_path / "out")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert f"{name} cannot be read" in done.stderr


def read(folder, **options):
    return CorpusSource("huggingface", folder, options=options).read()


@pytest.mark.parametrize("name", ["train-00000-of-00001.parquet", "train/data.arrow"])
def test_a_dataset_is_read_as_if_unpacked_before(hugging_face, tmp_path, name):
    hugging_face("test.parquet", ROWS[:1])
    folder = hugging_face(name)
    unpack(folder, tmp_path / "out")
    by_hand = manifest.read(tmp_path / "out" / "clips.csv", corpus_name="packed")
    reading = read(folder)
    assert facts_of(reading) == facts_of(by_hand)
    assert reading.passed_over == ""
    assert [reading.source_of(clip.path) for clip in reading.clips] == [
        "files/test/000000-a_b.wav",
        "files/train/000001-a_b.wav",
        "files/train/000002",
    ]


def test_a_dataset_is_unpacked_once(hugging_face, cache, capsys, monkeypatch):
    folder = hugging_face("a.parquet")
    first = read(folder)
    (unpacked,) = cache.glob("packed-*")
    told = f"{folder}: unpacked into {unpacked}; remove it when done\n"
    assert capsys.readouterr().err == told
    # Nothing could unpack it again.
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert read(folder) == first
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("what", ["content", "time", "option"])
def test_what_is_changed_is_unpacked_again(hugging_face, cache, what):
    folder, options = hugging_face("a.parquet"), {}
    read(folder)
    if what == "content":
        hugging_face("a.parquet", ROWS[:1])
    elif what == "time":
        os.utime(folder / "a.parquet", (0, 0))
    else:
        options = {"unknown_speaker": "true"}
    again = read(folder, **options)
    assert len(list(cache.glob("packed-*"))) == 2
    assert len(again.clips) == {"content": 1, "time": 2, "option": 3}[what]


@pytest.mark.parametrize("gone", ["clips.csv", "files/all/000000-a_b.wav"])
def test_what_has_vanished_in_part_is_unpacked_again(hugging_face, cache, gone):
    folder = hugging_face("a.parquet")
    first = read(folder)
    (unpacked,) = cache.glob("packed-*")
    (unpacked / gone).unlink()
    assert read(folder) == first
    assert (unpacked / gone).is_file()


def test_who_unpacks_at_the_same_time_waits(tmp_path, cache):
    packed = tmp_path / "packed"
    packed.mkdir()
    has_first_begun, has_second_begun = threading.Event(), threading.Event()

    def first():
        has_first_begun.set()
        # The second has this long to make the mistake.
        has_second_begun.wait(0.3)
        yield Unpacked("a.wav", b"one", "ann", "anger")

    def second():
        has_second_begun.set()
        yield Unpacked("b.wav", b"two", "bob", "anger")

    with ThreadPoolExecutor() as pool:
        waited_for = pool.submit(unpacked_once, packed, first())
        has_first_begun.wait()
        waits = pool.submit(unpacked_once, packed, second())
        assert waited_for.result() == waits.result()
    assert not has_second_begun.is_set()


def test_labels_of_a_dataset_may_be_numbers(hugging_face):
    features = {name: one for name, one in FEATURES.items() if name != "emotion"}
    folder = hugging_face("a.parquet", ROWS[:2], features)
    numbers = {"0": "anger", "1": "fear"}
    reading = CorpusSource("huggingface", folder, emotion_map=numbers).read()
    assert [clip.emotion for clip in reading.clips] == ["anger", "fear"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, DataError, "speaker_column=COLUMN, or say --corpus_option=unknown_s"),
        ({}, DataError, "name it with --corpus_option=speaker_column=COLUMN"),
        ({"speaker_column": "who"}, UsageError, "--corpus_option=speaker_column=who: "),
        ({"unknown_speaker": "yes"}, UsageError, "=yes is neither true nor false"),
    ],
)
def test_errors_name_the_options_of_the_corpus(
    hugging_face, cache, options, error, message
):
    rows = [{"audio": {"bytes": b"1", "path": "a"}, "label": "sad"}]
    with pytest.raises(error, match=message):
        read(hugging_face("a.parquet", rows, {}), **options)
    assert not list(cache.glob("packed-*"))


def test_a_cache_that_cannot_be_written_is_named(hugging_face, cache):
    cache.parent.parent.write_text("no folder")
    with pytest.raises(DataError, match="name another XDG_CACHE_HOME"):
        read(hugging_face("a.parquet"))


def test_a_dataset_is_written_of_a_packed_one(hugging_face, speak, tmp_path):
    speak(tmp_path, "a.wav", "b.wav")
    rows = [
        {
            "audio": {"bytes": (tmp_path / name).read_bytes(), "path": name},
            "speaker": name,
            "emotion": 1,
        }
        for name in ("a.wav", "b.wav")
    ]
    done = run_forked(
        "data_tools.write_mels",
        "--corpus=huggingface",
        f"--corpus_dir={hugging_face('a.parquet', rows)}",
        "--corpus_name=mine",
        f"--output_dir={tmp_path / 'out'}",
        "--num_workers=1",
    )
    assert done.returncode == 0, done.stderr
    assert [(clip.key, clip.source) for clip in read_card(tmp_path / "out").clips] == [
        ("mine/a.wav/000000-a.wav", "files/all/000000-a.wav"),
        ("mine/b.wav/000001-b.wav", "files/all/000001-b.wav"),
    ]
