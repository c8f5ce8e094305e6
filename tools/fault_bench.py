"""Runs whose results must not depend on what happened to them."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

SEARCH = ("--generations=60", "--checkpoint_every=5", "--protocol=loso")
SMALL = ("--num_modules=8", "--module_units=10", "--population_size=6")


class Bench:
    """Runs the transfer, in one folder after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: Counter[str] = Counter()
        self.failures: list[str] = []

    def prepare(self) -> None:
        """Synthesizes corpora and runs the reference."""
        call(
            "data_tools.synthesize",
            f"--output_dir={self.folder / 'corpora'}",
            "--nofaces",
            "--corpora=savee,emodb",
            "--overwrite",
        )
        for corpus in ("savee", "emodb"):
            started = time.monotonic()
            subprocess.run(
                [*self.writing(corpus, self.folder / "datasets"), "--overwrite"],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            self.writing_seconds = time.monotonic() - started
        started = time.monotonic()
        call("pathnet_tf.transfer", *self.words(self.folder / "whole"), "--overwrite")
        self.seconds = time.monotonic() - started
        self.expected = found_in(self.folder / "whole")
        print(
            f"Reference: {self.seconds:.0f} s, {len(self.expected)} files", flush=True
        )

    def writing(self, corpus: str, folder: Path) -> list[str]:
        """The command that writes a dataset below a folder."""
        return [
            *(sys.executable, "-m", "data_tools.write_mels", f"--corpus={corpus}"),
            f"--corpus_dir={self.folder / 'corpora' / corpus}",
            f"--output_dir={folder / corpus}",
        ]

    def dataset_bytes(self, corpus: str, folder: Path) -> dict[str, bytes]:
        """A dataset's files, by name."""
        return {path.name: path.read_bytes() for path in (folder / corpus).iterdir()}

    def fail(self, what: str) -> None:
        """Notes and tells what went wrong."""
        self.failures.append(what)
        print(what, file=sys.stderr, flush=True)

    def tell(self, what: str) -> None:
        """Tells how far it is."""
        print(f"{self.faults[what]} {what}, {len(self.failures)} failures", flush=True)

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
            self.fail(f"{what}: {', '.join(wrong[:3])} differ")

    def finish(self, run: Path, what: str, *, says: str = "") -> None:
        """Starts a run again until its end, and compares."""
        done = start(self.words(run))
        _, errors = done.communicate()
        if says not in errors:
            self.fail(f"{what}: nothing is said of {says}: {errors}")
        if done.returncode:
            self.fail(f"{what}: exit status {done.returncode}: {errors}")
        else:
            self.check(run, what)


def found_in(run: Path) -> dict[str, bytes]:
    """Everything that must be the same, by its place."""
    paths = [*run.rglob("history.jsonl"), *run.rglob("network.*")]
    paths += run.glob("run/*.csv")
    paths += run.glob("model/variables/*")
    return {str(path.relative_to(run)): path.read_bytes() for path in sorted(paths)}


def call(module: str, *words: str) -> None:
    """Runs a binary that must succeed."""
    subprocess.run(
        [sys.executable, "-m", module, *words], check=True, stdout=subprocess.DEVNULL
    )


def start(words: list[str]) -> "subprocess.Popen[str]":
    """Starts a transfer."""
    return subprocess.Popen(
        [sys.executable, "-m", "pathnet_tf.transfer", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
