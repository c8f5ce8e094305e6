"""Interrupts runs in every way and compares what they come to.

  tools/fault_tests --kills=50

The corpora are synthesized. A run that nothing interrupted is the reference; every
other one must reach the same bytes: results, predictions, source networks, histories
and the exported weights. Exit status 1 if one does not, or leaves a traceback.
"""

import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from absl import flags

from pathnet_tf import command_line

FLAGS = flags.FLAGS

flags.DEFINE_integer("kills", 50, "Kills at random moments.", lower_bound=0)
flags.DEFINE_integer("sizes", 8, "Sizes of a file system that is too small.")
flags.DEFINE_integer("seed", 0, "Of the moments.")
flags.DEFINE_float("minutes", 30, "After these no new fault is tried.")
flags.DEFINE_string("work_dir", None, "Where to work; a temporary folder if none.")

SEARCH = ("--generations=60", "--checkpoint_every=5", "--protocol=loso")
SMALL = ("--num_modules=8", "--module_units=10", "--population_size=6")
STATUSES_OF_A_FULL_DISK = (0, 1)


class Bench:
    """Runs the transfer, in one folder after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: Counter[str] = Counter()
        self.failures: list[str] = []

    def prepare(self) -> None:
        """Synthesizes corpora and runs the reference."""
        corpora, datasets = self.folder / "corpora", self.folder / "datasets"
        _call(
            "data_tools.synthesize",
            f"--output_dir={corpora}",
            "--nofaces",
            "--corpora=savee,emodb",
            "--overwrite",
        )
        for corpus in ("savee", "emodb"):
            _call(
                "data_tools.write_mels",
                f"--corpus={corpus}",
                "--overwrite",
                f"--corpus_dir={corpora / corpus}",
                f"--output_dir={datasets / corpus}",
            )
        started = time.monotonic()
        _call("pathnet_tf.transfer", *self.words(self.folder / "whole"), "--overwrite")
        self.seconds = time.monotonic() - started
        self.expected = found_in(self.folder / "whole")
        print(
            f"Reference: {self.seconds:.0f} s, {len(self.expected)} files", flush=True
        )

    def words(self, run: Path, workers: int = 1) -> list[str]:
        """Arguments of a run below a folder."""
        datasets = self.folder / "datasets"
        return [
            *SEARCH,
            *SMALL,
            f"--source={datasets / 'savee'}",
            f"--target={datasets / 'emodb'}",
            f"--run_dir={run / 'run'}",
            f"--export_dir={run / 'model'}",
            f"--num_workers={workers}",
        ]

    def check(self, run: Path, what: str) -> None:
        """Compares a finished run with the reference."""
        found = found_in(run)
        wrong = [n for n in self.expected if found.get(n) != self.expected[n]]
        if wrong:
            self.failures.append(f"{what}: {', '.join(wrong[:3])} differ")

    def finish(self, run: Path, what: str) -> None:
        """Starts a run again until its end, and compares."""
        done = _start(self.words(run))
        _, errors = done.communicate()
        if done.returncode:
            self.failures.append(f"{what}: exit status {done.returncode}: {errors}")
        else:
            self.check(run, what)


def found_in(run: Path) -> dict[str, bytes]:
    """Everything that must be the same, by its place."""
    paths = [*run.rglob("history.jsonl"), *run.rglob("network.*")]
    paths += run.glob("run/*.csv")
    paths += run.glob("model/variables/*")
    return {str(path.relative_to(run)): path.read_bytes() for path in sorted(paths)}


def kill_at_random(bench: Bench, deadline: float) -> None:
    """Kills runs until there were enough kills; every life goes on where one ended."""
    rng = random.Random(FLAGS.seed)
    number = 0
    while bench.faults["kills"] < FLAGS.kills and time.monotonic() < deadline:
        number += 1
        run = bench.folder / f"killed-{number}"
        workers = rng.choice([1, 1, 2])
        while True:
            process = _start(bench.words(run, workers))
            is_last = bench.faults["kills"] >= FLAGS.kills
            try:
                # Of a life, most of the first seconds are imports.
                wait = None if is_last else rng.uniform(2, 5 + bench.seconds / 2)
                _, errors = process.communicate(timeout=wait)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                bench.faults["kills"] += 1
                bench.faults[f"  {_moment(run)}"] += 1
                continue
            if process.returncode:
                bench.failures.append(f"{run}: {process.returncode}: {errors}")
            else:
                bench.check(run, f"killed run {number}")
            break
        shutil.rmtree(run, ignore_errors=True)
        print(
            f"{bench.faults['kills']} kills, {len(bench.failures)} failures", flush=True
        )


def kill_workers(bench: Bench, deadline: float) -> None:
    """Kills one worker process of a run, which goes on without it."""
    for moment in (8, 12, 16):
        if time.monotonic() > deadline:
            return
        run = bench.folder / f"worker-{moment}"
        process = _start(bench.words(run, workers=2))
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
            bench.failures.append(f"worker: {process.returncode}: {errors}")
        else:
            bench.check(run, f"worker killed after {moment} s")
        shutil.rmtree(run, ignore_errors=True)


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
            process = _start(bench.words(run))
            _, errors = process.communicate()
            what = f"file system of {kilobytes} KiB"
            bench.faults["full file systems"] += process.returncode != 0
            last = errors.strip().splitlines()[-1] if errors.strip() else ""
            if process.returncode not in STATUSES_OF_A_FULL_DISK:
                bench.failures.append(f"{what}: status {process.returncode}: {errors}")
            elif "Traceback" in errors or (
                process.returncode and "transfer.py: " not in last
            ):
                bench.failures.append(f"{what}: no single line: {errors}")
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
        process = _start(bench.words(run))
        while process.poll() is None and not _has_two(run):
            time.sleep(0.05)
        process.kill()
        process.communicate()
        newest = max(run.rglob("*.checkpoint"), key=lambda p: p.stat().st_mtime_ns)
        newest.write_bytes(how(newest.read_bytes()))
        bench.faults["damaged checkpoints"] += 1
        bench.finish(run, f"checkpoint damaged by {how.__name__}")
        shutil.rmtree(run, ignore_errors=True)


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
            kill_at_random,
        ]
        for step in steps:
            step(bench, deadline)
    for name, number in bench.faults.items():
        print(f"{name:30}{number:5}")
    print(f"{'runs that differ or fail':30}{len(bench.failures):5}")
    for failure in bench.failures:
        print(failure, file=sys.stderr)
    sys.exit(bool(bench.failures))


def _call(module: str, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", module, *words], check=True, stdout=subprocess.DEVNULL
    )


def _start(words: list[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "pathnet_tf.transfer", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


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
