"""Runs a model on files, and writes its answers."""

import csv
import dataclasses
import io
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from pathnet_tf.features.feature_sets import ENCODED, OPENSMILE_SETS
from pathnet_tf.runtime.errors import UsageError, printable
from pathnet_tf.runtime.file_names import escaped
from pathnet_tf.runtime.storage import as_path, write_whole
from pathnet_tf.serving.answers import Answer, Answers, ScoreFiles, Scores
from pathnet_tf.serving.model_folder import ModelAbout, read_about
from pathnet_tf.serving.prediction_inputs import Asked, find_inputs

STYLES = {".csv": "csv", ".jsonl": "jsonl"}


@dataclasses.dataclass(frozen=True)
class Wanted:
    """Which answers a user wants, and where.

    Attributes:
      model: Folder of the model.
      output: File to write; None for stdout.
      style: `csv` or `jsonl`; empty if the name of the output tells which.
      is_timeline: Whether each second gets a row, instead of each clip.
      plot_dir: Folder for pictures; None for no pictures.
      overwrite: Whether existing files are replaced.
      num_workers: Number of processes; 0 chooses a number that pays off.

    Raises:
      UsageError: The name of the output does not tell its format, or the file exists.
    """

    model: str
    output: Path | None = None
    style: str = ""
    is_timeline: bool = False
    plot_dir: Path | None = None
    overwrite: bool = False
    num_workers: int = 0

    def __post_init__(self) -> None:
        """Checks the output."""
        if self.output and not self.style and self.output.suffix not in STYLES:
            raise UsageError(
                f"--output must end in {' or '.join(STYLES)}, or give --format. "
                f"Received: --output={self.output}"
            )
        if self.output and self.output.exists() and not self.overwrite:
            raise UsageError(
                f"--output={self.output} exists; name another one or --overwrite"
            )

    @property
    def format(self) -> str:
        """`csv` or `jsonl`."""
        ending = self.output.suffix if self.output else ""
        return self.style or STYLES.get(ending, "csv")


def predict_files(
    wanted: Wanted, words: Sequence[str], score_files: ScoreFiles
) -> tuple[int, int]:
    """Runs a model on files, folders and tables.

    Args:
      wanted: Which answers the user wants.
      words: Files, folders and tables that the user named.
      score_files: Reads and scores the files, see `media_gate.score_files`.

    Returns:
      The number of clips that could not be used, and the number of all clips.

    Raises:
      UserError: The model or a word cannot be used.
    """
    about = read_about(as_path(wanted.model))
    if about.is_of_vectors and (wanted.is_timeline or wanted.plot_dir):
        raise UsageError(
            f"{wanted.model} answers for clips as a whole; leave out --timeline and "
            "--plot"
        )
    asked, answers = _ask(wanted, about, words, score_files)
    stream: TextIO = io.StringIO() if wanted.output else sys.stdout
    write = _writer(stream, wanted.format, about)
    num_bad = 0
    pictures = _Pictures(wanted, about)
    for one, (scores, start_s) in zip(asked, answers, strict=True):
        if isinstance(scores, str):
            num_bad += 1
            print(printable(f"{one.name}: {scores}"), file=sys.stderr)
            continue
        for note in scores.notes:
            print(printable(f"{one.name}: {note}"), file=sys.stderr)
        found = Answers(about, scores)
        if wanted.is_timeline:
            for first_s, last_s, answer in found.of_seconds():
                write(one.name, start_s + first_s, start_s + last_s, answer)
        else:
            end_s = start_s + scores.length_s
            write(one.name, start_s, end_s, found.of_clip())
        pictures.draw(one, found)
    if wanted.output:
        assert isinstance(stream, io.StringIO)
        write_whole(wanted.output, stream.getvalue().encode())
    return num_bad, len(asked)


def _ask(
    wanted: Wanted, about: ModelAbout, words: Sequence[str], score_files: ScoreFiles
) -> tuple[list[Asked], Iterable[tuple[Scores | str, float]]]:
    """Finds the clips. Scores each, or gives the reason why not, and its start in s."""
    are_files = all(word.endswith(".npz") for word in words)
    # Where its encoder is at hand, a model of vectors hears recordings.
    can_hear = "encoder" in (about.encoder or {})
    is_of_files = about.representation in (*OPENSMILE_SETS, ENCODED)
    if is_of_files and (are_files or not can_hear):
        # Imports TensorFlow, which otherwise only worker processes do.
        from pathnet_tf.serving.score_functionals import score_functionals_files

        found = score_functionals_files(wanted.model, about, words)
        return [one for one, _ in found], [(scores, 0.0) for _, scores in found]
    asked = find_inputs(words, about.modality)
    clips = [(one.path, one.start_s, one.end_s) for one in asked]
    return asked, score_files(wanted.model, clips, wanted.num_workers)


Write = Callable[[str, float, float, Answer], None]


def _writer(stream: TextIO, style: str, about: ModelAbout) -> Write:
    """Makes a function that writes a row."""

    def row(name: str, start_s: float, end_s: float, answer: Answer) -> dict[str, Any]:
        probabilities = {
            f"probability/{emotion}": round(answer.probabilities[emotion], 6)
            for emotion in about.emotions
        }
        return {
            "file": escaped(name),
            "start": round(start_s, 3),
            "end": round(end_s, 3),
            "label": answer.label,
            "uncertain": answer.is_uncertain,
            **probabilities,
        }

    if style == "jsonl":
        return lambda *of_row: print(json.dumps(row(*of_row)), file=stream, flush=True)
    writer = csv.writer(stream)
    writer.writerow(row("", 0, 0, Answer("", dict.fromkeys(about.emotions, 0), False)))

    def write(*of_row: Any) -> None:
        cells = row(*of_row) | {"uncertain": "yes" if of_row[-1].is_uncertain else "no"}
        writer.writerow(cells.values())
        stream.flush()

    return write


class _Pictures:
    """Draws timelines, if the user wants them."""

    def __init__(self, wanted: Wanted, about: ModelAbout) -> None:
        self._wanted, self._about = wanted, about
        self._taken: set[str] = set()

    def draw(self, asked: Asked, answers: Answers) -> None:
        folder = self._wanted.plot_dir
        if not folder:
            return
        # Imports matplotlib, which takes time.
        from pathnet_tf.serving.timeline_figure import timeline_figure

        path = folder / f"{self._name(asked)}.png"
        if path.exists() and not self._wanted.overwrite:
            raise UsageError(
                f"--plot={folder} holds {path.name} already; name another folder or "
                "--overwrite"
            )
        picture = timeline_figure(
            printable(Path(asked.name).name), list(answers.of_seconds()), self._about
        )
        write_whole(path, picture)

    def _name(self, asked: Asked) -> str:
        """Makes the name of a picture, different from all others."""
        stem = Path(asked.name).stem
        if asked.start_s or asked.end_s is not None:
            stem += f" {asked.start_s:g}-{asked.end_s or 'end'}"
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem} ({number})"
        self._taken.add(name)
        return name
