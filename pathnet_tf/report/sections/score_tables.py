"""The scores of `results.csv` as tables: headline, per emotion and per fold."""

from collections.abc import Sequence

import numpy as np

from pathnet_tf.evaluation.results_csv import LEVELS, POOLED, Row, pooled
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.table import Cell, Change, Table

# These are not scores of held-out data; other tables show them.
NO_SCORES = ("fitness", "num_samples")
NAMES = {
    "war": "WAR",
    "uar": "UAR",
    "uap": "UAP",
    "macro_f1": "macro F1",
    "f1": "F1",
    "auc": "AUC",
}


def metric_name(metric: str) -> str:
    """Gives the usual name of a metric, such as `UAR` for `uar`."""
    return NAMES.get(metric, metric.replace("_", " ").replace("auc", "AUC"))


def levels(rows: Sequence[Row]) -> list[str]:
    """Lists the levels that have been scored, clips first."""
    found = {row.level for row in rows if row.metric == "war"}
    return [level for level in LEVELS if level in found]


def over_folds(
    rows: Sequence[Row], method: str, level: str, metric: str
) -> list[float]:
    """Lists the values of a score, one for each fold and repeat."""
    wanted = (method, level, metric)
    return [
        row.value
        for row in rows
        if (row.method, row.level, row.metric) == wanted and row.fold != POOLED
    ]


def headline_table(evidence: Evidence) -> Table:
    """Shows every overall score: pooled, and as mean and deviation over folds."""
    columns = ["level", "metric"]
    for method in evidence.methods:
        columns += [f"{method} pooled", f"{method} folds", f"{method} SD"]
    compares = len(evidence.methods) == 2
    columns += ["gain"] * compares
    rows = []
    for level in levels(evidence.rows):
        for metric in _overall_metrics(evidence.rows):
            cells: list[Cell] = [level, metric_name(metric)]
            values = []
            for method in evidence.methods:
                values.append(pooled(evidence.rows, method, level, metric))
                folds = over_folds(evidence.rows, method, level, metric)
                cells += [values[-1], _mean(folds), _deviation(folds)]
            rows.append([*cells, Change(values[0] - values[1])] if compares else cells)
    return Table(
        "headline",
        "Scores pooled over folds, and mean with standard deviation over folds",
        columns,
        rows,
        is_leaky=evidence.is_leaky,
    )


def emotion_table(evidence: Evidence, level: str = "clip") -> Table:
    """Makes a row for each emotion: its scores, pooled over folds."""
    families = _families(evidence.rows)
    columns = ["emotion", "samples"]
    for family in families:
        columns += [f"{method} {metric_name(family)}" for method in evidence.methods]
    compares = len(evidence.methods) == 2
    columns += ["recall gain"] * compares
    rows = []
    for emotion in evidence.emotions:
        rows.append([emotion, _num_samples(evidence, level, emotion)])
        for family in families:
            metric = f"{family}/{emotion}"
            rows[-1] += [
                pooled(evidence.rows, method, level, metric)
                for method in evidence.methods
            ]
        if compares:
            first, second = (
                pooled(evidence.rows, method, level, f"recall/{emotion}")
                for method in evidence.methods
            )
            rows[-1].append(Change(first - second))
    caption = f"Scores of each emotion, {level}s, pooled over folds"
    return Table(
        f"emotions_{level}", caption, columns, rows, is_leaky=evidence.is_leaky
    )


def fold_table(evidence: Evidence) -> Table:
    """Makes a row for each fold: WAR and UAR, mean over repeats."""
    of_target = [row for row in evidence.rows if row.stage == "target"]
    folds = dict.fromkeys(row.fold for row in of_target if row.fold != POOLED)
    found = levels(evidence.rows)
    columns = ["fold", "clips"]
    for level in found:
        for metric in ("war", "uar"):
            columns += [f"{m} {level} {metric_name(metric)}" for m in evidence.methods]
    rows = []
    for fold in folds:
        of_fold = [row for row in of_target if row.fold == fold]
        cells: list[Cell] = [fold, _num_clips(of_fold)]
        for level in found:
            for metric in ("war", "uar"):
                cells += [
                    _mean(over_folds(of_fold, method, level, metric))
                    for method in evidence.methods
                ]
        rows.append(cells)
    return Table(
        "folds",
        "Scores of each fold, mean over repeats",
        columns,
        rows,
        is_leaky=evidence.is_leaky,
    )


def _overall_metrics(rows: Sequence[Row]) -> list[str]:
    names = dict.fromkeys(row.metric for row in rows if row.stage == "target")
    return [name for name in names if "/" not in name and name not in NO_SCORES]


def _families(rows: Sequence[Row]) -> list[str]:
    """Lists the metrics that each emotion has, such as `recall`."""
    names = dict.fromkeys(
        row.metric.split("/")[0]
        for row in rows
        if row.stage == "target" and "/" in row.metric
    )
    return [name for name in names if name not in NO_SCORES]


def _num_samples(evidence: Evidence, level: str, emotion: str) -> Cell:
    method, *_ = evidence.methods
    count = pooled(evidence.rows, method, level, f"num_samples/{emotion}")
    return None if np.isnan(count) else round(count)


def _num_clips(rows: Sequence[Row]) -> Cell:
    """Counts the clips of a fold, as the first method and repeat scored it."""
    counts = [
        row
        for row in rows
        if row.level == "clip" and row.metric.startswith("num_samples/")
    ]
    if not counts:
        return None
    first = counts[0]
    return round(
        sum(
            row.value
            for row in counts
            if (row.method, row.repeat) == (first.method, first.repeat)
        )
    )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _deviation(values: Sequence[float]) -> float:
    return float(np.std(values)) if values else float("nan")
