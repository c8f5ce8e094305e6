"""Reads the `results.csv` and `predictions.csv` of a run."""

import csv
import dataclasses
import io
from collections.abc import Iterable

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.evaluation.fold_scores import ClipScores, clip_labels
from pathnet_tf.evaluation.results_csv import Row, method_label
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import AnyPath

PROBABILITY = "probability/"


@dataclasses.dataclass(frozen=True, eq=False)
class ClipTable:
    """What one method decided about the held-out clips of one fold.

    Attributes:
      method: Method as `results.csv` names it, such as `transfer` or `transfer LEAKY`.
      repeat: Number of the repeat, from 0.
      fold: Name of the fold.
      keys: Key of each clip.
      speakers: Speaker of each clip.
      truth: int64 `[num_clips]`, indices into the emotions.
      prediction: int64 `[num_clips]`, indices into the emotions.
      probabilities: float64 `[num_clips, num_classes]`.
    """

    method: str
    repeat: int
    fold: str
    keys: tuple[str, ...]
    speakers: tuple[str, ...]
    truth: np.ndarray
    prediction: np.ndarray
    probabilities: np.ndarray


def read_results(path: AnyPath) -> list[Row]:
    """Reads `results.csv`.

    Raises:
      DataError: The file cannot be parsed.
    """
    try:
        return [
            Row(
                line["method"],
                line["stage"],
                line["fold"],
                int(line["repeat"]),
                line["level"],
                line["metric"],
                float(line["value"]),
            )
            for line in _lines(path)
        ]
    except (KeyError, ValueError, TypeError) as error:
        raise _broken(path, error) from error


def read_predictions(path: AnyPath) -> tuple[tuple[str, ...], list[ClipTable]]:
    """Reads `predictions.csv`.

    Returns:
      The declared emotions, and a table for each method, repeat and fold.

    Raises:
      DataError: The file cannot be parsed.
    """
    groups: dict[tuple[str, int, str], list[dict[str, str]]] = {}
    emotions: tuple[str, ...] = ()
    try:
        for line in _lines(path):
            emotions = emotions or tuple(
                name.removeprefix(PROBABILITY)
                for name in line
                if name.startswith(PROBABILITY)
            )
            key = (line["method"], int(line["repeat"]), line["fold"])
            groups.setdefault(key, []).append(line)
        return emotions, [
            _clip_table(key, lines, emotions) for key, lines in groups.items()
        ]
    except (KeyError, ValueError, TypeError) as error:
        raise _broken(path, error) from error


def clip_tables(
    scores: Iterable[ClipScores], target: Dataset, *, is_leaky: bool
) -> list[ClipTable]:
    """Makes the tables that `read_predictions` reads, of a run that is not finished.

    Args:
      scores: Clip scores of the folds that are done.
      target: The dataset that the scores are of.
      is_leaky: Whether the protocol is LEAKY, which the names of methods then say.

    Returns:
      A table for each of `scores`.
    """
    labels = clip_labels(target)
    return [
        ClipTable(
            method_label(fold.method, is_leaky),
            fold.repeat,
            fold.fold,
            tuple(target.clips[clip].key for clip in fold.clips),
            tuple(target.speakers[clip] for clip in fold.clips),
            labels[fold.clips],
            fold.log_probabilities.argmax(axis=1),
            np.exp(fold.log_probabilities),
        )
        for fold in scores
    ]


def _clip_table(
    key: tuple[str, int, str],
    lines: list[dict[str, str]],
    emotions: tuple[str, ...],
) -> ClipTable:
    place = {emotion: index for index, emotion in enumerate(emotions)}
    return ClipTable(
        *key,
        tuple(line["clip"] for line in lines),
        tuple(line["speaker"] for line in lines),
        np.array([place[line["truth"]] for line in lines]),
        np.array([place[line["prediction"]] for line in lines]),
        np.array(
            [[float(line[PROBABILITY + name]) for name in emotions] for line in lines]
        ),
    )


def _lines(path: AnyPath) -> list[dict[str, str]]:
    stream = io.StringIO(path.read_text(encoding="utf-8"), newline="")
    return list(csv.DictReader(stream))


def _broken(path: AnyPath, error: Exception) -> DataError:
    return DataError(
        f"{path} cannot be read ({error!r}); make it again with python -m "
        f"pathnet_tf.merge --run_dir={path.parent}"
    )
