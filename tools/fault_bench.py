"""Runs a transfer and compares its results with those of an undisturbed run."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

SEARCH = ("--generations=60", "--checkpoint_every=5", "--protocol=loso")
SMALL = ("--num_modules=8", "--module_units=10", "--population_size=6")


class Bench:
    """Runs transfers in subfolders of a folder, and counts faults and failures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: Counter[str] = Counter()
        self.failures: list[str] = []

    def prepare(self) -> None:
        """Synthesizes corpora, writes datasets, and does the undisturbed run."""
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
        """Returns the command that writes a dataset below a folder."""
        return [
            *(sys.executable, "-m", "data_tools.write_mels", f"--corpus={corpus}"),
            f"--corpus_dir={self.folder / 'corpora' / corpus}",
            f"--output_dir={folder / corpus}",
        ]

    def dataset_bytes(self, corpus: str, folder: Path) -> dict[str, bytes]:
        """Returns the content of each file of a dataset, by name."""
        return {path.name: path.read_bytes() for path in (folder / corpus).iterdir()}

    def fail(self, what: str) -> None:
        """Records and prints a failure."""
        self.failures.append(what)
        print(what, file=sys.stderr, flush=True)

    def tell(self, what: str) -> None:
        """Prints how many faults of a kind were tried, and the failures so far."""
        print(f"{self.faults[what]} {what}, {len(self.failures)} failures", flush=True)

    def words(self, run: Path, workers: int = 1) -> list[str]:
        """Returns the arguments of a transfer that writes below the folder `run`."""
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
        """Compares a finished run with the undisturbed run."""
        found = found_in(run)
        wrong = [n for n in self.expected if found.get(n) != self.expected[n]]
        if wrong:
            self.fail(f"{what}: {', '.join(wrong[:3])} differ")

    def finish(self, run: Path, what: str, *, says: str = "") -> None:
        """Continues a run to its end, and compares it with the undisturbed run.

        Args:
          run: Folder of the run.
          what: The fault, for messages.
          says: Text that the run has to print on stderr.
        """
        done = start(self.words(run))
        _, errors = done.communicate()
        if says not in errors:
            self.fail(f"{what}: nothing is said of {says}: {errors}")
        if done.returncode:
            self.fail(f"{what}: exit status {done.returncode}: {errors}")
        else:
            self.check(run, what)


def found_in(run: Path) -> dict[str, bytes]:
    """Returns the content of each file that must be the same in every run."""
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
