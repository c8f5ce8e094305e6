"""Speakers who may be one person are asked about wherever scores rely on them.

The run is one on a machine whose /dev/shm cannot be written, which its output says too.
"""

import errno
import multiprocessing.context
import os

import pytest

from pathnet_tf.fusion import run_fusion
from tests.binary import transfer_here
from tests.finished import finish_run
from tests.tiny import write_tiny

SPEAKERS = ("1", "1.0")


def refuse(*arguments):
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ran")
    target = write_tiny(folder, "one", speakers=SPEAKERS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(multiprocessing.context.BaseContext, "Semaphore", refuse)
        done = transfer_here(
            *("--generations=1", "--population_size=2", "--num_workers=2"),
            *("--num_modules=4", "--num_layers=2", "--module_units=6"),
            *(f"--target={target}", f"--run_dir={folder / 'run'}"),
        )
    assert done.returncode == 0, done.stderr
    return done, folder / "run"


def test_a_machine_without_shared_memory_has_one_worker(ran):
    done, _ = ran
    (line,) = (one for one in done.stdout.splitlines() if "/dev/shm" in one)
    assert line.startswith("One worker: ")


def test_a_run_asks_before_it_learns(ran):
    done, _ = ran
    asked = done.stdout.index("Warning: are these one speaker? one/1, one/1.0\n")
    assert asked < done.stdout.index("One pathway")


def test_a_report_asks_beside_their_scores(ran):
    _, run_dir = ran
    page = (run_dir / "report.html").read_text(encoding="utf-8")
    assert "Warning: are these one speaker? 1, 1.0" in page


def test_a_fusion_asks(tmp_path):
    parts = []
    for modality in ("speech", "face"):
        target = write_tiny(
            tmp_path / modality, "one", speakers=SPEAKERS, modality=modality
        )
        parts.append(finish_run(tmp_path / f"{modality} run", target))
    lines = []
    run_fusion.run(
        run_fusion.FusionSettings(*parts, tmp_path / "fused", weights="equal"),
        resolved_flags="",
        report=lines.append,
    )
    assert lines[0] == "Warning: are these one speaker? 1, 1.0"
