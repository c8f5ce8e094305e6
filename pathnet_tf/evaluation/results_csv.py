"""Turns held-out scores into the rows of `results.csv` and `predictions.csv`."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from pathnet_tf.data.dataset import ALL_SPEAKERS, Dataset
from pathnet_tf.evaluation import metrics, roc
from pathnet_tf.evaluation.fold_scores import (
    ClipScores,
    FoldScores,
    LearnedSource,
    clip_labels,
)
from pathnet_tf.runtime.csv_table import table_text
from pathnet_tf.runtime.storage import AnyPath, write_whole

POOLED = "pooled"
LEVELS = ("clip", "segment")

# At each level, truth int [num_samples] and log-probabilities float [num_samples,
# num_classes] of a fold's samples.
Scored = Mapping[str, tuple[np.ndarray, np.ndarray]]


@dataclasses.dataclass(frozen=True)
class Row:
    """One row of `results.csv`, whose columns are these fields."""

    method: str
    stage: str
    fold: str
    repeat: int
    level: str
    metric: str
    value: float


def source_rows(sources: Sequence[LearnedSource]) -> list[Row]:
    """Makes rows of how well each source task recognizes the data it was trained on."""
    rows = []
    for source in sources:
        key = ("transfer", source.task, ALL_SPEAKERS, source.repeat)
        rows.append(Row(*key, "segment", "fitness", source.fitness))
        if source.score:
            rows.append(Row(*key, "clip", "kept_war", source.score.war))
            rows.append(Row(*key, "clip", "kept_uar", source.score.uar))
    return rows


def kept_rows(scores: Sequence[FoldScores], *, is_leaky: bool) -> list[Row]:
    """Makes rows of how well sources are recognized after each fold of the target."""
    rows = []
    for fold in scores:
        for kept in fold.source_scores:
            method = method_label(fold.method, is_leaky)
            key = (method, kept.task, fold.fold, fold.repeat, "clip")
            rows.append(Row(*key, "kept_war", kept.war))
            rows.append(Row(*key, "kept_uar", kept.uar))
    return rows


def result_rows(
    scores: Sequence[FoldScores], target: Dataset, *, is_leaky: bool
) -> list[Row]:
    """Scores every fold, and the pooled folds of each repeat.

    Args:
      scores: Held-out scores.
      target: The target dataset.
      is_leaky: Whether the protocol lets speakers stand on both sides of a fold. If so,
        the rows say LEAKY after the name of the method.

    Returns:
      Rows of WAR, UAR, UAP, macro F1 and AUC, and of recall, precision, AUC and number
      of samples per emotion, at clip and segment level; and of each fold's fitness on
      its training speakers. The AUC of an emotion that a fold lacks is NaN.
    """
    rows = []
    groups: dict[tuple[str, int], list[FoldScores]] = {}
    for fold in scores:
        groups.setdefault((fold.method, fold.repeat), []).append(fold)
    for (method, repeat), folds in groups.items():
        rows += _rows_of_repeat(
            method_label(method, is_leaky),
            repeat,
            {fold.fold: _scored(fold, target) for fold in folds},
            target.emotions,
            fitness={fold.fold: fold.fitness for fold in folds},
        )
    return rows


def clip_rows(
    scores: Sequence[ClipScores], target: Dataset, *, is_leaky: bool
) -> list[Row]:
    """Scores every fold, and the pooled folds of each repeat, at clip level alone.

    Args:
      scores: Scores of held-out clips.
      target: The target dataset.
      is_leaky: See `result_rows`.

    Returns:
      The rows of `result_rows` at clip level, without fitness.
    """
    labels = clip_labels(target)
    rows = []
    groups: dict[tuple[str, int], list[ClipScores]] = {}
    for fold in scores:
        groups.setdefault((fold.method, fold.repeat), []).append(fold)
    for (method, repeat), folds in groups.items():
        scored = {
            fold.fold: {"clip": (labels[fold.clips], fold.log_probabilities)}
            for fold in folds
        }
        label = method_label(method, is_leaky)
        rows += _rows_of_repeat(label, repeat, scored, target.emotions)
    return rows


def method_label(method: str, is_leaky: bool) -> str:
    """The name of a method in files and tables, with LEAKY if its folds leak."""
    return f"{method} LEAKY" if is_leaky else method


def write_results(path: AnyPath, rows: Iterable[Row]) -> None:
    """Writes `results.csv`, whole or not at all."""
    columns = [field.name for field in dataclasses.fields(Row)]
    write_csv(path, columns, map(dataclasses.astuple, rows))


def write_predictions(
    path: AnyPath, scores: Sequence[ClipScores], target: Dataset, *, is_leaky: bool
) -> None:
    """Writes `predictions.csv`, one row for each held-out clip, whole or not at all."""
    probabilities = [f"probability/{emotion}" for emotion in target.emotions]
    columns = ["method", "repeat", "fold", "speaker", "clip", "truth", "prediction"]
    rows = []
    for fold in scores:
        method = method_label(fold.method, is_leaky)
        values = np.exp(fold.log_probabilities)
        for clip, row in zip(fold.clips, values, strict=True):
            rows.append(
                [
                    method,
                    fold.repeat,
                    fold.fold,
                    target.speakers[clip],
                    target.clips[clip].key,
                    target.clips[clip].emotion,
                    target.emotions[int(row.argmax())],
                    *(f"{value:.6f}" for value in row),
                ]
            )
    write_csv(path, columns + probabilities, rows)


def write_csv(path: AnyPath, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Writes a table with column names, whole or not at all."""
    write_whole(path, table_text([columns, *rows]).encode())


