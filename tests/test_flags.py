"""Every flagfile says its command and is understood."""

from pathlib import Path

import pytest

from tests.binary import run_here

ROOT = Path(__file__).resolve().parents[1]
FLAGFILES = sorted((ROOT / "flags").glob("*.flags"))
FUSIONS = [path for path in FLAGFILES if "--speech_run=" in path.read_text()]
TRANSFERS = [path for path in FLAGFILES if path not in FUSIONS]


@pytest.mark.parametrize("path", FLAGFILES, ids=lambda path: path.stem)
def test_a_flagfile_begins_with_its_command(path):
    head = [line for line in path.read_text().splitlines() if line.startswith("#")]
    binary = "fuse" if path in FUSIONS else "transfer"
    command = f"python -m pathnet_tf.{binary} --flagfile=flags/{path.name}"
    assert any(command in line for line in head)
    assert any("pect" in line or "gave" in line for line in head)


@pytest.mark.parametrize("path", FUSIONS, ids=lambda path: path.stem)
def test_a_flagfile_of_a_fusion_is_understood(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run_here(
        "pathnet_tf.fuse",
        f"--flagfile={path}",
        f"--speech_run={tmp_path / 'nothing'}",
    )
    assert done.returncode == 1
    assert "no run has begun there; check --speech_run" in done.stderr


@pytest.mark.parametrize("path", TRANSFERS, ids=lambda path: path.stem)
def test_a_flagfile_is_understood(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run_here(
        "pathnet_tf.transfer",
        f"--flagfile={path}",
        f"--target={tmp_path / 'nothing'}",
        f"--run_dir={tmp_path / 'run'}",
        f"--export_dir={tmp_path / 'model'}",
    )
    assert done.returncode == 1
    assert "No dataset at" in done.stderr
