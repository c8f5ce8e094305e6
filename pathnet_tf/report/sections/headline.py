"""The headline comparison: overall scores as bars, and what they mean in words."""

import math

from pathnet_tf.evaluation.results_csv import pooled
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.markup import escape, heading, paragraph
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
    """Compares the methods by clip WAR and UAR, with every overall score below."""
    if not evidence.rows or not evidence.methods:
        return Section("headline", "Headline", paragraph(NOTHING))
    table = headline_table(evidence)
    charts = "".join(_chart(evidence, metric) for metric in ("uar", "war"))
    body = f'<div class="charts">{charts}</div>'
    body += "".join(map(paragraph, _sentences(evidence)))
    return Section("headline", "Headline", body + table.to_html(), (table,))


def score_section(evidence: Evidence) -> Section | None:
    """Scores of each emotion and of each fold."""
    if not evidence.rows or not evidence.methods:
        return None
    tables = (emotion_table(evidence), fold_table(evidence))
    body = paragraph(
        "An emotion that a fold lacks counts there as recall 0, which is why the "
        "pooled figure is the one to quote."
    )
    return Section(
        "scores",
        "Emotions and folds",
        body + "".join(table.to_html() for table in tables),
        tables,
    )


def _chart(evidence: Evidence, metric: str) -> str:
    """Bars of one score, a method each, with its folds and the chance level."""
    chance = 1 / max(len(evidence.emotions), 1)
    bars = ""
    for place, method in enumerate(evidence.methods):
        value = pooled(evidence.rows, method, "clip", metric)
        shown = 0 if math.isnan(value) else value
        dots = "".join(
            f'<u style="left:{fold * 100:.1f}%"></u>'
            for fold in over_folds(evidence.rows, method, "clip", metric)
        )
        bars += (
            f'<div class="bar"><span class="name">{escape(method)}</span>'
            f'<span class="track" aria-hidden="true">'
            f'<i class="method-{place % 6}" style="width:{shown * 100:.1f}%"></i>'
            f'<b style="left:{chance * 100:.1f}%"></b>{dots}</span>'
            f'<span class="value">{value:.3f}</span></div>'
        )
    title = f"Clip {metric_name(metric)}, pooled over folds"
    note = f"Dots are folds; the upright line is chance, {chance:.3f}."
    return (
        f'<div class="chart">{heading(3, title, is_leaky=evidence.is_leaky)}'
        f'{bars}<p class="note">{escape(note)}</p></div>'
    )


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
