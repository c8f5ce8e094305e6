import csv
import json

import numpy as np
import pytest
import soundfile

from data_tools.corpora import CorpusSource
from data_tools.datasets import functionals_writer
from data_tools.datasets.encoder_vectors import EncoderRecipe
from data_tools.datasets.functionals_writer import write_functionals
from data_tools.datasets.given_vectors import GivenVectors, write_given_vectors
from data_tools.datasets.work_settings import MERGE, WorkSettings
from data_tools.encoders.settings import EncoderSettings
from pathnet_tf.features.functionals_file import encoder_of, read_file
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.shard import Shard
from tests.binary import run_forked, transfer_here
from tests.data_tools.encoders import tiny_encoders

ALONE = WorkSettings(num_workers=1)
EMOTIONS = ("anger", "sadness")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Three speakers with two clips of each emotion, which are louder in one."""
    folder, rng = tmp_path_factory.mktemp("corpus") / "mine", np.random.default_rng(0)
    for speaker in ("a", "b", "c"):
        for loudness, emotion in zip((0.5, 0.05), EMOTIONS, strict=True):
            for number in (1, 2):
                path = folder / speaker / emotion / f"{speaker}{emotion}{number}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                length = rng.integers(6000, 12000)
                soundfile.write(path, rng.uniform(-loudness, loudness, length), 16000)
    return folder


@pytest.fixture
def source(corpus):
    return CorpusSource("", corpus, are_folders=True)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny_encoders.write_onnx(tmp_path_factory.mktemp("encoder") / "tiny.onnx")


def recipe_of(encoder, layer="frames", **changes):
    settings = EncoderSettings(str(encoder), layers=(layer,)).resolved()
    return EncoderRecipe(settings, **changes)


def test_each_clip_has_its_vector_however_it_is_made(
    source, encoder, tmp_path, monkeypatch
):
    monkeypatch.setattr(functionals_writer, "CLIPS_A_TASK", 5)
    recipe, whole = recipe_of(encoder, speeds=(1.25,)), tmp_path / "whole.npz"
    line = write_functionals(source, recipe, whole, ALONE)
    assert line.splitlines()[-1] == f"12 clips, 6 values each, at 2 speeds: {whole}"
    parts = tmp_path / "parts.npz"
    for number in (1, 2):
        shard = WorkSettings(num_workers=1, shard=Shard(number, 2))
        write_functionals(source, recipe, parts, shard)
    write_functionals(source, recipe, parts, WorkSettings(shard=MERGE))
    assert parts.read_bytes() == whole.read_bytes()
    content = read_file(whole)
    clips = sorted(source.read().clips, key=lambda clip: clip.key)
    assert content["keys"].tolist() == [clip.key for clip in clips]
    assert content["values_at_speeds"].shape == (12, 1, 6)
    for clip, values in zip(clips, content["values"], strict=True):
        frames = tiny_encoders.frames_of(soundfile.read(clip.path, dtype="float32")[0])
        expected = [frames.mean(axis=0), frames.std(axis=0)]
        np.testing.assert_allclose(
            values, np.concatenate(expected), rtol=1e-4, atol=1e-5
        )
    known = encoder_of(content)
    assert EncoderSettings.of(known) == recipe.encoder


@pytest.mark.parametrize(
    ("layer", "clips_a_task", "message"),
    [
        ("turned", 16, r"nothing.*2.wav gets another number of values than clips b"),
        ("turned", 1, r"nothing is written, clips get differing numbers of values"),
        (
            "roots",
            16,
            r"12 recording.*wav gets values of the encoder .* not finite \(NaN",
        ),
        ("deep", 16, "has no deep; name --layers of frames"),
    ],
)
def test_nothing_is_written_of_bad_vectors(
    source, encoder, tmp_path, monkeypatch, layer, clips_a_task, message
):
    monkeypatch.setattr(functionals_writer, "CLIPS_A_TASK", clips_a_task)
    output = tmp_path / "out.npz"
    with pytest.raises((DataError, UsageError), match=message):
        write_functionals(source, recipe_of(encoder, layer), output, ALONE)
    assert not list(tmp_path.iterdir())


def rows_of(source, way):
    """Vectors of the clips, by a name for each."""
    reading = source.read()
    names = {
        "key": lambda clip: clip.key,
        "path": lambda clip: reading.source_of(clip.path),
        "name": lambda clip: clip.path.name,
        "stem": lambda clip: clip.path.stem,
    }
    clips = sorted(reading.clips, key=lambda clip: clip.key)
    return {names[way](clip): [number, -0.5] for number, clip in enumerate(clips)}


def write_table(path, rows, key="key", more=()):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([key, "x", "y", *more])
        writer.writerows([name, *values, *more] for name, values in rows.items())
    return path


def write_parquet(path, rows, is_nested):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    values = np.array(list(rows.values()))
    columns = (
        {"vector": list(values)}
        if is_nested
        else dict(zip("xy", values.T, strict=True))
    )
    parquet.write_table(pa.table({"key": list(rows), **columns}), path)


@pytest.mark.parametrize("way", ["key", "path", "name", "stem"])
def test_a_table_names_clips_in_any_way(source, tmp_path, way):
    rows = rows_of(source, way)
    file = write_table(tmp_path / "v.csv", rows | {"other": [1, 2]}, "File", ["note"])
    output = tmp_path / "out.npz"
    given = GivenVectors(file, key_column="File", ignored=("note",))
    told = write_given_vectors(source, given, output)
    assert "left out: 1 vector(s) of v.csv that are of no clip, such as other" in told
    content = read_file(output)
    np.testing.assert_array_equal(content["values"], list(rows.values()))
    assert encoder_of(content)["given"] == "v.csv"


@pytest.mark.parametrize("style", ["rows", "clips", "table", "nested"])
def test_arrays_and_parquet_are_read_too(source, tmp_path, style):
    rows = rows_of(source, "key")
    file = tmp_path / ("v.npz" if style in ("rows", "clips") else "v.parquet")
    if style == "rows":
        np.savez(file, key=list(rows), values=list(rows.values()))
    elif style == "clips":
        np.savez(file, **{name: np.array(one) for name, one in rows.items()})
    else:
        write_parquet(file, rows, is_nested=style == "nested")
    write_given_vectors(source, GivenVectors(file), tmp_path / "out.npz")
    values = read_file(tmp_path / "out.npz")["values"]
    np.testing.assert_array_equal(values, list(rows.values()))


def without_one(rows):
    return dict(list(rows.items())[1:])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without_one, r"has no vector of 1 of 12 clips, such as .*aanger1.wav"),
        (
            lambda rows: rows | {"z": [1, "loud"]},
            r"no number in the vector of z .*'lou",
        ),
        (lambda rows: rows | {"z": [1, "nan"]}, "no vector of finite numbers for z"),
        (lambda rows: rows | {" z ": [1, 2], "z": [1, 2]}, "has two vectors of z"),
        (lambda rows: rows | {"z": [1]}, "row 14 has 2 cells, row 1 has 3"),
    ],
)
def test_a_bad_table_is_told(source, tmp_path, change, message):
    file = write_table(tmp_path / "v.csv", change(rows_of(source, "key")))
    with pytest.raises(DataError, match=message):
        write_given_vectors(source, GivenVectors(file), tmp_path / "out.npz")
    assert not (tmp_path / "out.npz").exists()


def test_a_bad_file_is_told(source, tmp_path):
    def write(name, **options):
        given = GivenVectors(tmp_path / name, **options)
        write_given_vectors(source, given, tmp_path / "out.npz")

    rows = rows_of(source, "key")
    with pytest.raises(UsageError, match=r"--vectors must end in \.npz, \.csv"):
        write("v.txt")
    for name in ("v.npz", "v.parquet"):
        (tmp_path / name).write_bytes(b"nothing")
        with pytest.raises(DataError, match=f"{name} cannot be read"):
            write(name)
    np.savez(tmp_path / "v.npz", key=list(rows), values=np.zeros((3, 2)))
    with pytest.raises(DataError, match="needs an array values with a row for each"):
        write("v.npz")
    np.savez(tmp_path / "v.npz", a=np.zeros(2), b=np.zeros(3))
    with pytest.raises(DataError, match="has vectors of 2 and 3 values"):
        write("v.npz")
    write_parquet(tmp_path / "v.parquet", rows, is_nested=False)
    with pytest.raises(DataError, match="no column 'file'; name another one of key, x"):
        write("v.parquet", key_column="file")
    write_table(tmp_path / "v.csv", rows)
    with pytest.raises(UsageError, match=r"--ignore_columns=z: .* has the columns key"):
        write("v.csv", ignored=("z",))
    with pytest.raises(DataError, match="has no column of values beside 'key'"):
        write("v.csv", ignored=("x", "y"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--output=x.npz"], "Name either --encoder or --vectors"),
        (["--encoder=gone.onnx", "--output=x.npz"], "no encoder at gone.onnx"),
        (["--encoder=x.onnx", "--output=x.csv"], "--output must end in .npz"),
        (
            ["--vectors=v.csv", "--layers=1", "--output=x.npz"],
            "--layers needs --encoder; leave it out",
        ),
        (
            ["--encoder=x.onnx", "--key_column=file", "--output=x.npz"],
            "--key_column needs --vectors; leave it out",
        ),
    ],
)
def test_mistakes_are_one_line(corpus, tmp_path, words, message):
    done = run_forked(
        "data_tools.write_vectors", f"--clips={corpus}", *words, cwd=tmp_path
    )
    assert done.returncode in (1, 2)
    assert message in done.stderr
    assert not list(tmp_path.iterdir())


def test_what_is_learned_of_vectors_hears_recordings(corpus, encoder, tmp_path):
    dataset, file = tmp_path / "mine", tmp_path / "mine.vectors.npz"
    words = (f"--clips={corpus}", "--num_workers=1")
    done = run_forked("data_tools.write_mels", *words, f"--output_dir={dataset}")
    assert done.returncode == 0, done.stderr
    done = run_forked(
        "data_tools.write_vectors",
        *words,
        *(f"--encoder={encoder}", "--layers=frames,twice", f"--output={file}"),
    )
    assert done.returncode == 0, done.stderr
    model = tmp_path / "model"
    done = transfer_here(
        *(f"--target={dataset}", f"--run_dir={tmp_path / 'run'}"),
        *("--representation=vectors", "--method=scratch,svm", f"--export_dir={model}"),
        *("--num_layers=1", "--num_modules=2", "--num_active=1", "--module_units=2"),
        *("--generations=1", "--population_size=2"),
    )
    assert done.returncode == 0, done.stderr
    about = json.loads((model / "model.json").read_text())
    assert about["encoder"]["layers"] == ["frames", "twice"]

    def ask(*words):
        done = run_forked(
            "pathnet_tf.predict", f"--model={model}", *words, "--num_workers=1"
        )
        return done, list(csv.DictReader(done.stdout.splitlines()))

    done, of_file = ask(file)
    assert done.returncode == 0, done.stderr
    done, heard = ask(corpus)
    assert done.returncode == 0, done.stderr
    assert len(heard) == len(of_file) == 12
    for one, other in zip(heard, of_file, strict=True):
        for emotion in EMOTIONS:
            name = f"probability/{emotion}"
            assert float(one[name]) == pytest.approx(float(other[name]), abs=1e-4)
    # Another encoder of that name, and none.
    content = encoder.read_bytes()
    try:
        (encoder.with_name("tiny.onnx.data")).write_bytes(b"")
        done, _ = ask(corpus)
        assert "tiny.onnx is another encoder now" in done.stderr
        encoder.unlink()
        done, _ = ask(corpus)
        assert done.returncode == 1
        assert "There is no encoder at" in done.stderr
        assert "or give a file of data_tools.write_vectors" in done.stderr
    finally:
        encoder.write_bytes(content)
        encoder.with_name("tiny.onnx.data").unlink()
