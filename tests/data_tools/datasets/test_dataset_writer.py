import dataclasses
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from data_tools.corpora import CorpusSource
from data_tools.cutters import clip_reader
from data_tools.cutters.mel_cutter import MelCutter
from data_tools.datasets import dataset_writer, parts
from data_tools.datasets import shard as shard_module
from data_tools.datasets.dataset_writer import Settings, write_dataset
from data_tools.datasets.work_settings import MERGE, WorkSettings
from pathnet_tf.data import dataset_card, tfrecords
from pathnet_tf.features.front_end import LAYOUT, FrontEnd
from pathnet_tf.features.log_mel import waveform_to_segments
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.shard import Shard
from tests.pathnet_tf.runtime.local_cluster import executor_words

NAMES = tuple(
    f"wav/{speaker}a0{sentence}{emotion}a.wav"
    for speaker in ("03", "08")
    for sentence in (1, 2)
    for emotion in "WFT"
)


@pytest.fixture
def corpus(tmp_path, speak):
    return speak(tmp_path / "emodb", *NAMES, seconds=1.5)


@pytest.fixture
def write(corpus, tmp_path):
    """Writes the corpus and returns the card."""

    def run(
        *,
        output_dir=tmp_path / "out",
        source=None,
        num_workers=1,
        shard=None,
        executor=None,
        **changes,
    ):
        folder = Path(os.path.abspath(output_dir))
        settings = Settings(
            source=source or CorpusSource("emodb", corpus),
            output_dir=output_dir,
            cutter=MelCutter(FrontEnd()),
            work=WorkSettings(num_workers=num_workers, shard=shard, **(executor or {})),
            clips_per_shard=5,
        )
        write_dataset(dataclasses.replace(settings, **changes))
        if isinstance(shard, Shard):
            return None
        return dataset_card.read_card(folder)

    return run


@pytest.fixture
def write_table(tmp_path, speak):
    """Writes a table over a ten-second file and a short one."""

    def make(*rows):
        speak(tmp_path, "long.wav", seconds=10)
        speak(tmp_path, "short.wav", seconds=1)
        table = tmp_path / "clips.csv"
        table.write_text("\n".join(("file,speaker,emotion,start,end,split", *rows)))
        return CorpusSource("", table)

    return make


@pytest.fixture
def in_this_process(monkeypatch):
    """Lets a test see what workers do."""

    def call(function, tasks, **options):
        return map(function, tasks)

    monkeypatch.setattr(parts, "run_tasks", call)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_card_describes_the_dataset(write, corpus):
    card = write()
    assert dataclasses.replace(card, clips=(), shards=()) == dataset_card.DatasetCard(
        corpus="emodb",
        modality="speech",
        layout=LAYOUT,
        scaling="natural log power",
        shape=(64, 64, 3),
        dtype="float32",
        front_end=dataclasses.asdict(FrontEnd()),
        emotions=("anger", "happiness", "sadness"),
        clips=(),
        shards=(),
    )


def test_clip_cards_tell_source_hash_and_length(write, corpus):
    card = write()
    first = card.clips[0]
    assert first == dataset_card.ClipCard(
        key="emodb/03/03a01Fa.wav",
        speaker="03",
        emotion="happiness",
        source="wav/03a01Fa.wav",
        sha256=hashlib.sha256((corpus / first.source).read_bytes()).hexdigest(),
        num_segments=3,
        duration_s=1.5,
        sentence="a01",
        sex="male",
        age="31",
    )


def test_clips_are_sorted_and_complete(write):
    keys = [clip.key for clip in write().clips]
    assert keys == sorted(keys)
    assert len(keys) == len(NAMES)


def test_segments_are_those_of_the_front_end(write, corpus, tmp_path):
    card = write()
    read = tfrecords.index_segments(tmp_path / "out", card)
    samples, _ = soundfile.read(corpus / "wav/03a01Fa.wav", dtype="float32")
    expected = waveform_to_segments(samples, front_end=FrontEnd())
    np.testing.assert_array_equal(read.values[[0, 1, 2]], expected)
    assert set(read.clip[:3]) == {"emodb/03/03a01Fa.wav"}
    assert read.position[:3].tolist() == [0, 1, 2]


def test_shards_hold_what_the_card_says(write, tmp_path):
    card = write()
    assert [shard.file for shard in card.shards] == [
        f"segments-0000{number}-of-00003.tfrecord" for number in range(3)
    ]
    for shard in card.shards:
        content = (tmp_path / "out" / shard.file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == shard.sha256
    read = tfrecords.index_segments(tmp_path / "out", card)
    assert len(read.clip) == 3 * len(NAMES)


@pytest.mark.parametrize("num_workers", [1, 2])
def test_bytes_do_not_depend_on_run_or_workers(write, tmp_path, num_workers):
    write()
    write(output_dir=tmp_path / "again", num_workers=num_workers)
    assert contents(tmp_path / "out") == contents(tmp_path / "again")


def test_parts_make_the_bytes_of_the_whole(write, tmp_path):
    write()
    for number in (2, 1):
        write(output_dir=tmp_path / "parts", shard=Shard(number, 2))
        assert not (tmp_path / "parts").exists()
    write(output_dir=tmp_path / "parts", shard=MERGE)
    assert contents(tmp_path / "parts") == contents(tmp_path / "out")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"emodb", "out", "parts"}


