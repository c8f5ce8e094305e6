"""The sections of overall scores, and of scores of each emotion and fold."""

from typing import Any

from pathnet_tf.evaluation.results_csv import pooled
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.section import Section
from pathnet_tf.report.sections.score_tables import (
    emotion_table,
    fold_table,
    headline_table,
    metric_name,
    over_folds,
)
from pathnet_tf.report.sections.speakers import speaker_scores

NOTHING = "No unit of the target has been scored, so there is nothing to compare yet."


def headline_section(evidence: Evidence) -> Section:
    """Compares the methods by clip UAR and WAR, with a table of all overall scores."""
    if not evidence.rows or not evidence.methods:
        return Section("headline", "Headline", note=NOTHING)
    content = {
        "chance": 1 / max(len(evidence.emotions), 1),
        "charts": [_chart(evidence, metric) for metric in ("uar", "war")],
        "sentences": _sentences(evidence),
        "is_leaky": evidence.is_leaky,
    }
    return Section(
        "headline",
        "Headline",
        (headline_table(evidence),),
        template="headline.html",
        content=content,
    )


def score_section(evidence: Evidence) -> Section | None:
    """Shows the scores of each emotion and of each fold; None if there are none."""
    if not evidence.rows or not evidence.methods:
        return None
    tables = (emotion_table(evidence), fold_table(evidence))
    note = (
        "An emotion that a fold lacks counts there as recall 0, which is why the "
        "pooled figure is the one to quote."
    )
    return Section("scores", "Emotions and folds", tables, note=note)


def _chart(evidence: Evidence, metric: str) -> dict[str, Any]:
    """Gives the bars of one score: each method, and its folds as dots."""
    methods = [
        {
            "name": method,
            "score": pooled(evidence.rows, method, "clip", metric),
            "folds": over_folds(evidence.rows, method, "clip", metric),
        }
        for method in evidence.methods
    ]
    title = f"Clip {metric_name(metric)}, pooled over folds"
    return {"title": title, "methods": methods}


def _sentences(evidence: Evidence) -> list[str]:
    sentences = []
    if not evidence.is_finished:
        sentences.append(
            "These are scores of the folds that are done; methods may have done "
            "different ones."
        )
    if len(evidence.methods) != 2:
        return sentences
    first, second = evidence.methods
    gain = pooled(evidence.rows, first, "clip", "uar") - pooled(
        evidence.rows, second, "clip", "uar"
    )
    both = [
        scores
        for scores in speaker_scores(evidence).values()
        if first in scores and second in scores
    ]
    better = sum(scores[first].uar > scores[second].uar for scores in both)
    worse = sum(scores[first].uar < scores[second].uar for scores in both)
    sentences.append(
        f"{first} against {second}: {gain:+.3f} clip UAR; of {len(both)} speakers "
        f"{better} are recognized better, {worse} worse, {len(both) - better - worse} "
        "alike."
    )
    return sentences
