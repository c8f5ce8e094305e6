"""Runs find functionals beside their datasets, and keep to those they began with."""

from pathlib import Path

import pytest

from tests.binary import transfer_here
from tests.compare_file import write_compare


@pytest.fixture
def run(write_dataset, tmp_path):
    """Runs a target that has functionals beside it."""
    target = Path(write_dataset("target"))
    write_compare(target)

    def transfer(*words):
        return transfer_here(
            f"--target={target}",
            f"--run_dir={tmp_path / 'run'}",
            *("--num_layers=1", "--num_modules=2", "--num_active=1"),
            *("--module_units=2", "--generations=1", "--population_size=2"),
            *words,
        )

    return transfer


def test_a_run_stops_where_functionals_were_written_again(run, tmp_path):
    words = ("--representation=compare", "--classify=clip")
    model = tmp_path / "model"
    done = run(*words, f"--export_dir={model}")
    assert done.returncode == 0, done.stderr
    # Its clips are no segments that could be answered one by one.
    assert "single segments" not in (model / "MODEL_CARD.md").read_text()
    results = tmp_path / "run/results.csv"
    before = results.read_bytes()
    done = run(*words, f"--export_dir={model}")
    assert (done.returncode, results.read_bytes()) == (0, before), done.stderr
    write_compare(tmp_path / "target", seed=1)
    done = run(*words, f"--export_dir={model}")
    assert done.returncode == 1
    assert "target.compare.npz is not the file that" in done.stderr


def test_a_baseline_finds_what_it_needs(run):
    done = run("--method=compare_svm")
    assert done.returncode == 0, done.stderr
    done = run("--method=compare_svm,egemaps_svm", "--overwrite")
    assert done.returncode == 2
    assert "target.compare.npz" not in done.stderr
    assert "egemaps needs --functionals=FILE.npz" in done.stderr
