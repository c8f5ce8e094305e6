"""A table that can be a piece of a page, CSV, Markdown or LaTeX."""

import csv
import dataclasses
import io
import math
from collections.abc import Callable, Sequence

from pathnet_tf.report.html.markup import LEAKY, code, escape, marked

LATEX_SIGNS = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "→": r"$\to$",
}


@dataclasses.dataclass(frozen=True)
class Link:
    """A cell that leads somewhere.

    Attributes:
      text: What is shown.
      href: Where it leads, as it stands in a URL.
    """

    text: str
    href: str

    def __str__(self) -> str:
        """What is shown."""
        return self.text


@dataclasses.dataclass(frozen=True)
class Change:
    """A cell that is the difference of two scores; it carries its sign, and a bar."""

    value: float

    def __str__(self) -> str:
        """Three decimals, with the sign."""
        return f"{self.value:+.3f}"


@dataclasses.dataclass(frozen=True)
class Code:
    """A cell that is a word of a terminal or file, such as a hash."""

    text: str

    def __str__(self) -> str:
        """What is shown."""
        return self.text


Cell = str | int | float | Link | Change | Code | None


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of a report.

    Attributes:
      name: Name of its files.
      caption: What it shows.
      columns: Heads of its columns.
      rows: Cells; a float is a score, shown with three decimals.
      is_leaky: Whether its numbers come from a LEAKY run.
    """

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    is_leaky: bool = False

    @property
    def title(self) -> str:
        """The caption, LEAKY where it must be."""
        return marked(self.caption, is_leaky=self.is_leaky)

    @property
    def file_name(self) -> str:
        """Name of its files, without the ending."""
        return f"{LEAKY}_{self.name}" if self.is_leaky else self.name

    def to_html(self) -> str:
        """The table in a box of its own, which scrolls where the screen is narrow."""
        head = "".join(
            f'<th scope="col"{_numeric(self._is_numeric(place))}>{escape(name)}</th>'
            for place, name in enumerate(self.columns)
        )
        body = "".join(f"<tr>{_html_row(row)}</tr>" for row in self.rows)
        # Focusable, so that the keyboard can scroll it.
        return (
            f'<figure class="table"><figcaption>{escape(self.title)}</figcaption>'
            f'<div class="scroll" role="region" tabindex="0" '
            f'aria-label="{escape(self.title)}"><table>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></figure>"
        )

    def to_csv(self) -> str:
        """Comma-separated values, numbers in full."""
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([_full(cell) for cell in row] for row in self.rows)
        return stream.getvalue()

    def to_markdown(self) -> str:
        """A Markdown table under its caption in bold."""
        lines = [f"**{_markdown(self.title)}**", ""]
        lines.append(_markdown_row(self.columns))
        rules = ["--:" if self._is_numeric(n) else "---" for n in self._places]
        lines.append(f"| {' | '.join(rules)} |")
        lines += [_markdown_row(list(map(shown, row))) for row in self.rows]
        return "\n".join(lines) + "\n"

    def to_latex(self) -> str:
        """A LaTeX table, for the booktabs package."""
        places = "".join("r" if self._is_numeric(n) else "l" for n in self._places)
        lines = [
            r"\begin{table}",
            rf"\caption{{{_latex(self.title)}}}",
            rf"\begin{{tabular}}{{{places}}}",
            r"\toprule",
            _latex_row(self.columns),
            r"\midrule",
            *(_latex_row(list(map(shown, row))) for row in self.rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        ]
        return "\n".join(lines) + "\n"

    @property
    def _places(self) -> range:
        return range(len(self.columns))

    def _is_numeric(self, place: int) -> bool:
        cells = [row[place] for row in self.rows if row[place] is not None]
        return bool(cells) and all(_is_number(cell) for cell in cells)


FORMATS: dict[str, Callable[[Table], str]] = {
    "csv": Table.to_csv,
    "md": Table.to_markdown,
    "tex": Table.to_latex,
}


def shown(cell: Cell) -> str:
    """A cell as a person reads it."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "n/a"
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)


def _full(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Change):
        return repr(cell.value)
    return repr(cell) if isinstance(cell, float) else str(cell)


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, int | float | Change)


def _numeric(is_numeric: bool) -> str:
    return ' class="number"' if is_numeric else ""


def _html_row(row: Sequence[Cell]) -> str:
    first, *others = row
    return f'<th scope="row">{_html(first)}</th>' + "".join(
        f"<td{_numeric(cell is None or _is_number(cell))}>{_html(cell)}</td>"
        for cell in others
    )


def _html(cell: Cell) -> str:
    if isinstance(cell, Link):
        return f'<a href="{escape(cell.href)}">{escape(cell.text)}</a>'
    if isinstance(cell, Code):
        return code(cell)
    if isinstance(cell, Change) and not math.isnan(cell.value):
        side = "gain" if cell.value >= 0 else "loss"
        # The bar's half is full at a quarter, more than most methods differ.
        width = min(abs(cell.value) / 0.25, 1) * 50
        return (
            f'{escape(cell)} <span class="change {side}" aria-hidden="true">'
            f'<i style="width:{width:.1f}%"></i></span>'
        )
    return escape(shown(cell))


def _markdown(text: object) -> str:
    """Text that ends no cell, begins no tag and no emphasis."""
    plain = " ".join(str(text).split())
    for sign in "\\|<*_`[":
        plain = plain.replace(sign, "\\" + sign)
    return plain


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_markdown, cells))} |"


def _latex(text: object) -> str:
    return "".join(LATEX_SIGNS.get(sign, sign) for sign in " ".join(str(text).split()))


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join(map(_latex, cells)) + r" \\"
