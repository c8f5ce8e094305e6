"""The recommended flagfiles run, on data of a moment."""

import json
from pathlib import Path

import numpy as np
import pytest

from pathnet_tf.model_folder import read_about
from tests.binary import transfer_here

FLAGS = Path(__file__).resolve().parents[2] / "flags"


def write_functionals(folder: Path, seed: int = 0) -> None:
    """Puts some, of the ComParE set by their name, beside a dataset."""
    clips = json.loads((folder / "dataset.json").read_text())["clips"]
    values = np.random.default_rng(seed).normal(size=(len(clips), 20))
    np.savez(
        folder.with_name(f"{folder.name}.compare.npz"),
        keys=np.array([clip["key"] for clip in clips]),
        sha256=np.array([clip["sha256"] for clip in clips]),
        feature_set=np.array("compare"),
        values=values.astype(np.float32),
    )


@pytest.mark.parametrize(
    ("name", "modality", "changes"),
    [
        ("recommended_speech", "speech", []),
        ("recommended_speech_mels", "speech", []),
        # Crops of 8 x 8 cannot be pooled as often as those of 64 x 64.
        ("recommended_faces", "face", ["--pool_size=1"]),
    ],
)
def test_a_recommended_flagfile_runs(name, modality, changes, write_dataset, tmp_path):
    source = write_dataset("source", modality=modality)
    target = write_dataset("target", modality=modality)
    for folder in (source, target):
        write_functionals(Path(folder))
    run_dir = tmp_path / "run"
    lines = (FLAGS / f"{name}.flags").read_text().splitlines()
    own = ("--source", "--target", "--emotions", "--run_dir")
    flagfile = tmp_path / "own.flags"
    flagfile.write_text("\n".join(one for one in lines if not one.startswith(own)))
    done = transfer_here(
        f"--flagfile={flagfile}",
        f"--source={source}",
        f"--target={target}",
        f"--run_dir={run_dir}",
        f"--export_dir={tmp_path / 'model'}",
        "--generations=2",
        "--population_size=4",
        "--final_passes=1",
        "--final_steps=0",
        "--repeats=1",
        *changes,
    )
    assert done.returncode == 0, done.stderr
    assert (run_dir / "results.csv").exists()
    known = read_about(tmp_path / "model")
    assert (known.representation, known.silence_db) == {
        "recommended_speech": ("compare", 0),
        "recommended_speech_mels": ("functionals", 35),
        "recommended_faces": ("segments", 0),
    }[name]


def test_functionals_that_were_written_again_stop_a_run(write_dataset, tmp_path):
    target = Path(write_dataset("target"))
    write_functionals(target)
    words = (
        "--representation=compare",
        f"--target={target}",
        f"--run_dir={tmp_path / 'run'}",
        *("--num_layers=1", "--num_modules=2", "--num_active=1", "--module_units=2"),
        *("--generations=1", "--population_size=2"),
    )
    done = transfer_here(*words)
    assert done.returncode == 0, done.stderr
    write_functionals(target, seed=1)
    done = transfer_here(*words)
    assert done.returncode == 1
    assert "target.compare.npz is not the file that" in done.stderr