def test_a_part_that_was_interrupted_does_what_is_left(write, tmp_path, monkeypatch):
    write()
    real = dataset_writer.do_tasks

    def do_one(function, tasks, *words, **options):
        real(function, tasks[:1], *words, **options)
        # As a worker that is killed would leave the second one.
        tasks[1].file.write_bytes(b"half")
        raise KeyboardInterrupt

    shard = {"output_dir": tmp_path / "parts", "shard": Shard(1, 1)}
    with monkeypatch.context() as patched:
        patched.setattr(dataset_writer, "do_tasks", do_one)
        with pytest.raises(KeyboardInterrupt):
            write(**shard)
    done = tmp_path / ".parts.parts/shard-00000.tfrecord"
    written = done.stat().st_mtime_ns
    write(**shard)
    assert done.stat().st_mtime_ns == written
    write(output_dir=tmp_path / "parts", shard=MERGE)
    assert contents(tmp_path / "parts") == contents(tmp_path / "out")


def test_a_missing_part_is_named(write, tmp_path):
    with pytest.raises(DataError, match=r"No part of .*out has been written"):
        write(shard=MERGE)
    write(shard=Shard(2, 3))
    with pytest.raises(DataError, match=r"lacks 2 of 3 files, .* parts 1/3, 3/3; run"):
        write(shard=MERGE)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"shard": Shard(1, 3)}, DataError, "parts of 2, not of 3; give --shard=1/2"),
        ({"shard": None}, UsageError, "put them together with --shard=merge"),
        ({"shard": MERGE, "clips_per_shard": 4}, DataError, "other flags made"),
    ],
)
def test_parts_of_another_kind_are_refused(write, changes, error, message):
    write(shard=Shard(1, 2))
    with pytest.raises(error, match=message):
        write(**changes)


def test_a_bad_file_stops_its_part(write, corpus):
    (corpus / NAMES[0]).write_bytes(b"")
    with pytest.raises(DataError, match=r"1 file is bad; .* run its part again"):
        write(shard=Shard(1, 1))


@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_a_mended_file_is_written_when_its_part_runs_again(write, corpus, on_error):
    bad = corpus / NAMES[0]
    good = bad.read_bytes()
    bad.write_bytes(b"")
    write(shard=Shard(1, 1), on_error="skip")
    bad.write_bytes(good)
    write(shard=Shard(1, 1), on_error=on_error)
    assert len(write(shard=MERGE, on_error=on_error).clips) == len(NAMES)


@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_a_damaged_record_is_written_when_its_part_runs_again(
    write, tmp_path, on_error
):
    write(shard=Shard(1, 1))
    record = tmp_path / ".out.parts/shard-00000.tfrecord.json"
    record.write_text("half")
    write(shard=Shard(1, 1), on_error=on_error)
    assert len(write(shard=MERGE).clips) == len(NAMES)


