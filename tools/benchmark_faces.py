"""Measures writing faces and learning from them, into one Markdown table.

  tools/benchmark_faces

Synthesizes eNTERFACE'05 and SAVEE in full, some 100,000 frames. Speaker by speaker, one
core writes the shard of the speaker's clips as the tool does, then the bare cascade
looks through the same frames, which lie decoded in memory: a ratio for each speaker.
Then whole commands run as a user runs them, and the memory of all their processes is
added up twice a second, shared pages once.
"""

import argparse
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
from data_tools.face_cutter import FaceCutter
from data_tools.faces import FaceFrontEnd
from data_tools.shard import ShardPlan, write_shard

FOLDER = Path(__file__).resolve().parent
CORPORA = {"enterface": 44, "savee": 4}
_POLL_S = 0.5


def main() -> None:
    """Measures, writes the table and prints it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--speakers", type=int, default=44, help="Speakers a corpus.")
    parser.add_argument("--clips", type=int, default=0, help="Clips an emotion.")
    parser.add_argument(
        "--generations", type=int, default=3, help="Generations of the training."
    )
    parser.add_argument(
        "--output", default=str(FOLDER / "benchmark_faces.md"), help="The table."
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = measure(Path(folder), arguments)
    Path(arguments.output).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def measure(folder: Path, arguments: argparse.Namespace) -> list[str]:
    """Measures everything: the lines of the table."""
    ratios, tool_s, cascade_s, num_frames = [], 0.0, 0.0, 0
    for corpus, most in CORPORA.items():
        _run(
            "data_tools.synthesize",
            f"--output_dir={folder}/corpora",
            f"--corpora={corpus}",
            f"--num_speakers={min(most, arguments.speakers)}",
            f"--clips_per_emotion={arguments.clips or (5 if most > 4 else 15)}",
        )
        source = CorpusSource(corpus, folder / "corpora" / corpus, modality="face")
        for clips in by_speaker(source.read().clips):
            seconds, count = write_seconds(clips, folder)
            bare, looked_at = cascade_seconds(clips)
            assert count == looked_at, (count, looked_at)
            ratios.append(seconds / bare)
            tool_s, cascade_s = tool_s + seconds, cascade_s + bare
            num_frames += count
            print(f"{corpus}: {num_frames} frames, {ratios[-1]:.3f} x", flush=True)
    figure = spread(ratios)
    lines = [
        "# Faces",
        "",
        "Made by `tools/benchmark_faces` on synthesized videos: "
        + ", ".join(f"{name} {value}" for name, value in machine().items())
        + f". {num_frames} frames of {len(ratios)} speakers.",
        "",
        "| what | figure |",
        "|---|---:|",
        f"| write_faces / bare cascade, one core | {figure['median']:.2f} x "
        f"({figure['min']:.2f} to {figure['max']:.2f}) |",
        f"| write_faces, one core | {1000 * tool_s / num_frames:.2f} ms a frame |",
        f"| bare cascade, one core | {1000 * cascade_s / num_frames:.2f} ms a frame |",
    ]
    return lines + measure_commands(folder, arguments)


def measure_commands(folder: Path, arguments: argparse.Namespace) -> list[str]:
    """Whole commands, with the memory of all their processes."""
    lines = []
    for corpus in CORPORA:
        seconds, peak = _measured(
            "data_tools.write_faces",
            f"--corpus={corpus}",
            f"--corpus_dir={folder}/corpora/{corpus}",
            f"--output_dir={folder}/{corpus}",
        )
        lines.append(f"| write_faces of all {corpus} | {seconds:.0f} s, {peak} |")
    for workers in (1, 2):
        seconds, peak = _measured(
            "pathnet_tf.transfer",
            f"--source={folder}/savee",
            f"--target={folder}/enterface",
            f"--run_dir={folder}/run_{workers}",
            f"--generations={arguments.generations}",
            f"--num_workers={workers}",
        )
        lines.append(
            f"| transfer from savee to enterface, {arguments.generations} generations, "
            f"{workers} worker(s) | {seconds:.0f} s, {peak} |"
        )
    return lines


def by_speaker(clips: Sequence[Clip]) -> Iterator[tuple[Clip, ...]]:
    """The clips of one speaker after the other."""
    for speaker in sorted({clip.speaker for clip in clips}):
        yield tuple(clip for clip in clips if clip.speaker == speaker)


def write_seconds(clips: tuple[Clip, ...], folder: Path) -> tuple[float, int]:
    """Time to write a shard in this process, and its frames."""
    file = folder / "shard.tfrecord"
    hashed = frozenset(clip.path for clip in clips)
    plan = ShardPlan(file, clips, hashed, FaceCutter(FaceFrontEnd()))
    began = time.perf_counter()
    shard = write_shard(plan)
    seconds = time.perf_counter() - began
    assert not shard.refused, shard.refused
    return seconds, shard.num_segments


def cascade_seconds(clips: Sequence[Clip]) -> tuple[float, int]:
    """Time that the detector alone takes, and how many frames it looked at."""
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
        side = round(0.15 * min(greys[0].shape))
        began = time.perf_counter()
        for grey in greys:
            cascade.detectMultiScale(grey, 1.1, 5, minSize=(side, side))
        seconds += time.perf_counter() - began
        count += len(greys)
    return seconds, count


def _run(module: str, *words: str) -> None:
    subprocess.run([sys.executable, "-m", module, *words], check=True)


def _measured(module: str, *words: str) -> tuple[float, str]:
    """Seconds of a command, and the most memory its processes held together."""
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
    return time.perf_counter() - began, f"{max(peaks) / 2**20:.2f} GiB"


def _family(pid: int) -> Iterator[int]:
    """A process and all that it started."""
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [
            int(child)
            for task in tasks
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return  # It has ended meanwhile.
    for child in children:
        yield from _family(child)


def _memory_kib(pid: int) -> int:
    """Resident memory, pages that are shared divided among those who share them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # It has ended meanwhile.
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    main()
