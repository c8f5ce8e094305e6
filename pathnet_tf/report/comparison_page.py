"""The page that compares several runs: protocols, scores, and what a leak adds."""

import os
import urllib.parse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pathnet_tf.data.dataset_card import SYNTHESIZED
from pathnet_tf.data.speaker_folds import PROTOCOL_NAMES
from pathnet_tf.evaluation.results_csv import POOLED, pooled
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.captioned import LEAKY
from pathnet_tf.report.html.rendering import render
from pathnet_tf.report.html.section import Section
from pathnet_tf.report.html.table import Cell, Change, Code, Link, Table
from pathnet_tf.report.names import (
    captioned,
    data_of,
    experiment_name,
    is_any_leaky,
    plain_method,
    run_name,
    training_speakers_words,
)
from pathnet_tf.report.sections.few_speakers import few_speakers_section
from pathnet_tf.report.sections.protocol import UNKNOWN, command, normalization_words
from pathnet_tf.report.sections.score_tables import levels, metric_name, over_folds
from pathnet_tf.report.sections.significance import statistics_section
from pathnet_tf.runtime.storage import AnyPath

METRICS = ("uar", "war")


def comparison_sections(
    runs: Sequence[Evidence], output: AnyPath, report_name: str
) -> list[Section]:
    """Makes the sections of a page that compares runs.

    Args:
      runs: At least two.
      output: File that the page will be written to.
      report_name: File name of a run's own page. The table of runs links to it where it
        exists in the run's folder.

    Returns:
      The sections, in the order of the page.
    """
    sections = [
        _protocols(runs, output, report_name),
        _scores(runs),
        few_speakers_section(runs),
        statistics_section(runs),
        _commands(runs),
    ]
    return [section for section in sections if section]


def comparison_page(runs: Sequence[Evidence], sections: Sequence[Section]) -> str:
    """Lays out the page.

    Args:
      runs: Those of `comparison_sections`.
      sections: From `comparison_sections`.

    Returns:
      HTML. Where all runs are LEAKY, every heading says so.
    """
    leaky = [run for run in runs if run.is_leaky]
    title = f"{len(runs)} runs compared"
    if leaky and len(leaky) < len(runs):
        title += f" ({len(leaky)} of them {LEAKY})"
    experiments = "; ".join(dict.fromkeys(map(experiment_name, runs)))
    return render(
        "page.html",
        title=title,
        subtitle=experiments,
        sections=sections,
        is_leaky=len(leaky) == len(runs),
        notice=SYNTHESIZED if any(run.is_synthesized for run in runs) else "",
    )


def _protocols(runs: Sequence[Evidence], output: AnyPath, report_name: str) -> Section:
    rows: list[list[Cell]] = []
    for run in runs:
        folds = {row.fold for row in run.rows if row.stage == "target"} - {POOLED}
        settings = run.settings
        rows.append(
            [
                _named(run, output, report_name),
                experiment_name(run),
                PROTOCOL_NAMES.get(run.protocol, UNKNOWN),
                len(folds),
                training_speakers_words(run),
                normalization_words(run),
                settings.repeats if settings else None,
                settings.tasks.learning.search.generations if settings else None,
                settings.seed if settings else None,
                Code((run.target.hash_then if run.target else None) or UNKNOWN),
                "finished" if run.is_finished else f"{len(run.missing)} units missing",
            ]
        )
    columns = ["run", "experiment", "protocol", "folds", "training speakers"]
    columns += ["normalization", "repeats", "generations", "seed"]
    columns += ["target's sha256", "state"]
    caption = captioned("What each run is", runs)
    table = Table("runs", caption, columns, rows, is_leaky=is_any_leaky(runs))
    return Section(
        "protocol",
        "Protocols",
        (table,),
        template="compared_runs.html",
        content={"warnings": _warnings(runs)},
    )


