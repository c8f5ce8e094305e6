"""HTML of the report's parts; whatever comes from a file or a label is escaped here."""

import html
import json
from typing import Any

LEAKY = "LEAKY"


def escape(text: object) -> str:
    """Makes text that stands for itself in HTML, in attributes too."""
    return html.escape(str(text), quote=True)


def marked(title: str, *, is_leaky: bool) -> str:
    """Puts LEAKY before a title where it belongs and does not yet stand."""
    return f"{LEAKY}: {title}" if is_leaky and LEAKY not in title else title


def heading(level: int, title: str, *, is_leaky: bool) -> str:
    """A heading, LEAKY where its run is.

    Args:
      level: 1 to 6.
      title: Plain text.
      is_leaky: Whether the protocol lets speakers stand on both sides.
    """
    return f"<h{level}>{escape(marked(title, is_leaky=is_leaky))}</h{level}>"


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text, of a CSS class if wanted."""
    return f"<p{_class(kind)}>{escape(text)}</p>"


def bullets(items: list[str]) -> str:
    """A list of plain texts."""
    return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"


def facts(pairs: list[tuple[str, str]]) -> str:
    """Names and what they are; the second of each pair is HTML."""
    entries = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in pairs
    )
    return f'<dl class="facts">{entries}</dl>'


def code(text: object) -> str:
    """A word of a terminal or file."""
    return f"<code>{escape(text)}</code>"


def preformatted(text: str) -> str:
    """Lines of a terminal or file, which the keyboard can scroll."""
    return f'<pre tabindex="0"><code>{escape(text)}</code></pre>'


def fold_away(summary: str, body: str) -> str:
    """HTML that opens when its plain summary is clicked."""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def embedded_json(name: str, content: Any) -> str:
    """Data for the page's script, which no text in it can end early."""
    text = json.dumps(content, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/json" id="{escape(name)}">{text}</script>'


def _class(kind: str) -> str:
    return f' class="{escape(kind)}"' if kind else ""
