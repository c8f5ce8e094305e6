"""One HTML page that needs nothing but a browser: no network, no other file."""

from collections.abc import Sequence
from pathlib import Path

import pathnet_tf
from pathnet_tf.data.dataset_card import SYNTHESIZED
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.markup import LEAKY, escape, heading, marked
from pathnet_tf.report.html.section import Section
from pathnet_tf.report.names import experiment_name
from pathnet_tf.report.sections.confused_clips import confused_section
from pathnet_tf.report.sections.cost import cost_section
from pathnet_tf.report.sections.headline import headline_section, score_section
from pathnet_tf.report.sections.paper import paper_section
from pathnet_tf.report.sections.pathway_pictures import pathway_picture_section
from pathnet_tf.report.sections.protocol import LEAK, protocol_section
from pathnet_tf.report.sections.retention import retention_section
from pathnet_tf.report.sections.score_pictures import score_picture_section
from pathnet_tf.report.sections.search_player import player_section
from pathnet_tf.report.sections.significance import statistics_section
from pathnet_tf.report.sections.speakers import speaker_section
from pathnet_tf.report.sections.transfer_gain import transfer_section
from pathnet_tf.runtime.storage import AnyPath

# The order of the page: what the numbers mean, then the numbers.
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
      output: Where the page will be, to which its links are relative.
      corpus_dir: Folder of the target's recordings, if it is known.

    Returns:
      The sections that there is something to say in.
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
    return page(
        experiment_name(evidence),
        f"{state}{against}" if against else f"{state}{evidence.run_dir}",
        sections,
        is_leaky=evidence.is_leaky,
        notice=SYNTHESIZED if evidence.is_synthesized else "",
    )


def page(
    title: str,
    subtitle: str,
    sections: Sequence[Section],
    *,
    is_leaky: bool,
    notice: str = "",
) -> str:
    """Lays out a page.

    Args:
      title: Plain text, of the heading and the window.
      subtitle: Plain text under the heading.
      sections: In their order.
      is_leaky: Whether every heading is to say LEAKY.
      notice: Plain text that a reader must not miss.

    Returns:
      HTML.
    """
    links = "".join(
        f'<li><a href="#{escape(one.key)}">{escape(one.title)}</a></li>'
        for one in sections
    )
    body = "".join(_section(one, is_leaky=is_leaky) for one in sections)
    warning = f'<p class="warning leaky">{escape(LEAK)}</p>' if is_leaky else ""
    warning += f'<p class="warning">{escape(notice)}</p>' if notice else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;
 style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<link rel="icon" href="data:,">
<title>{escape(marked(title, is_leaky=is_leaky))}</title>
<style>{_asset("page.css")}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<p class="kicker">{escape(f"{LEAKY} " if is_leaky else "")}PathNet transfer report</p>
{heading(1, title, is_leaky=is_leaky)}
<p>{escape(subtitle)}</p>
{warning}
<nav aria-label="Sections"><ul>{links}</ul></nav>
</header>
<main id="main" tabindex="-1">{body}</main>
<footer><p>pathnet_tf {escape(pathnet_tf.__version__)}. WAR is accuracy, UAR the mean
recall over the declared emotions; a clip is decided by the mean log-probability of its
segments.</p></footer>
<script>{_asset("page.js")}</script>
</body>
</html>
"""


def _section(section: Section, *, is_leaky: bool) -> str:
    name = f"{section.key}-title"
    title = escape(marked(section.title, is_leaky=is_leaky))
    return (
        f'<section id="{escape(section.key)}" aria-labelledby="{escape(name)}">'
        f'<h2 id="{escape(name)}">{title}</h2>{section.body}</section>\n'
    )


def _asset(name: str) -> str:
    """A file of this package that is written into the page."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
