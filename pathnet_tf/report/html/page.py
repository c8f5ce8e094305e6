"""One HTML page that needs nothing but a browser: no network, no other file."""

from collections.abc import Sequence
from pathlib import Path

import pathnet_tf
from pathnet_tf.report.html.markup import LEAKY, escape, heading, marked
from pathnet_tf.report.html.section import Section
from pathnet_tf.report.sections.protocol import LEAK


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
