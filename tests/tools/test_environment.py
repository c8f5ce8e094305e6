"""The set-up script, as far as it can be tried without installing."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path):
    for name in ("tools", "requirements", "setup.cfg", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    return tmp_path


def fake_python(folder, text):
    path = folder / "fake-python"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("tool", ["demo", "test"])
def test_another_python_is_refused_in_one_line(tool, checkout):
    old = fake_python(checkout, '[ "$1" = --version ] && echo Python 3.9.2; exit 1')
    done = subprocess.run(
        [checkout / "tools" / tool],
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(old)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"{tool}: Python 3.11 is needed")
    assert "Python 3.9.2" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize(
    ("installed", "asked", "installs"),
    [
        ("data,test", "data", False),
        ("data,test", "data,test", False),
        ("data", "data,test", True),
        (None, "data", True),
    ],
)
def test_only_what_is_missing_is_installed(installed, asked, installs, checkout):
    (checkout / ".venv" / "bin").mkdir(parents=True)
    python = fake_python(checkout, f'echo "$@" >>{checkout}/calls')
    python.rename(checkout / ".venv" / "bin" / "python")
    if installed:
        files = "setup.cfg pyproject.toml requirements/*.txt"
        stamp = f'cat {files} | sha256sum | cut -d " " -f 1'
        command = f"({stamp}) >'.venv/installed-{installed}'"
        subprocess.run(["bash", "-c", command], cwd=checkout, check=True)
    for _ in range(2):
        subprocess.run(
            ["bash", "-c", f". tools/environment; use_environment {asked}"],
            cwd=checkout,
            check=True,
            capture_output=True,
        )
    calls = (checkout / "calls").read_text() if (checkout / "calls").exists() else ""
    pins = {"data": "demo", "data,test": "test"}[asked]
    pinned = f"--require-hashes --requirement requirements/{pins}.txt"
    assert calls.count(pinned) == (1 if installs else 0)
    assert calls.count("pip install") == (2 if installs else 0)


@pytest.mark.parametrize("changed", ["setup.cfg", "requirements/demo.txt"])
def test_a_changed_setup_is_installed_again(changed, checkout):
    test_only_what_is_missing_is_installed("data", "data", False, checkout)
    with (checkout / changed).open("a") as stream:
        stream.write("# Changed.\n")
    subprocess.run(
        ["bash", "-c", ". tools/environment; use_environment data"],
        cwd=checkout,
        check=True,
        capture_output=True,
    )
    assert "pip install" in (checkout / "calls").read_text()


def test_the_demo_answers_help_without_doing_anything(checkout):
    done = subprocess.run(
        [checkout / "tools" / "demo", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "synthesizes three small corpora" in done.stdout
    assert not (checkout / ".venv").exists()


def test_the_demo_refuses_arguments(checkout):
    done = subprocess.run(
        [checkout / "tools" / "demo", "--generations=3"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "Received: --generations=3" in done.stderr


@pytest.mark.parametrize("has_chromium", [True, False])
@pytest.mark.parametrize("apt_status", [0, 1])
def test_a_browser_is_installed_if_it_can_be(has_chromium, apt_status, tmp_path):
    def program(name, text):
        path = tmp_path / name
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)

    program("id", "echo 0")
    program("apt-get", f'echo "apt-get $*" >&2; exit {apt_status}')
    if has_chromium:
        program("chromium", "")
    command = "set -euo pipefail; . tools/environment; want_chromium; echo on"
    done = subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "on\n"
    assert ("apt-get" in done.stderr) != has_chromium
    fails = apt_status and not has_chromium
    assert ("its tests will be skipped" in done.stderr) == bool(fails)