def pooled(rows: Sequence[Row], method: str, level: str, metric: str) -> float:
    """Finds a score pooled over folds.

    Args:
      rows: Rows of `results.csv`.
      method: Name of the method, as in the rows.
      level: One of `LEVELS`.
      metric: Name of the metric, such as `uar`.

    Returns:
      The mean over repeats; NaN if the rows have no such score.
    """
    wanted = (method, level, metric, POOLED)
    found = [
        row.value
        for row in rows
        if (row.method, row.level, row.metric, row.fold) == wanted
    ]
    return float(np.mean(found)) if found else float("nan")


def _rows_of_repeat(
    method: str,
    repeat: int,
    folds: Mapping[str, Scored],
    emotions: Sequence[str],
    fitness: Mapping[str, float] | None = None,
) -> list[Row]:
    """Makes the rows of each fold, then the rows of all folds pooled."""
    rows = []
    pooled: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for fold, scored in folds.items():
        if fitness:
            key = (method, "target", fold, repeat, "segment")
            rows.append(Row(*key, "fitness", fitness[fold]))
        for level, sides in scored.items():
            pooled.setdefault(level, []).append(sides)
            key = (method, "target", fold, repeat, level)
            rows += _metric_rows(key, *sides, emotions)
    for level, parts in pooled.items():
        truth, scores = (np.concatenate(side) for side in zip(*parts, strict=True))
        key = (method, "target", POOLED, repeat, level)
        rows += _metric_rows(key, truth, scores, emotions)
    return rows


def _scored(fold: FoldScores, target: Dataset) -> Scored:
    return metrics.levels(
        fold.log_probabilities, target.labels[fold.test], target.clip[fold.test]
    )


def _metric_rows(
    key: tuple[str, str, str, int, str],
    truth: np.ndarray,
    log_probabilities: np.ndarray,
    emotions: Sequence[str],
) -> list[Row]:
    """Makes rows from truth int `[num_samples]` and `[num_samples, num_classes]`."""
    prediction = log_probabilities.argmax(axis=1)
    confusion = metrics.confusion_matrix(truth, prediction, len(emotions))
    areas = roc.areas(truth, np.exp(log_probabilities.astype(np.float64)))
    rows = [
        Row(*key, "war", metrics.war(confusion)),
        Row(*key, "uar", metrics.uar(confusion)),
        Row(*key, "uap", metrics.uap(confusion)),
        Row(*key, "macro_f1", metrics.macro_f1(confusion)),
        Row(*key, "auc_micro", areas.micro),
        Row(*key, "auc_macro", areas.macro),
    ]
    of_emotion = {
        "recall": metrics.recalls(confusion),
        "num_samples": confusion.sum(axis=1),
        "precision": metrics.precisions(confusion),
        "auc": areas.of_class,
    }
    for place, emotion in enumerate(emotions):
        for metric, values in of_emotion.items():
            rows.append(Row(*key, f"{metric}/{emotion}", float(values[place])))
    return rows
