"""Parts of a run, run apart and merged, as an array job does it."""

import concurrent.futures
import subprocess
import sys

import pytest

from pathnet_tf.experiment.plan import ExperimentPlan
from pathnet_tf.runtime.shard import Shard
from tests.binary import ROOT, one_pixel_pictures, run_here, transfer_here
from tests.pathnet_tf.test_resume import transfer
from tests.pathnet_tf.test_transfer import QUICK
from tests.tiny import write_tiny


def merge(*words):
    return subprocess.run(
        [sys.executable, "-m", "pathnet_tf.merge", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def merge_here(*words):
    with one_pixel_pictures():
        return run_here("pathnet_tf.merge", *words)


@pytest.fixture(scope="module")
def flags(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    source, target = write_tiny(folder, "one", seed=1), write_tiny(folder, "two")
    words = [*QUICK, f"--source={source}", f"--target={target}", "--scratch_control"]
    return folder, [*words, "--num_workers=1"]


def test_merged_shards_are_the_whole_run(flags):
    """And inner folds, which the shards have and the whole run has not, change none."""
    folder, words = flags
    shards, whole = folder / "shards", folder / "whole"
    assert transfer_here(*words, f"--run_dir={whole}").returncode == 0
    assert not list((whole / "units").glob("*inner*"))
    words = [*words, "--inner_folds=2"]
    for shard in ("0/2", "2/2"):
        done = transfer_here(*words, f"--run_dir={shards}", f"--shard={shard}")
        assert done.returncode == 0, done.stderr
        assert f"python -m pathnet_tf.merge --run_dir={shards}" in done.stdout
    early = merge_here(f"--run_dir={shards}")
    assert early.returncode == 1
    assert "lacks 9 of 19 jobs (transfer, repeat 0, fold s1;" in early.stderr
    assert not (shards / "results.csv").exists()

    foreign = transfer_here(
        *words, f"--run_dir={shards}", "--shard=1/2", "--generations=5"
    )
    assert foreign.returncode == 2
    assert "other flags (--generations=4 there, --generations=5 here)" in foreign.stderr

    done = transfer_here(*words, f"--run_dir={shards}", "--shard=1/2", "--cache=none")
    assert done.returncode == 0, done.stderr
    done = merge_here(f"--run_dir={shards}")
    assert done.returncode == 0, done.stderr
    assert "clip UAR" in done.stdout
    for name in ("results.csv", "predictions.csv"):
        assert (shards / name).read_bytes() == (whole / name).read_bytes()
    assert len(list((shards / "units").glob("*inner*"))) == 2 * 3 * 2


def test_shards_that_begin_at_once_share_a_folder(flags):
    folder, words = flags
    shards = folder / "at once"
    words = [*words, "--generations=1", "--noscratch_control"]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = pool.map(
            lambda shard: transfer(*words, f"--run_dir={shards}", f"--shard={shard}"),
            ("1/2", "2/2"),
        )
        for done in runs:
            assert done.returncode == 0, done.stderr
    assert merge_here(f"--run_dir={shards}").returncode == 0


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ([], 2, "--run_dir is missing"),
        (["--run_dir=nothing"], 1, "no shard has begun there"),
        (["--generations=3"], 2, "Unknown command line"),
    ],
)
def test_what_cannot_be_merged_is_one_line(words, status, message):
    done = merge_here(*words)
    assert done.returncode == status
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_its_own_flag_alone():
    done = merge("--help")
    assert done.returncode == 0
    assert "--run_dir" in done.stdout
    assert "--learning_rate" not in done.stdout


@pytest.mark.parametrize("text", ["3", "x/3", "4/3", "-1/3", "1/0", "1/2/3"])
def test_a_shard_is_two_numbers_in_order(text):
    done = transfer_here("--target=t", "--run_dir=r", f"--shard={text}")
    assert done.returncode == 2
    assert f"Received: --shard={text}" in done.stderr


def test_shards_part_the_targets_among_themselves():
    class Target:
        needs_source = False
        repeat = 0

    targets = [Target() for _ in range(7)]
    plan = ExperimentPlan([], targets, [])
    chosen = [plan.chosen(Shard(number, 3)) for number in (1, 2, 3)]
    assert sorted(map(len, chosen)) == [2, 2, 3]
    assert {id(one) for part in chosen for one in part} == set(map(id, targets))