def test_the_folder_one_works_in_may_be_written(write, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    write(output_dir=Path(), shard=Shard(1, 1))
    assert len(write(output_dir=Path(), shard=MERGE).clips) == len(NAMES)


def test_a_cluster_writes_the_same_bytes(write, tmp_path):
    write()
    with executor_words("dask") as words:
        write(output_dir=tmp_path / "dask", executor=words)
    assert contents(tmp_path / "dask") == contents(tmp_path / "out")


def test_front_end_settings_reach_segments_and_card(write):
    front_end = FrontEnd(num_mel_bands=20, segment_shift_frames=10, tail="pad")
    card = write(cutter=MelCutter(front_end))
    assert card.shape == (64, 20, 3)
    assert card.front_end == dataclasses.asdict(front_end)
    assert card.clips[0].num_segments == 10


BAD_FILES = {
    "03a01Wx.wav": "is empty (0 bytes)",
    "03a02Wx.wav": "is silent",
    "03a04Wx.wav": "not finite",
    "03a05Wx.wav": "20.0 ms long, shorter than one analysis window of 25 ms",
    "03a07Wx.wav": "cannot be decoded",
    "03b01Wx.wav": "is truncated",
    "holiday.wav": "no label",
}


@pytest.fixture
def bad_corpus(corpus, rng):
    noise = rng.uniform(-0.5, 0.5, 16000)
    for name, samples in {
        "03a02Wx.wav": np.zeros(16000),
        "03a04Wx.wav": np.full(16000, np.nan),
        "03a05Wx.wav": noise[:320],
        "03b01Wx.wav": noise,
        "holiday.wav": noise,
    }.items():
        soundfile.write(corpus / name, samples, 16000, subtype="FLOAT")
    (corpus / "03a01Wx.wav").touch()
    (corpus / "03a07Wx.wav").write_text("not sound")
    truncated = corpus / "03b01Wx.wav"
    truncated.write_bytes(truncated.read_bytes()[:9000])
    return corpus


def test_every_bad_file_is_listed_and_nothing_is_written(
    write, bad_corpus, tmp_path, capsys
):
    with pytest.raises(DataError, match=r"7 files are bad; .*--on_error=skip"):
        write()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(BAD_FILES)
    for line, (name, reason) in zip(lines, sorted(BAD_FILES.items()), strict=True):
        assert line.startswith(f"{bad_corpus / name}: ")
        assert reason in line
    assert [path.name for path in tmp_path.iterdir()] == ["emodb"]


def test_skip_leaves_bad_files_out_and_records_them(write, bad_corpus):
    card = write(on_error="skip")
    assert len(card.clips) == len(NAMES)
    assert {entry["source"] for entry in card.left_out} == set(BAD_FILES)
    for entry in card.left_out:
        assert BAD_FILES[entry["source"]] in entry["reason"]


def test_skipped_files_leave_no_empty_shard(write, bad_corpus, tmp_path):
    card = write(on_error="skip", clips_per_shard=1)
    assert len(card.shards) == len(NAMES)
    assert len(list((tmp_path / "out").iterdir())) == len(NAMES) + 1


def test_corpus_in_which_nothing_is_left_is_refused(write, tmp_path):
    folder = tmp_path / "silence"
    folder.mkdir()
    soundfile.write(folder / "03a01Wa.wav", np.zeros(16000), 16000)
    with pytest.raises(DataError, match="leaves no clip to write"):
        write(source=CorpusSource("emodb", folder), on_error="skip")


def test_table_with_stretches_and_splits(write, write_table):
    source = write_table(
        "long.wav,ann,happy,0,2,train",
        "long.wav,ann,sad,2,5,test",
        "short.wav,bob,sad,,,",
    )
    card = write(source=source)
    assert card.corpus == "clips"
    assert [(c.emotion, c.duration_s, c.split, c.source) for c in card.clips] == [
        ("happiness", 2, "train", "long.wav"),
        ("sadness", 3, "test", "long.wav"),
        ("sadness", 1, "", "short.wav"),
    ]


@pytest.mark.usefixtures("in_this_process")
def test_long_file_is_decoded_and_hashed_once(write, write_table, monkeypatch):
    calls = []

    def counted(function):
        def call(path, **options):
            calls.append((function.__name__, path.name))
            return function(path, **options)

        return call

    monkeypatch.setattr(clip_reader, "decode", counted(clip_reader.decode))
    monkeypatch.setattr(shard_module, "file_hash", counted(shard_module.file_hash))
    source = write_table(*(f"long.wav,ann,sad,{s},{s + 1}," for s in range(4)))
    write(source=source, clips_per_shard=4)
    assert calls.count(("decode", "long.wav")) == 1
    assert calls.count(("file_hash", "long.wav")) == 1


@pytest.mark.usefixtures("in_this_process")
def test_file_in_several_shards_is_hashed_once(write, write_table, monkeypatch):
    hashed = []
    real = shard_module.file_hash
    monkeypatch.setattr(
        shard_module, "file_hash", lambda path: hashed.append(path.name) or real(path)
    )
    source = write_table(*(f"long.wav,ann,sad,{s},{s + 1}," for s in range(4)))
    card = write(source=source, clips_per_shard=1)
    assert hashed.count("long.wav") == 1
    assert len({clip.sha256 for clip in card.clips}) == 1


def test_bad_row_and_bad_stretch_are_listed_together(write, write_table, capsys):
    source = write_table("short.wav,ann,sad,0,7,", "long.wav,ann,hapiness,,,")
    with pytest.raises(DataError, match="2 files are bad"):
        write(source=source)
    lines = capsys.readouterr().err.splitlines()
    assert "clips.csv row 3: column emotion is 'hapiness'" in lines[0]
    assert "short.wav: is 1.000 s long, but the clip is 0 s to 7 s" in lines[1]


@pytest.mark.parametrize("changes", [{"num_workers": -1}, {"clips_per_shard": 0}])
def test_numbers_out_of_range_are_refused(write, changes):
    with pytest.raises(UsageError, match=next(iter(changes))):
        write(**changes)


def test_existing_output_is_refused_before_any_work(write, corpus, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/dataset.json").touch()
    with pytest.raises(UsageError, match="--overwrite"):
        write(source=CorpusSource("emodb", tmp_path / "absent"))


@pytest.mark.parametrize(("name", "num_clips"), [("emodb", 430)])
def test_real_corpus_is_written_whole(write, real_corpus, name, num_clips):
    card = write(source=CorpusSource(name, real_corpus(name)), clips_per_shard=32)
    assert len(card.clips) == num_clips
    assert card.left_out == ()
