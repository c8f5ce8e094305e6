"""The page of one run: its sections in their order."""

from collections.abc import Sequence

from pathnet_tf.data.dataset_card import SYNTHESIZED
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.rendering import render
from pathnet_tf.report.html.section import Section
from pathnet_tf.report.names import experiment_name
from pathnet_tf.report.sections.confused_clips import confused_section
from pathnet_tf.report.sections.cost import cost_section
from pathnet_tf.report.sections.headline import headline_section, score_section
from pathnet_tf.report.sections.paper import paper_section
from pathnet_tf.report.sections.pathway_pictures import pathway_picture_section
from pathnet_tf.report.sections.protocol import protocol_section
from pathnet_tf.report.sections.retention import retention_section
from pathnet_tf.report.sections.score_pictures import score_picture_section
from pathnet_tf.report.sections.search_player import player_section
from pathnet_tf.report.sections.significance import statistics_section
from pathnet_tf.report.sections.speakers import speaker_section
from pathnet_tf.report.sections.transfer_gain import transfer_section
from pathnet_tf.runtime.storage import AnyPath

# In the order of the page. The protocol, which says what the numbers mean, comes first.
SECTIONS = (
    protocol_section,
    headline_section,
    lambda evidence: statistics_section([evidence]),
    transfer_section,
    retention_section,
    score_section,
    score_picture_section,
    speaker_section,
    paper_section,
    player_section,
    pathway_picture_section,
    cost_section,
)


def run_sections(
    evidence: Evidence, output: AnyPath, corpus_dir: AnyPath | None = None
) -> list[Section]:
    """Makes the sections of a run's page.

    Args:
      evidence: The run.
      output: File that the page will be written to; its links are relative to it.
      corpus_dir: Folder of the target's recordings, if it is known.

    Returns:
      The sections that have something to show.
    """
    sections: list[Section] = []
    for make in SECTIONS:
        section = make(evidence)
        if section:
            sections.append(section)
        if make is speaker_section:
            confused = confused_section(evidence, output, corpus_dir)
            sections += [confused] if confused else []
    return sections


def run_page(evidence: Evidence, sections: Sequence[Section]) -> str:
    """Lays out the page of one run.

    Args:
      evidence: The run.
      sections: From `run_sections`.

    Returns:
      HTML.
    """
    against = " against ".join(evidence.methods)
    state = "" if evidence.is_finished else "Stopped half-way. "
    return render(
        "page.html",
        title=experiment_name(evidence),
        subtitle=state + (against or str(evidence.run_dir)),
        sections=sections,
        is_leaky=evidence.is_leaky,
        notice=SYNTHESIZED if evidence.is_synthesized else "",
    )
