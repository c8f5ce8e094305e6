"""Feeds mutated recordings, pictures and TFRecords to the tools that read them.

  tools/fuzz --files=2100

write_mels reads WAV, FLAC and AVI, write_faces reads AVI and PNG, and TFRecords are
read as a run reads them. Every file must either be read or be refused by name, with a
reason. Exit status 1 if a tool fails, hangs, or does not mention a file.
"""

import collections
import csv
import dataclasses
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from absl import flags
from fuzz_files import ORIGINALS, mutate

from data_tools.workers import watched_processes
from pathnet_tf.data import dataset_card
from pathnet_tf.runtime import command_line

FLAGS = flags.FLAGS

flags.DEFINE_integer("files", 2100, "Total number of mutated files.", lower_bound=5)
flags.DEFINE_integer("seed", 0, "Seed of the mutations.")
flags.DEFINE_bool("reasons", False, "Print how often each reason was given.")
flags.DEFINE_string(
    "keep", None, "Folder for copies of files that ended a worker process."
)

TOOLS = {
    "write_mels": ("wav", "flac", "avi"),
    "write_faces": ("avi", "png"),
    "fuzz_records": ("tfrecord",),
}
NUM_KINDS = sum(map(len, TOOLS.values()))
# A tool that takes longer counts as hanging.
MOST_SECONDS = 3600
# Parts of the reasons that mean that a file ended its worker.
CONTAINED = ("the decoder crashed", "nothing came for", "of memory")
HEADINGS = (
    *("kind", "files", "read", "refused", "crashed", "stood still", "swelled"),
    *("unnamed", "peak MiB", "s"),
)


@dataclasses.dataclass(frozen=True)
class Found:
    """What a tool did with the files that it was given.

    Attributes:
      told: Why each file was refused, by name; empty for a file that was read.
      unnamed: Files that the tool did not mention, and intact files that it refused.
      peak_mib: Peak memory of any single process.
      seconds: Time for all files.
      status: Exit status of the tool.
    """

    told: Mapping[str, str]
    unnamed: Sequence[str]
    peak_mib: float
    seconds: float
    status: int


def try_tool(folder: Path, tool: str, count: int) -> Found:
    """Mutates files of every kind that a tool reads, and lets it read all of them.

    Args:
      folder: Where the files go.
      tool: One of `TOOLS`.
      count: Mutated files of each kind.
    """
    names, intact = [], []
    for kind in TOOLS[tool]:
        rng = random.Random(f"{FLAGS.seed} {kind} {tool}")
        originals = ORIGINALS[kind]()
        for number in range(count):
            names.append(f"{number:04d}.{kind}")
            (folder / names[-1]).write_bytes(mutate(originals, rng))
        # One intact file, so that there is something to write.
        intact.append(f"sound.{kind}")
        (folder / intact[-1]).write_bytes(originals[0])
    names += intact
    command = _command(folder, tool, names)
    started = time.monotonic()
    status, peak_mib = _run(command)
    seconds = time.monotonic() - started
    told = _told(folder, tool)
    unnamed = [name for name in names if name not in told]
    unnamed += [name for name in intact if told.get(name)]
    return Found(told, unnamed, peak_mib, seconds, status)


def _command(folder: Path, tool: str, names: list[str]) -> list[str]:
    if tool == "fuzz_records":
        script = Path(__file__).with_name("fuzz_records.py")
        return [sys.executable, str(script), str(folder)]
    with (folder / "clips.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "speaker", "emotion"])
        rows.writerows([name, "ann", "anger"] for name in names)
    return [
        *(sys.executable, "-m", f"data_tools.{tool}", "--on_error=skip"),
        f"--manifest={folder / 'clips.csv'}",
        f"--output_dir={folder / 'out'}",
    ]


def _told(folder: Path, tool: str) -> dict[str, str]:
    """Returns why each mentioned file was refused; empty if the file was read."""
    if tool == "fuzz_records":
        told: dict[str, str] = json.loads((folder / "told.json").read_text())
        return told
    card = dataset_card.read_card(folder / "out")
    told = {clip.source: "" for clip in card.clips if clip.num_segments > 0}
    return told | {entry["source"]: entry["reason"] for entry in card.left_out}


def _run(command: list[str]) -> tuple[int, float]:
    """Runs a command; returns exit status and peak memory of any process, in MiB."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, start_new_session=True
    )
    peak_kib = 0
    deadline = time.monotonic() + MOST_SECONDS
    while process.poll() is None:
        if time.monotonic() > deadline:
            os.killpg(process.pid, signal.SIGKILL)
        peak_kib = max([peak_kib, *_high_water_kib(process.pid)])
        time.sleep(0.05)
    return process.returncode, peak_kib / 1024


def _high_water_kib(session: int) -> list[int]:
    """Returns the peak memory so far of every process in a session, in KiB."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if not entry.name.isdecimal() or os.getsid(int(entry.name)) != session:
                continue
            lines = (entry / "status").read_text().splitlines()
        except OSError:
            # The process has ended.
            continue
        found += [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return found


def _keep(folder: Path, found: Found) -> None:
    """Copies the files that ended a worker to --keep."""
    for name, reason in found.told.items():
        if any(word in reason for word in CONTAINED):
            target = Path(FLAGS.keep)
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / name, target / f"{FLAGS.seed}-{name}")


def _print_kind(found: Found, kind: str, tool: str) -> None:
    """Prints the row of one kind of file; memory and time are of the whole tool."""
    told = [reason for name, reason in found.told.items() if name.endswith(kind)]
    reasons = [reason for reason in told if reason]
    num_unnamed = sum(name.endswith(kind) for name in found.unnamed)
    cells = [
        f"{kind} {tool.split('_')[1]}",
        len(told) + num_unnamed,
        len(told) - len(reasons),
        len(reasons),
        *(sum(word in reason for reason in reasons) for word in CONTAINED),
        num_unnamed,
        round(found.peak_mib),
        round(found.seconds),
    ]
    print("  ".join(f"{cell:>11}" for cell in cells), flush=True)
    if FLAGS.reasons:
        for reason, number in collections.Counter(reasons).most_common():
            print(f"{number:>15}  {reason}")


def main() -> None:
    """Tries every tool and prints a row of counts for each kind of file."""
    is_sound = True
    print("  ".join(f"{heading:>11}" for heading in HEADINGS), flush=True)
    for tool, kinds in TOOLS.items():
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            found = try_tool(folder, tool, FLAGS.files // NUM_KINDS)
            if FLAGS.keep:
                _keep(folder, found)
        for kind in kinds:
            _print_kind(found, kind, tool)
        if found.status or found.unnamed:
            is_sound = False
            print(f"status {found.status}, unnamed: {found.unnamed}", file=sys.stderr)
        if found.peak_mib * 2**20 > watched_processes.MEMORY_BYTES + 2**30:
            is_sound = False
            print(f"{found.peak_mib:.0f} MiB are too much", file=sys.stderr)
    sys.exit(not is_sound)


if __name__ == "__main__":
    command_line.run(main, doc=__doc__)
