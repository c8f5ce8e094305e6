"""Interrupts runs in every way and compares what they come to.

  tools/fault_tests --kills=50

The corpora are synthesized. A run that nothing interrupted is the reference; every
other one must reach the same bytes: results, predictions, source networks, histories
and the exported weights. Exit status 1 if one does not, or leaves a traceback.
"""

import contextlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from absl import flags
from fault_bench import Bench, start

from pathnet_tf.runtime import command_line

FLAGS = flags.FLAGS

flags.DEFINE_integer(
    "kills",
    50,
    "Kills of a run at random moments; a fifth as many while a dataset is written.",
    lower_bound=0,
)
flags.DEFINE_integer("sizes", 8, "Sizes of a file system that is too small.")
flags.DEFINE_integer("seed", 0, "Of the moments.")
flags.DEFINE_float("minutes", 30, "After these no new fault is tried.")
flags.DEFINE_string("work_dir", None, "Where to work; a temporary folder if none.")

STATUSES_OF_A_FULL_DISK = (0, 1)
STAGES = ("learning the source", "learning the target", "exporting")


def kill_at_random(bench: Bench, deadline: float) -> None:
    """Kills runs until there were enough kills; every life goes on where one ended."""
    rng = random.Random(FLAGS.seed)
    number = 0
    while bench.faults["kills"] < FLAGS.kills and time.monotonic() < deadline:
        number += 1
        run = bench.folder / f"killed-{number}"
        workers = rng.choice([1, 1, 2])
        while True:
            process = start(bench.words(run, workers))
            if bench.faults["kills"] < FLAGS.kills and _kill(process, run, bench, rng):
                bench.faults["kills"] += 1
                bench.faults[f"  {_moment(run)}"] += 1
                continue
            _, errors = process.communicate()
            if process.returncode:
                bench.fail(f"{run}: {process.returncode}: {errors}")
            else:
                bench.check(run, f"killed run {number}")
            break
        shutil.rmtree(run, ignore_errors=True)
        bench.tell("kills")


def _kill(
    process: "subprocess.Popen[str]", run: Path, bench: Bench, rng: random.Random
) -> bool:
    """Kills a run at any moment, or at one of a stage that has come to pass."""
    stage = rng.choice(("", *STAGES))
    if not stage:
        # Of a life, most of the first seconds are imports.
        wait_s = rng.uniform(2, 5 + bench.seconds / 2)
    else:
        while process.poll() is None and _moment(run) != stage:
            time.sleep(0.02)
        wait_s = rng.uniform(0, 1)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=wait_s)
        return False
    process.kill()
    process.communicate()
    return True


def kill_writing(bench: Bench, deadline: float) -> None:
    """Kills the writing of a dataset at random moments, and writes it again."""
    rng = random.Random(FLAGS.seed)
    expected = bench.dataset_bytes("emodb", bench.folder / "datasets")
    while bench.faults["kills while writing"] < FLAGS.kills // 5:
        if time.monotonic() > deadline:
            return
        folder = bench.folder / "writing"
        process = subprocess.Popen(
            bench.writing("emodb", folder), stderr=subprocess.DEVNULL
        )
        time.sleep(rng.uniform(0.3, bench.writing_seconds))
        process.kill()
        bench.faults["kills while writing"] += process.wait() < 0
        if not (folder / "emodb").exists():
            subprocess.run(
                bench.writing("emodb", folder), check=True, stdout=subprocess.DEVNULL
            )
        if bench.dataset_bytes("emodb", folder) != expected:
            bench.fail("a dataset differs whose writing was killed")
        if left := [path.name for path in folder.iterdir() if path.name != "emodb"]:
            bench.fail(f"a killed writer has left {left}")
        shutil.rmtree(folder)
    bench.tell("kills while writing")


