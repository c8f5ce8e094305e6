"""A table of the report, as data, CSV, Markdown and LaTeX; `parts.html` lays it out."""

import dataclasses
import math
from collections.abc import Callable, Sequence

from pathnet_tf.report.html.captioned import Captioned
from pathnet_tf.runtime.csv_table import table_text

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
    """A cell that is a link.

    Attributes:
      text: Text that is shown.
      href: Target of the link, quoted as in a URL.
    """

    text: str
    href: str

    def __str__(self) -> str:
        """Gives the text."""
        return self.text


@dataclasses.dataclass(frozen=True)
class Change:
    """A cell that is the difference of two scores, shown with its sign and a bar."""

    value: float

    @property
    def side(self) -> str:
        """The side of the bar: `gain` or `loss`."""
        return "gain" if self.value >= 0 else "loss"

    @property
    def bar(self) -> float:
        """Length of the bar, in [0, 0.5]; the longest shows 0.25 or more."""
        return min(abs(self.value) / 0.25, 1) / 2

    def __str__(self) -> str:
        """Gives three decimals, with the sign."""
        return f"{self.value:+.3f}"


@dataclasses.dataclass(frozen=True)
class Code:
    """A cell that is a word of a terminal or file, such as a hash."""

    text: str

    def __str__(self) -> str:
        """Gives the text."""
        return self.text


Cell = str | int | float | Link | Change | Code | None


@dataclasses.dataclass(frozen=True)
class Table(Captioned):
    """A table of a report.

    Attributes:
      columns: Heads of its columns.
      rows: Cells; a float is a score, shown with three decimals.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    @property
    def are_numeric(self) -> list[bool]:
        """Whether each column holds numbers alone; cells that are None do not count."""
        columns = [
            [row[place] for row in self.rows if row[place] is not None]
            for place in range(len(self.columns))
        ]
        return [bool(cells) and all(map(is_number, cells)) for cells in columns]

    def to_csv(self) -> str:
        """Writes comma-separated values, with all digits."""
        return table_text([self.columns, *(map(_full, row) for row in self.rows)])

    def to_markdown(self) -> str:
        """Writes a Markdown table under its caption in bold."""
        lines = [f"**{_markdown(self.title)}**", ""]
        lines.append(_markdown_row(self.columns))
        rules = ["--:" if is_numeric else "---" for is_numeric in self.are_numeric]
        lines.append(f"| {' | '.join(rules)} |")
        lines += [_markdown_row(list(map(shown, row))) for row in self.rows]
        return "\n".join(lines) + "\n"

    def to_latex(self) -> str:
        """Writes a LaTeX table, for the booktabs package."""
        places = "".join("r" if is_numeric else "l" for is_numeric in self.are_numeric)
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


FORMATS: dict[str, Callable[[Table], str]] = {
    "csv": Table.to_csv,
    "md": Table.to_markdown,
    "tex": Table.to_latex,
}


def shown(cell: Cell) -> str:
    """Writes a cell as text for a reader: three decimals, `n/a` for None and NaN."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "n/a"
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)


def is_number(cell: Cell) -> bool:
    """Whether a cell is a number, or a difference of two."""
    return isinstance(cell, int | float | Change)


def _full(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Change):
        return repr(cell.value)
    return repr(cell) if isinstance(cell, float) else str(cell)


def _markdown(text: object) -> str:
    """Escapes what would end a cell of a Markdown table, or begin a tag or emphasis."""
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
