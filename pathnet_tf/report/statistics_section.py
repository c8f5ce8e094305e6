"""What speakers allow to say: intervals, method against method, run against run."""

import itertools
from collections.abc import Sequence

import numpy as np

from pathnet_tf.paired_comparison import PairedComparison, compare, corrected
from pathnet_tf.report.evidence import Evidence
from pathnet_tf.report.markup import paragraph
from pathnet_tf.report.run_names import (
    captioned,
    data_of,
    is_any_leaky,
    plain_method,
    run_name,
)
from pathnet_tf.report.section import Section
from pathnet_tf.report.speaker_counts import (
    METRICS,
    bootstrap_rng,
    confusions_of,
    scored,
)
from pathnet_tf.report.table import Cell, Change, Table
from pathnet_tf.statistics import Interval, bootstrap_interval, speaker_scores

NOTE = (
    "Differences are taken speaker by speaker, over a speaker's held-out clips, "
    "averaged over repeats: between a run's first method and each other one, and "
    "between two runs of the same data by one method. The test is Wilcoxon's "
    "signed-rank test, its p values are corrected by Holm's rule over all comparisons "
    "by the same metric; the effect "
    "is the rank-biserial correlation, 1 where the first one is better for every "
    "speaker."
)


def statistics_section(runs: Sequence[Evidence]) -> Section | None:
    """Intervals over speakers, and what may be said of differences.

    Args:
      runs: One or several, with results or a part of them.

    Returns:
      The section; none where no clip has been scored.
    """
    runs = [run for run in runs if run.clips]
    if not runs:
        return None
    intervals = _intervals(runs)
    warnings = dict.fromkeys(one.warning for *_, one in intervals if one.warning)
    tables = [_interval_table(runs, intervals)]
    body = "".join(paragraph(one, "warning") for one in warnings)
    body += tables[0].to_html()
    if (differences := difference_table(runs)).rows:
        tables.append(differences)
        body += paragraph(NOTE) + differences.to_html()
    title = captioned("What the speakers allow to say", runs)
    return Section("statistics", title, body, tuple(tables))


def difference_table(runs: Sequence[Evidence]) -> Table:
    """Makes a row of every two methods that may be compared, by UAR and by WAR."""
    rows: list[list[Cell]] = [
        [
            one.first,
            one.second,
            one.metric,
            one.verdict(),
            Change(one.mean_difference),
            f"{one.effect:+.2f}",
            "< 0.001" if one.p_value < 0.001 else f"{one.p_value:.3f}",
            len(one.differences),
        ]
        for one in corrected(_comparisons(runs))
    ]
    columns = ["first", "second", "metric", "verdict", "first - second", "effect"]
    columns += ["p after Holm", "speakers"]
    caption = captioned("One against another, speaker by speaker", runs)
    return Table("differences", caption, columns, rows, is_any_leaky(runs))


def _intervals(runs: Sequence[Evidence]) -> list[tuple[Evidence, str, str, Interval]]:
    found = []
    for run in runs:
        for method in run.methods:
            counts = scored(confusions_of(run, method, _speakers(run)))
            for name, metric in METRICS.items():
                interval = bootstrap_interval(counts, metric, rng=bootstrap_rng(run))
                found.append((run, method, name, interval))
    return found


def _interval_table(
    runs: Sequence[Evidence], intervals: Sequence[tuple[Evidence, str, str, Interval]]
) -> Table:
    rows: list[list[Cell]] = [
        [run_name(run), method, name, one.estimate, one.low, one.high, one.num_speakers]
        for run, method, name, one in intervals
    ]
    columns = ["run", "method", "metric", "score", "low", "high", "speakers"]
    if len(runs) == 1:
        columns, rows = columns[1:], [row[1:] for row in rows]
    caption = "Clip scores with 95 % intervals, bootstrap over speakers"
    caption = captioned(caption, runs)
    return Table("intervals", caption, columns, rows, is_any_leaky(runs))


def _comparisons(runs: Sequence[Evidence]) -> list[PairedComparison]:
    every = [(run, method) for run in runs for method in run.methods]
    comparisons = []
    for one, other in itertools.combinations(every, 2):
        if not _is_comparable(one, other):
            continue
        # Who is not in both has no score on one side.
        speakers = sorted({*_speakers(one[0]), *_speakers(other[0])})
        sides = [
            confusions_of(*side, speakers, _shared(one, other)) for side in (one, other)
        ]
        first, second = (
            method if len(runs) == 1 else f"{run_name(run)}: {method}"
            for run, method in (one, other)
        )
        for metric_name, metric in METRICS.items():
            scores = [speaker_scores(side, metric) for side in sides]
            is_both = np.isfinite(scores[0]) & np.isfinite(scores[1])
            if is_both.any():
                values = [side[is_both] for side in scores]
                comparisons.append(compare(first, second, metric_name, *values))
    return comparisons


def _is_comparable(one: tuple[Evidence, str], other: tuple[Evidence, str]) -> bool:
    """Whether a difference is to a run's first method, or of the run alone."""
    if one[0] is other[0]:
        return one[1] == one[0].methods[0]
    is_same_method = plain_method(one[1]) == plain_method(other[1])
    return is_same_method and data_of(one[0]) == data_of(other[0])


def _shared(
    one: tuple[Evidence, str], other: tuple[Evidence, str]
) -> set[tuple[int, str]] | None:
    """Repeats and folds that both methods of a run have done, who may be half-way.

    Folds of two runs need not be the same; there all count.
    """
    if one[0] is not other[0]:
        return None
    done = [
        {(table.repeat, table.fold) for table in run.clips if table.method == method}
        for run, method in (one, other)
    ]
    return done[0] & done[1]


def _speakers(run: Evidence) -> list[str]:
    return sorted({name for table in run.clips for name in table.speakers})
