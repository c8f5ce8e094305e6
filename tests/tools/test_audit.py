"""The verdict on a report of pip-audit, and the tool around it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# As pip-audit 2.10 writes it; names and IDs are made up.
FINDING = {"id": "PYSEC-0-1", "fix_versions": ["2.1"], "aliases": ["CVE-0-1"]}
FOUND = {"name": "a", "version": "2.0", "vulns": [FINDING]}
CLEAN = {"name": "b", "version": "1.0", "vulns": []}
SKIPPED = {"name": "c", "skip_reason": "Dependency not found on PyPI"}


@pytest.fixture
def audit(tmp_path):
    def run(accepted, *packages):
        report = tmp_path / "report.json"
        report.write_text(json.dumps({"dependencies": packages, "fixes": []}))
        reasons = tmp_path / "accepted.txt"
        reasons.write_text(accepted)
        return subprocess.run(
            [sys.executable, ROOT / "tools" / "audit.py", report, reasons],
            capture_output=True,
            text=True,
        )

    return run


@pytest.mark.parametrize("name", ["PYSEC-0-1", "CVE-0-1"])
def test_a_finding_is_printed_beside_our_reason(name, audit):
    done = audit(f"# Why:\n\n{name} a it is never called\n", FOUND, CLEAN)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "audit: PYSEC-0-1 a 2.0 (mended in 2.1): it is never called",
        "audit: 2 packages checked",
    ]


@pytest.mark.parametrize("accepted", ["", "PYSEC-0-1 b another package\n"])
def test_a_finding_without_a_reason_fails(accepted, audit):
    done = audit(accepted, FOUND, CLEAN)
    assert done.returncode == 1
    assert "PYSEC-0-1 a 2.0 (mended in 2.1): NO REASON" in done.stdout


def test_a_reason_that_nothing_needs_shows(audit):
    done = audit("PYSEC-0-1 a it is never called\n", CLEAN)
    assert done.returncode == 0
    assert "PYSEC-0-1 a is found no longer" in done.stdout


def test_packages_that_the_service_knows_nothing_of_are_counted(audit):
    done = audit("PYSEC-0-1 a it is never called\n", CLEAN, SKIPPED)
    assert done.returncode == 0
    assert done.stdout == "audit: the service answers for 1 of 2 packages\n"
    done = audit("", SKIPPED)
    assert done.returncode == 0
    assert "0 of 1 packages, so that nothing was checked" in done.stdout


def test_a_line_without_a_reason_is_refused(audit):
    done = audit("PYSEC-0-1 a\n", CLEAN)
    assert done.returncode == 1
    assert done.stderr.endswith(
        "accepted.txt needs an ID, a package and a reason. Received: PYSEC-0-1 a\n"
    )


@pytest.fixture
def checkout(tmp_path):
    """A checkout with its environments, and a pip-audit to be written."""
    for name in ("tools", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    audit = tmp_path / ".venv" / "audit"
    (audit / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin").mkdir()
    for folder in (tmp_path / ".venv" / "bin", audit / "bin"):
        (folder / "python").symlink_to(sys.executable)
    files = "setup.cfg pyproject.toml requirements/*.txt"
    command = (
        f"cat {files} | sha256sum | cut -d ' ' -f 1 >.venv/installed-data,test; "
        "sha256sum <requirements/audit.txt >.venv/audit/installed"
    )
    subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True)
    return tmp_path


def run_tool(checkout, pip_audit):
    program = checkout / ".venv" / "audit" / "bin" / "pip-audit"
    program.write_text(f"#!/bin/bash\n{pip_audit}\n")
    program.chmod(0o755)
    return subprocess.run([checkout / "tools/audit"], capture_output=True, text=True)


def test_findings_of_the_tool_fail_though_pip_audit_does(checkout):
    report = json.dumps({"dependencies": [FOUND], "fixes": []})
    done = run_tool(
        checkout,
        "for one; do case $one in --output=*) "
        f"echo '{report}' >${{one#--output=}} ;; esac; done; exit 1",
    )
    assert done.returncode == 1
    assert "NO REASON" in done.stdout


@pytest.mark.parametrize(
    "error",
    [
        "requests.exceptions.ConnectionError: Failed to resolve 'host'",
        "ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed",
    ],
)
def test_a_service_out_of_reach_fails_nothing_and_says_so(error, checkout):
    done = run_tool(checkout, f'echo "{error}" >&2; exit 1')
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    assert "cannot be reached, nothing was checked" in done.stdout


def test_what_else_goes_wrong_fails(checkout):
    done = run_tool(checkout, "echo a mistake of ours >&2; exit 1")
    assert done.returncode == 1
    assert done.stderr == "a mistake of ours\n"
