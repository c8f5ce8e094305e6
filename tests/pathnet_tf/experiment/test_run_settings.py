"""Runs read back from the flags in their folders, in a process: flags are global."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from pathlib import Path
from pathnet_tf.runtime.errors import UserError
from pathnet_tf.experiment.flags import read_run_settings

for name in ("one", "two", "foreign", "nothing"):
    try:
        settings = read_run_settings(str(Path(sys.argv[1], name)), remedy="look there")
    except UserError as error:
        print(name, error.exit_status, error)
    else:
        print(name, *settings.data.sources, settings.data.target, settings.repeats,
              settings.inner_folds, settings.unit.run_dir.name)
"""


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    flags = {
        "one": ["--source=a", "--source=b", "--target=t", "--repeats=3"],
        "two": ["--source=c", "--target=u", "--run_dir=moved", "--inner_folds=2"],
        "foreign": ["--target=t", "--no_such_flag=3"],
    }
    for name, words in flags.items():
        (folder / name).mkdir()
        (folder / name / "resolved.flags").write_text("\n".join(words))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, folder],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_nothing_of_a_run_is_left_in_the_next(lines):
    assert lines[:2] == ["one a b t 3 0 one", "two c u 1 2 two"]


def test_flags_of_another_release_are_named(lines):
    assert lines[2].startswith("foreign 1 ")
    assert "no_such_flag" in lines[2]
    assert "this release does not know" in lines[2]


def test_a_folder_without_a_run_says_what_to_do(lines):
    assert lines[3].startswith("nothing 1 ")
    assert lines[3].endswith("has no resolved.flags, look there")
