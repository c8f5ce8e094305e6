"""The section of pictures of scores: confusions, ROC, recalls and learning curves."""

import numpy as np

from pathnet_tf.evaluation import metrics
from pathnet_tf.evaluation.results_csv import method_label
from pathnet_tf.figures.curve_figures import curves_figure, speaker_figure
from pathnet_tf.figures.score_figures import (
    confusion_figure,
    recall_figure,
    roc_figure,
)
from pathnet_tf.report.evidence.result_files import ClipTable
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.captioned import marked
from pathnet_tf.report.html.section import Picture, Section
from pathnet_tf.report.sections.speakers import speaker_scores

CURVE = "clip_uar"


def score_picture_section(evidence: Evidence) -> Section | None:
    """Draws the scores of held-out clips; None if no clip has been scored."""
    if not evidence.clips:
        return None
    pictures = [_recalls(evidence)]
    if curves := _curves(evidence):
        figure = curves_figure(curves, metric="clip UAR", title=_title(evidence))
        caption = "Held-out learning curves, a band over folds and repeats"
        pictures.append(Picture("curves", caption, figure, is_leaky=evidence.is_leaky))
    methods = list(enumerate(evidence.methods, start=1))
    pictures += [_confusion(evidence, method, place) for place, method in methods]
    for place, method in methods:
        pictures += _roc(evidence, method, place)
    pictures.append(_speakers(evidence))
    return Section("pictures", "Pictures", pictures=tuple(pictures))


def _confusion(evidence: Evidence, method: str, place: int) -> Picture:
    """Draws the confusion matrix of all held-out clips of all repeats."""
    tables = _tables(evidence, method)
    confusion = metrics.confusion_matrix(
        np.concatenate([table.truth for table in tables]),
        np.concatenate([table.prediction for table in tables]),
        len(evidence.emotions),
    )
    title = marked(f"Clips decided by {method}", evidence.is_leaky)
    figure = confusion_figure(confusion, evidence.emotions, title=title)
    return Picture(f"confusion_{place}", title, figure, is_leaky=evidence.is_leaky)


def _roc(evidence: Evidence, method: str, place: int) -> list[Picture]:
    """Draws the ROC curves of the same clips; empty if they have only one emotion."""
    tables = _tables(evidence, method)
    truth = np.concatenate([table.truth for table in tables])
    if len(np.unique(truth)) < 2:
        return []
    probabilities = np.concatenate([table.probabilities for table in tables])
    title = marked(f"ROC of clips, {method}", evidence.is_leaky)
    figure = roc_figure(truth, probabilities, evidence.emotions, title=title)
    return [Picture(f"roc_{place}", title, figure, is_leaky=evidence.is_leaky)]


def _tables(evidence: Evidence, method: str) -> list[ClipTable]:
    return [table for table in evidence.clips if table.method == method]


def _recalls(evidence: Evidence) -> Picture:
    recalls: dict[str, list[np.ndarray]] = {}
    for method in evidence.methods:
        parts = _tables(evidence, method)
        for repeat in sorted({table.repeat for table in parts}):
            of_repeat = [table for table in parts if table.repeat == repeat]
            confusion = metrics.confusion_matrix(
                np.concatenate([table.truth for table in of_repeat]),
                np.concatenate([table.prediction for table in of_repeat]),
                len(evidence.emotions),
            )
            recalls.setdefault(method, []).append(metrics.recalls(confusion))
    figure = recall_figure(recalls, evidence.emotions, title=_title(evidence))
    caption = "Recall of each emotion, clips"
    return Picture("recalls", caption, figure, is_leaky=evidence.is_leaky)


def _speakers(evidence: Evidence) -> Picture:
    values: dict[str, dict[str, float]] = {method: {} for method in evidence.methods}
    for speaker, scores in speaker_scores(evidence).items():
        for method, score in scores.items():
            values[method][speaker] = score.uar
    figure = speaker_figure(values, metric="clip UAR", title=_title(evidence))
    caption = "Each speaker under every method"
    return Picture("speakers", caption, figure, is_leaky=evidence.is_leaky)


def _curves(evidence: Evidence) -> dict[str, np.ndarray]:
    """Reads the held-out clip UAR of each generation.

    Returns:
      For each method, float64 `[num_searches, num_generations]`, in [0, 1]; NaN after
      the last generation of a shorter search.
    """
    rows: dict[str, list[list[float]]] = {}
    for search in evidence.searches:
        if search.stage != "target":
            continue
        held_out = [one.get("held_out", {}) for one in search.history()]
        values = [one[CURVE] for one in held_out if CURVE in one]
        if values:
            label = method_label(search.method, evidence.is_leaky)
            rows.setdefault(label, []).append(values)
    longest = max(
        (len(row) for of_method in rows.values() for row in of_method), default=0
    )
    return {
        method: np.array(
            [row + [np.nan] * (longest - len(row)) for row in rows[method]]
        )
        for method in evidence.methods
        if method in rows
    }


def _title(evidence: Evidence) -> str:
    return marked("Held-out clips", evidence.is_leaky)