def _warnings(runs: Sequence[Evidence]) -> list[str]:
    lines = []
    if is_any_leaky(runs):
        lines.append(
            "LEAKY runs have the same speakers in training and test; what they are "
            "above the others is the leak."
        )
    if any(run.protocol == "random_segment" for run in runs):
        lines.append(
            "Under random_segment a clip's parts in different folds are decided apart, "
            "each from a few segments: compare its segments, not its clips."
        )
    if len({data_of(run) for run in runs}) > 1:
        lines.append(
            "Not all runs have the same target and emotions; only those that do can "
            "be compared number by number."
        )
    if any(not run.is_finished for run in runs):
        lines.append("Runs that stopped half-way are scored on the folds they did.")
    return lines


def _scores(runs: Sequence[Evidence]) -> Section:
    table, leak = score_table(runs), leak_table(runs)
    content = {
        "chart_title": captioned("Clip UAR, pooled over folds", runs),
        "bars": _bars(runs),
        "is_any_leaky": is_any_leaky(runs),
    }
    return Section(
        "scores",
        captioned("Scores", runs),
        (table, leak) if leak.rows else (table,),
        template="compared_scores.html",
        content=content,
    )


def score_table(runs: Sequence[Evidence]) -> Table:
    """Makes a row for each run and method: pooled scores, and their spread."""
    found = [
        one for one in ("clip", "segment") if any(one in levels(r.rows) for r in runs)
    ]
    columns = ["run", "method", "protocol"]
    for level in found:
        columns += [f"{level} {metric_name(metric)}" for metric in METRICS]
    columns += ["clip UAR folds", "clip UAR SD"]
    rows: list[list[Cell]] = []
    for run in runs:
        for method in run.methods:
            scores = [
                pooled(run.rows, method, level, metric)
                for level in found
                for metric in METRICS
            ]
            folds = over_folds(run.rows, method, "clip", "uar")
            mean = sum(folds) / len(folds) if folds else None
            spread = (
                (sum((value - mean) ** 2 for value in folds) / len(folds)) ** 0.5
                if mean is not None
                else None
            )
            protocol = run.protocol or UNKNOWN
            rows.append([run_name(run), method, protocol, *scores, mean, spread])
    caption = captioned("Scores pooled over folds, mean over repeats", runs)
    return Table("comparison", caption, columns, rows, is_leaky=is_any_leaky(runs))


def leak_table(runs: Sequence[Evidence]) -> Table:
    """Compares each LEAKY run with the first run of the same data that is not LEAKY."""
    rows: list[list[Cell]] = []
    for run in runs:
        honest = next(
            (o for o in runs if not o.is_leaky and data_of(o) == data_of(run)), None
        )
        if not run.is_leaky or honest is None:
            continue
        for method in run.methods:
            plain = plain_method(method)
            if plain not in honest.methods:
                continue
            changes = [
                Change(
                    pooled(run.rows, method, level, metric)
                    - pooled(honest.rows, plain, level, metric)
                )
                for level in levels(run.rows)
                for metric in METRICS
            ]
            rows.append([run_name(run), method, run_name(honest), *changes])
    found = levels([row for run in runs for row in run.rows])
    columns = ["run", "method", "above"]
    columns += [f"{level} {metric_name(name)}" for level in found for name in METRICS]
    caption = "What speakers on both sides add"
    return Table("leak", caption, columns, rows, is_leaky=True)


def _bars(runs: Sequence[Evidence]) -> list[dict[str, Any]]:
    """Gives the bars of the chart, one for each run and method: clip UAR."""
    return [
        {
            "place": place,
            "run": run_name(run),
            "method": method,
            "score": pooled(run.rows, method, "clip", "uar"),
        }
        for run in runs
        for place, method in enumerate(run.methods)
    ]


def _commands(runs: Sequence[Evidence]) -> Section:
    content = {"commands": "\n".join(map(command, runs))}
    title = "To get these again"
    return Section("commands", title, template="commands.html", content=content)


def _named(run: Evidence, output: AnyPath, report_name: str) -> Cell:
    """Names the run, with a link to its own page if there is another one."""
    own = run.run_dir / report_name
    if not (isinstance(own, Path) and isinstance(output, Path) and own.exists()):
        return run_name(run)
    if own.absolute() == output.absolute():
        return run_name(run)
    relative = os.path.relpath(own.absolute(), output.absolute().parent)
    return Link(run_name(run), urllib.parse.quote(f"./{Path(relative).as_posix()}"))
