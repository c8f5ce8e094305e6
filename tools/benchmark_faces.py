"""Measures how long writing faces and learning from them takes; writes a table.

  tools/benchmark_faces

SAVEE is synthesized six times, each part with other speakers, about 100,000 frames in
all. For each part, write_faces runs on one core, as a user runs it. Right after that
the bare OpenCV cascade searches frames of the same part, already decoded in memory.
Each part gives one ratio of the two times. Then a transfer from all parts but the last
to the last part runs with one worker and with two. The memory of all processes is added
up twice a second, with shared pages counted once.
"""

import argparse
import contextlib
import csv
import dataclasses
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
from benchmark import machine
from benchmark_search import spread

from data_tools.corpora import Clip, CorpusSource
from data_tools.cutters.face_cutter import FaceCutter
from data_tools.cutters.face_front_end import FaceFrontEnd
from pathnet_tf.data.dataset_card import read_card

FOLDER = Path(__file__).resolve().parent
_POLL_S = 0.5
WORKERS = (1, 2)


def main() -> None:
    """Measures, writes the table and prints it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", type=int, default=6, help="Corpora to synthesize.")
    parser.add_argument(
        "--every", type=int, default=4, help="N: the cascade searches every N-th clip."
    )
    parser.add_argument(
        "--min_face", type=float, default=0.15, help="The flag of write_faces."
    )
    parser.add_argument(
        "--folder",
        help="Keeps corpora and timings here, and reuses those that exist.",
    )
    parser.add_argument(
        "--generations", type=int, default=2, help="Generations of the training."
    )
    parser.add_argument(
        "--output", default=str(FOLDER / "benchmark_faces.md"), help="File to write."
    )
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = arguments.folder or stack.enter_context(tempfile.TemporaryDirectory())
        lines = measure(Path(folder), arguments)
    Path(arguments.output).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def measure(folder: Path, arguments: argparse.Namespace) -> list[str]:
    """Measures everything; returns the lines of the Markdown table."""
    tables = [synthesize(folder, number) for number in range(arguments.parts)]
    timings = [timing(folder, table, arguments) for table in tables]
    tool = [one.tool_ms for one in timings]
    cascade = [one.cascade_ms for one in timings]
    memory = [one.memory_gib for one in timings if one.memory_gib]
    num_frames, count = sum(one.frames for one in timings), timings[-1].frames
    *sources, target = (folder / table.stem for table in tables)
    training = [
        measured(
            "pathnet_tf.transfer",
            *(f"--source={source}" for source in sources),
            f"--target={target}",
            f"--run_dir={folder / 'run'}",
            "--overwrite",
            f"--generations={arguments.generations}",
            "--protocol=speaker_kfold",
            "--num_folds=2",
            f"--num_workers={num_workers}",
        )
        for num_workers in WORKERS
    ]
    ratios = [one / other for one, other in zip(tool, cascade, strict=True)]
    described = ", ".join(f"{name} {value}" for name, value in machine().items())
    return [
        "# Faces",
        "",
        f"Made by `tools/benchmark_faces` on {num_frames} frames of synthesized videos "
        f"in {len(tables)} parts, --min_face={arguments.min_face}: {described}.",
        "",
        "| what | median | least | greatest |",
        "|---|---:|---:|---:|",
        _row("write_faces / bare cascade, one core", ratios, "x"),
        _row("write_faces, one core, a frame", tool, "ms"),
        _row("bare cascade, one core, a frame", cascade, "ms"),
        _row("write_faces, memory of all processes", memory, "GiB"),
        "",
        f"Transfer from all parts but the last, {num_frames - count} frames, to that "
        f"one, {arguments.generations} generations, two groups of speakers left out:",
        "",
        "| workers | whole command | memory of all processes |",
        "|---:|---:|---:|",
        *(
            f"| {num_workers} | {seconds:.0f} s | {peak:.2f} GiB |"
            for num_workers, (seconds, peak) in zip(WORKERS, training, strict=True)
        ),
    ]


@dataclasses.dataclass(frozen=True)
class Timing:
    """Time and memory of one part.

    Attributes:
      frames: Frames that were written.
      tool_ms: Time of the whole command per frame, in milliseconds.
      cascade_ms: Time of the bare cascade per frame, in milliseconds.
      memory_gib: Peak memory of all processes of the command; 0 if not measured.
    """

    frames: int
    tool_ms: float
    cascade_ms: float
    memory_gib: float


def timing(folder: Path, table: Path, arguments: argparse.Namespace) -> Timing:
    """Measures a part, unless an earlier, interrupted benchmark has measured it."""
    known = folder / f"{table.stem} {arguments.min_face} {arguments.every}.json"
    if known.exists():
        return Timing(**json.loads(known.read_text()))
    seconds, peak = measured(
        "data_tools.write_faces",
        f"--manifest={table}",
        f"--output_dir={folder / table.stem}",
        "--num_workers=1",
        "--overwrite",
        # In some clips no frame may show exactly one frontal face.
        "--on_error=skip",
        f"--min_face={arguments.min_face}",
    )
    written = read_card(folder / table.stem).clips
    count = sum(clip.num_segments for clip in written)
    clips = CorpusSource("", table, modality="face").read().clips
    cascade = cascade_seconds(clips[:: arguments.every], arguments.min_face)
    found = Timing(count, 1000 * seconds / count, 1000 * cascade, peak)
    known.write_text(json.dumps(dataclasses.asdict(found)))
    print(f"{table.stem}: {found}", flush=True)
    return found


def synthesize(folder: Path, number: int) -> Path:
    """Synthesizes a part, whose speakers are in no other part; returns its table."""
    corpus = folder / f"corpora_{number}"
    table = folder / f"part_{number}.csv"
    if table.exists():
        return table
    subprocess.run(
        [
            *(sys.executable, "-m", "data_tools.synthesize"),
            *("--corpora=savee", "--clips_per_emotion=13", f"--seed={number}"),
            f"--output_dir={corpus}",
            "--overwrite",
        ],
        check=True,
    )
    with table.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("file", "speaker", "emotion"))
        source = CorpusSource("savee", corpus / "savee", modality="face")
        for clip in source.read().clips:
            writer.writerow((clip.path, f"{number}-{clip.speaker}", clip.emotion))
    return table


def cascade_seconds(clips: Sequence[Clip], min_face: float) -> float:
    """Returns the seconds per frame of the bare cascade, with write_faces' settings."""
    cutter = FaceCutter(FaceFrontEnd()).open()
    cascade = cv2.CascadeClassifier(
        f"{cv2.data.haarcascades}haarcascade_frontalface_default.xml"
    )
    seconds, count = 0.0, 0
    for clip in clips:
        greys = [
            cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2GRAY)
            for frame in cutter.frames(clip)
        ]
        side = round(min_face * min(greys[0].shape))
        began = time.perf_counter()
        for grey in greys:
            cascade.detectMultiScale(grey, 1.1, 5, minSize=(side, side))
        seconds += time.perf_counter() - began
        count += len(greys)
    return seconds / count


def measured(module: str, *words: str) -> tuple[float, float]:
    """Runs a command; returns its seconds and the peak GiB of all its processes."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", module, *words])
    peaks = [0]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_POLL_S):
            peaks.append(sum(map(_memory_kib, _family(process.pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    status = process.wait()
    ended.set()
    watcher.join()
    if status:
        raise SystemExit(f"{module} failed with exit status {status}")
    return time.perf_counter() - began, max(peaks) / 2**20


def _row(what: str, values: Sequence[float], unit: str) -> str:
    """Formats a row of the table: median, minimum and maximum."""
    figure = spread(list(values))
    cells = (f"{figure[key]:.2f} {unit}" for key in ("median", "min", "max"))
    return f"| {what} | {' | '.join(cells)} |"


def _family(pid: int) -> Iterator[int]:
    """Yields a process and all its descendants."""
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [
            int(child)
            for task in tasks
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return  # The process has ended.
    for child in children:
        yield from _family(child)


def _memory_kib(pid: int) -> int:
    """Returns the memory of a process; a page of n processes counts 1/n for each."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # The process has ended.
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    main()
