"""The section of what speakers allow to say: intervals, differences and transfer."""

from pathnet_tf.report.evidence import Evidence
from pathnet_tf.report.markup import paragraph
from pathnet_tf.report.run_statistics import NOTE, difference_table
from pathnet_tf.report.section import Section
from pathnet_tf.report.speaker_counts import (
    METRICS,
    bootstrap_rng,
    confusions_of,
    scored,
)
from pathnet_tf.report.table import Cell, Table
from pathnet_tf.statistics import bootstrap_interval


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
    differences = difference_table([evidence])
    tables = (table, differences) if differences.rows else (table,)
    if differences.rows:
        body += paragraph(NOTE) + differences.to_html()
    return Section("statistics", "What the speakers allow to say", body, tables)
