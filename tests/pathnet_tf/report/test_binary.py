"""The binary, as a user runs it."""

import csv
import shutil
import subprocess
import sys

import pytest

from pathnet_tf.experiment.run_folder import RUN_CONTENTS
from pathnet_tf.runtime.output_folder import OutputFolder
from tests.binary import ROOT, run_here


@pytest.fixture(scope="module")
def run_dir(finished, tmp_path_factory):
    copy = tmp_path_factory.mktemp("binary") / "run"
    shutil.copytree(finished, copy)
    words = [sys.executable, "-m", "pathnet_tf.report", f"--run_dir={copy}"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"Report: {copy / 'report.html'}\n"
    return copy


def read_table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_page_stands_in_the_runs_folder(run_dir):
    assert (run_dir / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_another_process_writes_the_same_page(run_dir):
    before = (run_dir / "report.html").read_bytes()
    done = run_here("pathnet_tf.report.__main__", f"--run_dir={run_dir}")
    assert done.returncode == 0, done.stderr
    assert (run_dir / "report.html").read_bytes() == before


def test_tables_agree_with_the_results(run_dir):
    pooled = {
        (row["method"], row["level"], row["metric"]): row["value"]
        for row in read_table(run_dir / "results.csv")
        if row["fold"] == "pooled"
    }
    markdown = (run_dir / "report" / "headline.md").read_text()
    latex = (run_dir / "report" / "headline.tex").read_text()
    for row in read_table(run_dir / "report" / "headline.csv"):
        for method in ("transfer", "scratch"):
            metric = row["metric"].lower().replace(" ", "_")
            value = pooled[method, row["level"], metric]
            assert row[f"{method} pooled"] == value
            start = (row["level"], row["metric"])
            assert any(
                f"{float(value):.3f}" in line
                for line in markdown.splitlines()
                if line.startswith("| {} | {} |".format(*start))
            )
            assert any(
                f"{float(value):.3f}" in line
                for line in latex.splitlines()
                if line.startswith("{} & {} &".format(*start))
            )


def test_a_folder_with_a_report_is_still_known_as_a_run(run_dir):
    OutputFolder(run_dir, RUN_CONTENTS, "--run_dir", overwrite=True).require_free()


def test_tables_stand_beside_a_page_elsewhere_under_its_name(run_dir, leaky, tmp_path):
    output = tmp_path / "both.html"
    done = run_here(
        "pathnet_tf.report.__main__",
        f"--run_dir={run_dir}",
        f"--run_dir={leaky}",
        f"--output={output}",
    )
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["both", "both.html"]
    assert (tmp_path / "both" / "LEAKY_comparison.csv").exists()


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ([], 2, "report: --run_dir is missing"),
        (["--run_dir=nothing"], 1, "no run has begun there; check --run_dir"),
        (["--run_dir=nothing", "--output=."], 2, "--output must name a file that ends"),
        (["--generations=3"], 2, "Unknown command line"),
    ],
)
def test_what_cannot_be_reported_is_one_line(words, status, message):
    done = run_here("pathnet_tf.report.__main__", *words)
    assert done.returncode == status
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_help_loads_no_tensorflow():
    code = (
        "import runpy, sys; sys.argv = ['report', '--help']\n"
        "try: runpy.run_module('pathnet_tf.report', run_name='__main__')\n"
        "except SystemExit as end: print(end.code, 'tensorflow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert "--corpus_dir" in done.stdout
    assert "--learning_rate" not in done.stdout
    assert done.stdout.splitlines()[-1] == "0 False"
