"""The section of how well the sources are recognized after the target was learned."""

from pathnet_tf.evaluation.results_csv import method_label
from pathnet_tf.evaluation.retention import retentions
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.section import Section
from pathnet_tf.report.html.table import Cell, Change, Table

NOTE = (
    "The sources' own recordings, which the network learned them from, each by its "
    "source's pathway and head. What changes is what was forgotten over the target."
)


def retention_section(evidence: Evidence) -> Section | None:
    """Compares the sources' scores before and after; None if they were not scored."""
    found = retentions(evidence.sources, evidence.units)
    if not found:
        return None
    rows: list[list[Cell]] = [
        [
            method_label(one.method, evidence.is_leaky),
            one.task,
            one.before,
            one.after,
            Change(one.change),
            f"{one.num_unchanged} of {one.num_folds}",
        ]
        for one in found
    ]
    columns = ["method", "source", "UAR before", "UAR after", "change"]
    columns.append("folds that change nothing")
    caption = "Clip UAR of the sources before and after the target"
    table = Table("retention", caption, columns, rows, is_leaky=evidence.is_leaky)
    return Section("retention", "What is kept of the sources", (table,), note=NOTE)
