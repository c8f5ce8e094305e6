"""Writes the table of pooled scores for the terminal."""

from collections.abc import Sequence

import numpy as np

from pathnet_tf.evaluation.results_csv import LEVELS, POOLED, Row, pooled

# The number of methods that fit side by side on a terminal.
MOST_COLUMNS = 6
TABLE_METRICS = {"war": "WAR", "uar": "UAR", "macro_f1": "macro F1"}


def results_table(rows: Sequence[Row], emotions: Sequence[str]) -> str:
    """Writes pooled scores as a table.

    Args:
      rows: From `result_rows` or `clip_rows`.
      emotions: Declared classes.

    Returns:
      Lines of text: WAR, UAR and macro F1 at each level, pooled over folds (mean over
      repeats) and as mean with standard deviation over folds; then recalls at clip
      level. Up to `MOST_COLUMNS` methods stand side by side, and more methods one below
      the other.
    """
    methods = list(dict.fromkeys(row.method for row in rows if row.stage == "target"))
    levels = {row.level for row in rows if row.metric == "war"}
    if len(methods) > MOST_COLUMNS:
        return _long_table(rows, methods, [one for one in LEVELS if one in levels])
    compares = len(methods) == 2
    head = [f"{method:>24}" for method in methods] + ["      gain"] * compares
    lines = [f"{'':22}" + "".join(head)]
    lines.append(f"{'':22}" + f"{'pooled  (over folds)':>24}" * len(methods))
    for level in (level for level in LEVELS if level in levels):
        for metric, title in TABLE_METRICS.items():
            name = f"{level} {title}"
            lines.append(
                _table_line(rows, methods, name, level, metric, with_folds=True)
            )
    for emotion in emotions:
        name = f"clip recall {emotion}"
        lines.append(_table_line(rows, methods, name, "clip", f"recall/{emotion}"))
    return "\n".join(lines)


def _long_table(
    rows: Sequence[Row], methods: Sequence[str], levels: Sequence[str]
) -> str:
    """Writes one line for each method, without recalls."""
    columns = [(level, metric) for level in levels for metric in TABLE_METRICS]
    head = "".join(f"{level + ' ' + TABLE_METRICS[m]:>18}" for level, m in columns)
    lines = [f"{'':22}{head}"]
    for method in methods:
        values = "".join(
            f"{pooled(rows, method, level, metric):18.3f}" for level, metric in columns
        )
        lines.append(f"{method:22}{values}")
    return "\n".join(lines)


def _table_line(
    rows: Sequence[Row],
    methods: Sequence[str],
    name: str,
    level: str,
    metric: str,
    with_folds: bool = False,
) -> str:
    cells, scores = [], []
    for method in methods:
        of_metric = [
            row
            for row in rows
            if (row.method, row.level, row.metric) == (method, level, metric)
        ]
        score = pooled(rows, method, level, metric)
        folds = [row.value for row in of_metric if row.fold != POOLED]
        spread = f"  ({np.mean(folds):.3f} ± {np.std(folds):.3f})" if with_folds else ""
        cells.append(
            f"{score:.3f}{spread}".rjust(24) if with_folds else f"{score:8.3f}{'':16}"
        )
        scores.append(score)
    if len(methods) == 2:
        cells.append(f"{scores[0] - scores[1]:+10.3f}")
    return f"{name:22}" + "".join(cells)
