"""The section of intervals and significance tests over speakers."""

import itertools
from collections.abc import Sequence

from pathnet_tf.evaluation.paired_comparison import (
    PairedComparison,
    compare_counts,
    corrected,
)
from pathnet_tf.evaluation.significance import Interval, bootstrap_interval
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.section import Section
from pathnet_tf.report.html.table import Cell, Change, Table
from pathnet_tf.report.names import (
    captioned,
    data_of,
    is_any_leaky,
    plain_method,
    run_name,
)
from pathnet_tf.report.sections.speaker_counts import (
    METRICS,
    bootstrap_rng,
    confusions_of,
    paired_confusions,
    scored,
    speakers_of,
)


def statistics_section(runs: Sequence[Evidence]) -> Section | None:
    """Shows intervals of scores and tests of differences, both over speakers.

    Args:
      runs: One run or several; they need not be finished.

    Returns:
      The section; None if no clip has been scored.
    """
    runs = [run for run in runs if run.clips]
    if not runs:
        return None
    intervals = _intervals(runs)
    warnings = dict.fromkeys(one.warning for *_, one in intervals if one.warning)
    tables = [_interval_table(runs, intervals)]
    if (differences := difference_table(runs)).rows:
        tables.append(differences)
    return Section(
        "statistics",
        captioned("What the speakers allow to say", runs),
        tuple(tables),
        template="significance.html",
        content={"warnings": list(warnings)},
    )


def difference_table(runs: Sequence[Evidence]) -> Table:
    """Makes a row for each two methods that can be compared, by UAR and by WAR."""
    rows: list[list[Cell]] = [
        [
            one.first,
            one.second,
            one.metric,
            one.verdict(),
            Change(one.mean_difference),
            f"{one.effect:+.2f}",
            "< 0.001" if one.p_value < 0.001 else f"{one.p_value:.3f}",
            *_pooled(one.pooled),
            len(one.differences),
        ]
        for one in corrected(_comparisons(runs))
    ]
    columns = ["first", "second", "metric", "verdict", "first - second", "effect"]
    columns += ["p after Holm", "pooled difference", "low", "high"]
    columns += ["speakers"]
    caption = captioned("One against another, speaker by speaker", runs)
    return Table("differences", caption, columns, rows, is_leaky=is_any_leaky(runs))


def _pooled(difference: Interval | None) -> list[Cell]:
    """Gives the cells of a pooled difference: estimate, and ends of its interval."""
    if difference is None:
        return [None] * 3
    return [Change(difference.estimate), difference.low, difference.high]


def _intervals(runs: Sequence[Evidence]) -> list[tuple[Evidence, str, str, Interval]]:
    found = []
    for run in runs:
        for method in run.methods:
            counts = scored(confusions_of(run, method, speakers_of(run)))
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
    return Table("intervals", caption, columns, rows, is_leaky=is_any_leaky(runs))


def _comparisons(runs: Sequence[Evidence]) -> list[PairedComparison]:
    every = [(run, method) for run in runs for method in run.methods]
    comparisons = []
    for one, other in itertools.combinations(every, 2):
        if not _is_comparable(one, other):
            continue
        first, second = (
            method if len(runs) == 1 else f"{run_name(run)}: {method}"
            for run, method in (one, other)
        )
        sides = paired_confusions(one, other)
        for name, metric in METRICS.items():
            rng = bootstrap_rng(one[0])
            made = compare_counts(first, second, name, metric, sides, rng=rng)
            comparisons += [made] if made else []
    return comparisons


def _is_comparable(one: tuple[Evidence, str], other: tuple[Evidence, str]) -> bool:
    """Tells whether two methods are compared.

    Those of one run are if the first of them is the run's first method; those of two
    runs are if they are the same method on the same data.
    """
    if one[0] is other[0]:
        return one[1] == one[0].methods[0]
    is_same_method = plain_method(one[1]) == plain_method(other[1])
    return is_same_method and data_of(one[0]) == data_of(other[0])
