"""All methods in one run."""

import csv

import pytest

from pathnet_tf.methods.registry import METHODS
from tests.binary import transfer_here
from tests.pathnet_tf.test_transfer import QUICK
from tests.tiny import write_tiny

# AlexNet takes minutes; test_alexnet_baseline has it small. The other two need files.
LEFT_OUT = ("alexnet", "alexnet_average", "egemaps_svm", "compare_svm")
OF_FACES = ("hog_svm", "pixel_svm")
CHOSEN = [name for name in METHODS if name not in LEFT_OUT + OF_FACES]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("methods")
    return write_tiny(folder, "one", seed=1), write_tiny(folder, "two")


def test_every_method_is_scored_compared_and_counted(data, tmp_path):
    """One test: the run takes half a minute, and workers do not share it."""
    source, target = data
    run_dir = tmp_path / "run"
    done = transfer_here(
        *QUICK,
        "--generations=2",
        f"--source={source}",
        f"--target={target}",
        f"--run_dir={run_dir}",
        f"--method=pathnet,{','.join(CHOSEN)}",
    )
    assert done.returncode == 0, done.stderr
    require_scores(run_dir, done.stdout)
    require_differences_and_costs(run_dir)


def require_scores(run_dir, stdout):
    with (run_dir / "results.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["stage"] == "target"]
    assert list(dict.fromkeys(row["method"] for row in rows)) == CHOSEN
    for name in CHOSEN:
        keys = {(r["fold"], r["level"]) for r in rows if r["method"] == name}
        assert {("s1", "clip"), ("pooled", "clip"), ("pooled", "segment")} <= keys
        assert any(line.startswith(f"{name} ") for line in stdout.splitlines())


def require_differences_and_costs(run_dir):
    """The report compares the first with each other one, and counts what each took."""
    with (run_dir / "report" / "time.csv").open(encoding="utf-8") as stream:
        costs = {row["method"]: row for row in csv.DictReader(stream)}
    assert list(costs) == CHOSEN
    presented = {name: costs[name]["segments presented"] for name in CHOSEN}
    assert presented["scratch"] == presented["transfer"] == presented["progressive"]
    assert presented["chance"] == "0"
    with (run_dir / "report" / "differences.csv").open(encoding="utf-8") as stream:
        pairs = [(row["first"], row["second"]) for row in csv.DictReader(stream)]
    assert pairs[::2] == [("transfer", name) for name in CHOSEN[1:]]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--method=finetune"], "--method=finetune needs a --source"),
        (["--method=tree"], "--method must be among pathnet, transfer, scratch"),
        (["--method=mel_svm", "--export_dir=model"], "name another one first"),
        (["--method=egemaps_svm"], "needs --functionals=FILE.npz"),
        (["--method=alexnet", "--alexnet_weights=nothing.npz"], "cannot be read as"),
    ],
)
def test_what_cannot_be_run_is_one_line_and_leaves_nothing(
    data, tmp_path, words, message
):
    run_dir = tmp_path / "run"
    done = transfer_here(f"--target={data[1]}", f"--run_dir={run_dir}", *words)
    assert done.returncode != 0
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not run_dir.exists()
