import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from data_tools.corpora import CorpusSource
from data_tools.datasets import functionals_writer
from data_tools.datasets.functionals_plan import Recipe
from data_tools.datasets.functionals_writer import write_functionals
from data_tools.datasets.work_settings import MERGE, WorkSettings
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.shard import Shard
from tests.data_tools.demo_folders import settings_for

needs_opensmile = pytest.mark.skipif(
    importlib.util.find_spec("opensmile") is None, reason="needs the extra [opensmile]"
)
ALONE = WorkSettings(num_workers=1)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    from data_tools.synthesis import corpus_writer

    folder = tmp_path_factory.mktemp("corpus")
    corpus_writer.write_corpora(settings_for(folder))
    return folder / "emodb"


@pytest.mark.parametrize(
    ("feature_set", "number"),
    [
        pytest.param("egemaps", 88, marks=needs_opensmile),
        pytest.param("compare", 6373, marks=needs_opensmile),
        ("prosody", 1989),
    ],
)
def test_every_clip_has_its_functionals(corpus, tmp_path, feature_set, number):
    source = CorpusSource("emodb", corpus)
    output = tmp_path / "functionals.npz"
    line = write_functionals(source, Recipe(feature_set), output, ALONE)
    assert f"{number} functionals each" in line
    with np.load(output, allow_pickle=False) as content:
        clips = sorted(source.read().clips, key=lambda clip: clip.key)
        assert content["keys"].tolist() == [clip.key for clip in clips]
        assert content["values"].shape == (len(clips), number)
        assert str(content["feature_set"]) == feature_set


@needs_opensmile
def test_clips_are_described_at_other_speeds_too(corpus, tmp_path):
    source = CorpusSource("emodb", corpus)
    plain, fast = tmp_path / "plain.npz", tmp_path / "fast.npz"
    write_functionals(source, Recipe("egemaps"), plain, ALONE)
    recipe = Recipe("egemaps", silence_db=35, speeds=(0.8, 1.25))
    line = write_functionals(source, recipe, fast, ALONE)
    assert "at 3 speeds" in line
    import opensmile

    smile = opensmile.Smile(
        opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.Functionals
    )
    names = list(smile.feature_names)
    pitch = names.index("F0semitoneFrom27.5Hz_sma3nz_percentile50.0")
    with np.load(plain) as one, np.load(fast) as other:
        assert one["values_at_speeds"].shape == (len(one["keys"]), 0, 88)
        faster = other["values_at_speeds"]
        assert faster.shape == (len(one["keys"]), 2, 88)
        assert (other["silence_db"], other["speeds"].tolist()) == (35, [0.8, 1.25])
        # 1.25 times the frequency is 3.86 semitones more.
        change = np.median(faster[:, :, pitch] - other["values"][:, [pitch]], axis=0)
        np.testing.assert_allclose(change, [-3.86, 3.86], atol=0.4)


def test_prosody_is_written_as_a_model_hears_it(corpus, tmp_path):
    from pathnet_tf.features.front_end import FrontEnd
    from pathnet_tf.features.prosody_vector import traced_vectors

    source = CorpusSource("emodb", corpus)
    recipe = Recipe("prosody", silence_db=35, speeds=(0.8, 1.25))
    write_functionals(source, recipe, tmp_path / "f.npz", ALONE)
    clip = min(source.read().clips, key=lambda clip: clip.key)
    waveform, _ = soundfile.read(clip.path, dtype="float32")
    expected = traced_vectors(FrontEnd(), 35, (0.8, 1.25))(waveform)
    with np.load(tmp_path / "f.npz") as content:
        found = [content["values"][0], *content["values_at_speeds"][0]]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_neither_workers_nor_parts_change_the_bytes(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(functionals_writer, "CLIPS_A_TASK", 3)
    source = CorpusSource("emodb", corpus)
    recipe, parts = Recipe("prosody", speeds=(1.25,)), tmp_path / "parts.npz"
    for number in (1, 2):
        work = WorkSettings(num_workers=number)
        write_functionals(source, recipe, tmp_path / f"{number}.npz", work)
        shard = WorkSettings(num_workers=1, shard=Shard(number, 2))
        write_functionals(source, recipe, parts, shard)
    write_functionals(source, recipe, parts, WorkSettings(shard=MERGE))
    whole = (tmp_path / "1.npz").read_bytes()
    assert (tmp_path / "2.npz").read_bytes() == whole
    assert parts.read_bytes() == whole
    # As NumPy would have written it.
    with np.load(tmp_path / "1.npz") as content:
        np.savez(tmp_path / "again.npz", **content)
    assert (tmp_path / "again.npz").read_bytes() == whole
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".npz"] * 4


def test_a_bad_recording_is_named_and_nothing_written(corpus, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(corpus, copy)
    bad = next(copy.rglob("*.wav"))
    bad.write_bytes(b"")
    output = tmp_path / "functionals.npz"
    with pytest.raises(DataError, match=bad.name):
        write_functionals(CorpusSource("emodb", copy), Recipe("prosody"), output, ALONE)
    assert not output.exists()


def test_what_is_left_out_is_told(corpus, tmp_path):
    name = next(corpus.rglob("*.wav"))
    table = tmp_path / "clips.csv"
    lines = ["file,speaker,emotion", f"{name},s1,anger", "gone.wav,s2,fear"]
    table.write_text("\n".join(lines))
    source, output = CorpusSource("", table), tmp_path / "functionals.npz"
    told = write_functionals(source, Recipe("prosody"), output, ALONE).splitlines()
    assert told[0].startswith("left out: 1 file(s), column file is 'gone.wav'")
    assert told[-1].startswith("1 clips, 1989 functionals each")


def test_a_table_without_a_clip_is_an_error(tmp_path):
    table = tmp_path / "clips.csv"
    table.write_text("file,speaker,emotion\ngone.wav,s1,anger\n")
    output = tmp_path / "functionals.npz"
    with pytest.raises(DataError, match=r"leaves no clip .*1 files are left out"):
        write_functionals(CorpusSource("", table), Recipe("prosody"), output, ALONE)
    assert not output.exists()


@needs_opensmile
def test_a_clip_that_is_too_short_is_named(tmp_path):
    name = tmp_path / "a.wav"
    noise = np.random.default_rng(0).normal(0, 0.1, 1100)
    soundfile.write(name, noise, 16000)
    table = tmp_path / "clips.csv"
    table.write_text("file,speaker,emotion\na.wav,s1,anger\n")
    source = CorpusSource("", table)
    output = tmp_path / "f.npz"
    write_functionals(source, Recipe("compare"), output, ALONE)
    with pytest.raises(DataError, match=r"a.wav is too short for openSMILE, 0.034 s"):
        write_functionals(
            source, Recipe("compare", speeds=(2.0,)), tmp_path / "g.npz", ALONE
        )
    assert not (tmp_path / "g.npz").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--output=x.csv"], "--output must end in .npz"),
        (["--output=x.npz", "--speeds=1"], "without 1, which is always there"),
        (["--output=x.npz", "--silence_db=-1"], "--silence_db must be 0 or more"),
        (["--output=x.npz", "--silence_db=nan"], "--silence_db must be 0 or more"),
        (["--output=taken.npz"], "exists; name another one or --overwrite"),
    ],
)
def test_mistakes_are_one_line(corpus, tmp_path, words, message):
    (tmp_path / "taken.npz").touch()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "data_tools.write_functionals", "--corpus=emodb"),
            f"--corpus_dir={corpus}",
            *words,
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert message in done.stderr