def kill_workers(bench: Bench, deadline: float) -> None:
    """Kills one worker process of a run, which goes on without it."""
    for moment in (8, 12, 16):
        if time.monotonic() > deadline:
            return
        run = bench.folder / f"worker-{moment}"
        process = start(bench.words(run, workers=2))
        time.sleep(moment)
        children = subprocess.run(
            ["pgrep", "-P", str(process.pid), "-f", "loky"],
            capture_output=True,
            text=True,
        ).stdout.split()
        if children and process.poll() is None:
            subprocess.run(["kill", "-9", children[-1]], check=False)
            bench.faults["workers killed"] += 1
        _, errors = process.communicate()
        if process.returncode:
            bench.fail(f"worker: {process.returncode}: {errors}")
        else:
            bench.check(run, f"worker killed after {moment} s")
        shutil.rmtree(run, ignore_errors=True)
    bench.tell("workers killed")


def fill_disk(bench: Bench, deadline: float) -> None:
    """Runs on file systems that are full after so many bytes, then makes room."""
    needed = sum(p.stat().st_size for p in (bench.folder / "whole").rglob("*"))
    for place in range(FLAGS.sizes):
        if time.monotonic() > deadline:
            return
        run = bench.folder / f"full-{place}"
        run.mkdir()
        kilobytes = max(16, needed * (place + 1) // (FLAGS.sizes + 1) // 1024)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(run)]
        if subprocess.run(mount, capture_output=True).returncode:
            print("No file system may be mounted here: full disks are not tried")
            return
        try:
            process = start(bench.words(run))
            _, errors = process.communicate()
            what = f"file system of {kilobytes} KiB"
            bench.faults["full file systems"] += process.returncode != 0
            last = errors.strip().splitlines()[-1] if errors.strip() else ""
            if process.returncode not in STATUSES_OF_A_FULL_DISK:
                bench.fail(f"{what}: status {process.returncode}: {errors}")
            elif "Traceback" in errors or (
                process.returncode and "transfer.py: " not in last
            ):
                bench.fail(f"{what}: no single line: {errors}")
            subprocess.run(["mount", "-o", "remount,size=1g", str(run)], check=True)
            bench.finish(run, what)
        finally:
            subprocess.run(["umount", str(run)], check=False)
        print(f"{what}: {last}", flush=True)


def damage_checkpoints(bench: Bench, deadline: float) -> None:
    """Truncates the newest checkpoint of a killed run, or flips a bit of it."""
    for how in (_truncate, _flip):
        if time.monotonic() > deadline:
            return
        run = bench.folder / f"damaged-{how.__name__}"
        process = start(bench.words(run))
        while process.poll() is None and not _has_two(run):
            time.sleep(0.05)
        process.kill()
        process.communicate()
        newest = max(run.rglob("*.checkpoint"), key=lambda p: p.stat().st_mtime_ns)
        newest.write_bytes(how(newest.read_bytes()))
        bench.faults["damaged checkpoints"] += 1
        bench.finish(run, f"checkpoint damaged by {how.__name__}", says=newest.name)
        shutil.rmtree(run, ignore_errors=True)
    bench.tell("damaged checkpoints")


def main() -> None:
    """Tries every fault and prints what was found."""
    deadline = time.monotonic() + 60 * FLAGS.minutes
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(Path(FLAGS.work_dir or temporary))
        bench.prepare()
        steps: list[Callable[[Bench, float], None]] = [
            damage_checkpoints,
            kill_workers,
            fill_disk,
            kill_writing,
            kill_at_random,
        ]
        for step in steps:
            step(bench, deadline)
    for name, number in bench.faults.items():
        print(f"{name:30}{number:5}")
    print(f"{'runs that differ or fail':30}{len(bench.failures):5}")
    sys.exit(bool(bench.failures))


def _moment(run: Path) -> str:
    """What a run was doing when it was killed."""
    if (run / "model").exists():
        return "after the export"
    if any(run.glob(".model.unfinished*")):
        return "exporting"
    if (run / "run/results.csv").exists():
        return "learning the exported model, or reporting"
    if any((run / "run/units").glob("source*")):
        return "learning the target"
    return "learning the source" if (run / "run/logs").exists() else "beginning"


def _has_two(run: Path) -> bool:
    return len(list(run.rglob("target/**/*.checkpoint"))) >= 2


def _truncate(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _flip(content: bytes) -> bytes:
    return content[:-100] + bytes([content[-100] ^ 1]) + content[-99:]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    command_line.run(main, doc=__doc__)
