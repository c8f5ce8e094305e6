"""From a folder of one's own clips to a model, in one command."""

import subprocess
import sys
from pathlib import Path

import pytest

from pathnet_tf.serving.model_folder import read_about
from tests.binary import run_here
from tests.pathnet_tf.untrained_model import write_model

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("model") / "model")


def test_a_folder_of_clips_becomes_a_model(model, tmp_path, speak):
    speak(
        tmp_path / "clips",
        *(
            f"{who}/{what}/{n}.wav"
            for who in "ab"
            for what in ("Joy", "sad")
            for n in "12"
        ),
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "data_tools.adapt", f"--model={model}"),
            f"--clips={tmp_path / 'clips'}",
            f"--export_dir={tmp_path / 'mine'}",
            *("--", "--generations=2", "--population_size=4", "--num_workers=1"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "8 clips" in done.stdout
    assert "LEAKY" not in done.stdout
    about = read_about(tmp_path / "mine")
    assert about.emotions == ("happiness", "sadness")
    assert about.corpora == ("tiny", "own")
    assert about.speakers == ("own/a", "own/b", "tiny/s1")
    assert (tmp_path / "mine_run/run/report.html").exists()


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--clips={c}", "--export_dir={o}"], 2, "--model is missing"),
        (["--clips={c}", "--model={m}"], 2, "--export_dir is missing"),
        (["--model={m}", "--export_dir={o}"], 2, "either --clips or --manifest"),
        (
            ["--model={m}", "--export_dir={o}", "--clips={c}"],
            1,
            "does not lie in the folder of",
        ),
        (["--model={m}", "--export_dir={o}", "--clips={o}"], 1, "holds no clip"),
    ],
)
def test_mistakes_are_one_line(model, tmp_path, speak, words, status, message):
    speak(tmp_path / "clips", "bliss/a.wav")
    named = {"m": model, "c": tmp_path / "clips", "o": tmp_path / "out"}
    done = run_here("data_tools.adapt", *(word.format(**named) for word in words))
    assert done.returncode == status
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
