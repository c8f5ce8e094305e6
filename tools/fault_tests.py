"""Interrupts runs in many ways and compares their results with an undisturbed run.

  tools/fault_tests --kills=50

The corpora are synthesized. Every interrupted run, once continued, must write the same
bytes as a run that was not interrupted: results, predictions, source networks,
histories and exported weights. Exit status 1 if a run does not, or prints a traceback.
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
    "How often to kill runs at random moments; writing a dataset is killed a fifth as "
    "often.",
    lower_bound=0,
)
flags.DEFINE_integer("sizes", 8, "How many sizes of a full file system to try.")
flags.DEFINE_integer("seed", 0, "Seed of the random moments.")
flags.DEFINE_float("minutes", 30, "No new fault is tried after so many minutes.")
flags.DEFINE_string("work_dir", None, "Folder to work in; by default a temporary one.")

STATUSES_OF_A_FULL_DISK = (0, 1)
STAGES = ("learning the source", "learning the target", "exporting")


def kill_at_random(bench: Bench, deadline: float) -> None:
    """Kills runs at random moments; after each kill the run is continued."""
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
    """Kills a run at a random moment, of the whole run or of a random stage.

    Returns:
      Whether the run was killed; False if it ended before.
    """
    stage = rng.choice(("", *STAGES))
    if not stage:
        # In the first seconds a process only imports modules.
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
    """Kills a worker process of a run; the run must continue without it."""
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
    """Runs on file systems that become full, then enlarges them and continues."""
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
    """Truncates the newest checkpoint of a killed run, or flips one of its bits."""
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
    """Tries all faults and prints how many there were of each kind."""
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
    """Returns what a run is doing, judged by its files."""
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
