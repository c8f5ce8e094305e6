"""The section of what speakers allow to say: intervals, differences and transfer."""

import itertools

import numpy as np

from pathnet_tf import metrics
from pathnet_tf.method_comparison import BOOTSTRAP
from pathnet_tf.paired_comparison import compare, corrected
from pathnet_tf.report.evidence import Evidence
from pathnet_tf.report.markup import bullets, heading, paragraph
from pathnet_tf.report.section import Section
from pathnet_tf.report.table import Cell, Table
from pathnet_tf.statistics import bootstrap_interval, speaker_scores
from pathnet_tf.streams import stream

METRICS = {"UAR": metrics.uars, "WAR": metrics.wars}


def statistics_section(evidence: Evidence) -> Section | None:
    """Intervals over speakers, and the methods against each other."""
    if not evidence.clips:
        return None
    speakers = sorted({name for table in evidence.clips for name in table.speakers})
    counts = {one: confusions_of(evidence, one, speakers) for one in evidence.methods}
    rows: list[list[Cell]] = []
    warnings = []
    for method, confusions in counts.items():
        for name, metric in METRICS.items():
            rng = bootstrap_rng(evidence)
            interval = bootstrap_interval(scored(confusions), metric, rng=rng)
            rows.append([method, name, interval.estimate, interval.low, interval.high])
            warnings.append(interval.warning)
    table = Table(
        "intervals",
        "Clip scores with 95 % intervals, bootstrap over speakers",
        ["method", "metric", "score", "low", "high"],
        rows,
        evidence.is_leaky,
    )
    body = "".join(paragraph(one, "warning") for one in dict.fromkeys(warnings) if one)
    body += table.to_html()
    if sentences := _sentences(counts):
        title = "One method against another, speaker by speaker"
        body += heading(3, title, is_leaky=evidence.is_leaky) + bullets(sentences)
    return Section("statistics", "What the speakers allow to say", body, (table,))


def bootstrap_rng(evidence: Evidence) -> np.random.Generator:
    """Draws speakers as `method_comparison` does: pages and terminal agree."""
    return stream(evidence.environment.get("seed") or 0, BOOTSTRAP)


def confusions_of(
    evidence: Evidence,
    method: str,
    speakers: list[str],
    only: set[tuple[int, str]] | None = None,
) -> np.ndarray:
    """Counts decisions of clips.

    Args:
      evidence: The run.
      method: A method, as the results name it.
      speakers: Their order.
      only: Repeats and folds to count; all if not given.

    Returns:
      int64 `[num_repeats, num_speakers, num_classes, num_classes]`.
    """
    tables = [
        table
        for table in evidence.clips
        if table.method == method
        and (only is None or (table.repeat, table.fold) in only)
    ]
    repeats = sorted({table.repeat for table in tables})
    size = len(evidence.emotions)
    counts = np.zeros((len(repeats), len(speakers), size, size), np.int64)
    for table in tables:
        places = np.array([speakers.index(name) for name in table.speakers])
        cells = (places, table.truth, table.prediction)
        np.add.at(counts[repeats.index(table.repeat)], cells, 1)
    return counts


def scored(confusions: np.ndarray) -> np.ndarray:
    """Keeps the speakers that were scored, of a run that stopped half-way.

    Args:
      confusions: From `confusions_of`.

    Returns:
      The same without the other speakers.
    """
    return confusions[:, confusions.sum(axis=(0, 2, 3)) > 0]


def _sentences(counts: dict[str, np.ndarray]) -> list[str]:
    comparisons = []
    for first, second in itertools.combinations(counts, 2):
        for name, metric in METRICS.items():
            scores = [speaker_scores(counts[one], metric) for one in (first, second)]
            is_both = np.isfinite(scores[0]) & np.isfinite(scores[1])
            if is_both.any():
                sides = [side[is_both] for side in scores]
                comparisons.append(compare(first, second, name, *sides))
    return [comparison.words() for comparison in corrected(comparisons)]
