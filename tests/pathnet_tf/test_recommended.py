"""The recommended flagfiles run, on data of a moment."""

from pathlib import Path

import pytest

from tests.binary import transfer_here

FLAGS = Path(__file__).resolve().parents[2] / "flags"


@pytest.mark.parametrize(
    ("name", "modality", "changes"),
    [
        ("recommended_speech", "speech", []),
        # Crops of 8 x 8 cannot be pooled as often as those of 64 x 64.
        ("recommended_faces", "face", ["--pool_size=1"]),
    ],
)
def test_a_recommended_flagfile_runs(name, modality, changes, write_dataset, tmp_path):
    source = write_dataset("source", modality=modality)
    target = write_dataset("target", modality=modality)
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
        "--generations=2",
        "--population_size=4",
        "--final_passes=1",
        "--final_steps=0",
        "--repeats=1",
        *changes,
    )
    assert done.returncode == 0, done.stderr
    assert (run_dir / "results.csv").exists()
