"""The look of every picture: colours, sizes, title and caption, and its bytes.

Lines and bars differ in style, marker or hatch as well as in colour, so that they can
be told apart in grey print and by colour-blind readers. Pictures are 6.4 inches wide.
Text is at least 8 points high, which is 10 pixels in a picture 600 pixels wide.

Reference: Okabe and Ito 2008, "Color universal design", for the colours.
"""

import functools
import io
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import matplotlib
import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import ImageFont

WIDTH = 6.4
DPI = 200

BLUE, VERMILLION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
PURPLE, SKY, INK, GREY = "#CC79A7", "#56B4E9", "#000000", "#7F7F7F"
PALE, PAPER = "#D9D9D9", "#FFFFFF"

# Entry i of each list belongs to the same line or bar.
COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, GREY, "#8C5A00", INK)
LINES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (1, 1)),
    (0, (5, 1, 1, 1)),
    (0, (8, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (2, 2)),
    (0, (10, 2, 2, 2)),
    (0, (1, 2.5)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
HATCHES = ("", "////", "....", "xxxx", "----", "\\\\\\\\", "++++", "oooo", "||||")

_FAMILY = "DejaVu Sans"  # Comes with matplotlib, so it is the same everywhere.
_TITLE_POINTS, _CAPTION_POINTS, _LEGEND_POINTS = 11.0, 8.0, 8.0
_LINE_HEIGHT = 1.35 / 72  # Inches for each point of the text's size.
_MEASURE = 100  # Size of letters whose width is measured, in pixels.
_EDGE = 0.12  # Free margin of a picture, in inches.
_THEME = {
    "font.family": _FAMILY,
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": _LEGEND_POINTS,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#E5E5E5",
    "hatch.linewidth": 0.7,
    # Names of emotions and speakers may contain $, which must not start a formula.
    "text.parse_math": False,
    "svg.hashsalt": "pathnet_tf",
}

Given = ParamSpec("Given")
Drawn = TypeVar("Drawn")


def themed(draw: Callable[Given, Drawn]) -> Callable[Given, Drawn]:
    """Makes a function draw in this look, whatever the user's own settings are."""

    @functools.wraps(draw)
    def in_theme(*args: Given.args, **kwargs: Given.kwargs) -> Drawn:
        with matplotlib.style.context(["default", _THEME]):
            return draw(*args, **kwargs)

    return in_theme


def new_figure(title: str, caption: str, *, height: float) -> Figure:
    """Makes a figure with its title above and its caption below.

    Args:
      title: Shown in full, broken into lines.
      caption: Shown in full, broken into lines; may be empty.
      height: Height between title and caption, in inches.

    Returns:
      A figure whose layout engine keeps axes between title and caption.
    """
    room = (
        WIDTH - 2.5 * _EDGE
    )  # Letters drawn in pixels are a little wider than measured.
    above = wrapped(title, points=_TITLE_POINTS, width=room, bold=True)
    below = wrapped(caption, points=_CAPTION_POINTS, width=room)
    top = _EDGE + len(above) * _TITLE_POINTS * _LINE_HEIGHT
    bottom = _EDGE + len(below) * _CAPTION_POINTS * _LINE_HEIGHT
    total = top + height + bottom
    figure = Figure(figsize=(WIDTH, total), facecolor=PAPER)
    FigureCanvasAgg(figure)
    figure.set_layout_engine(
        "constrained", rect=(0, bottom / total, 1, height / total), w_pad=0.08
    )
    left = _EDGE / WIDTH
    figure.text(
        left,
        1 - _EDGE / total,
        "\n".join(above),
        size=_TITLE_POINTS,
        weight="bold",
        va="top",
    )
    figure.text(
        left,
        _EDGE / total,
        "\n".join(below),
        size=_CAPTION_POINTS,
        color="#404040",
        va="bottom",
    )
    return figure


def wrapped(text: str, *, points: float, width: float, bold: bool = False) -> list[str]:
    """Breaks text into lines that fit; only spaces are left out.

    Args:
      text: The text; its line ends are kept.
      points: Size of the letters, in points.
      width: Width of a line, in inches.
      bold: Whether the letters are bold.

    Returns:
      The lines. A word that is longer than a line is broken anywhere.
    """
    letters = font(_MEASURE, is_bold=bold)

    def fits(line: str) -> bool:
        return letters.getlength(line) * points / _MEASURE <= 72 * width

    lines = []
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            if line and fits(f"{line} {word}"):
                line = f"{line} {word}"
                continue
            if line:
                lines.append(line)
            while not fits(word) and len(word) > 1:
                over = (n for n in range(2, len(word)) if not fits(word[:n]))
                cut = next(over, len(word)) - 1
                lines.append(word[:cut])
                word = word[cut:]
            line = word
        lines.append(line)
    return lines


def legend_above(axes: Axes, **look: Any) -> None:
    """Puts the legend above the axes, in as many columns as there is room for.

    Args:
      axes: Axes of the labelled lines or bars; without labels there is no legend.
      **look: Arguments of `Axes.legend`, such as `handlelength`.
    """
    labels = axes.get_legend_handles_labels()[1]
    if labels:
        widest = max(font(_MEASURE).getlength(label) for label in labels)
        column = widest * _LEGEND_POINTS / _MEASURE / 72 + 0.7  # Inches.
        room = max(1, int((WIDTH - 1) / column))
        place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1)}
        axes.legend(ncols=min(room, len(labels)), **place, **look)


def slant(names: Sequence[str]) -> dict[str, Any]:
    """Gives the arguments that slant the names of an axis, if they are too long."""
    if sum(len(name) + 2 for name in names) <= 66:
        return {}
    return {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}


@functools.cache
def font(size: int, *, is_bold: bool = False) -> ImageFont.FreeTypeFont:
    """Loads the font of all pictures for Pillow; `size` is in pixels."""
    name = "DejaVuSans-Bold.ttf" if is_bold else "DejaVuSans.ttf"
    return ImageFont.truetype(f"{matplotlib.get_data_path()}/fonts/ttf/{name}", size)


@themed
def png_bytes(figure: Figure, *, dpi: int = DPI) -> bytes:
    """Draws a figure as PNG; the same bytes for the same figure.

    Args:
      figure: What to draw.
      dpi: Dots per inch; the picture is 6.4 times as many pixels wide.
    """
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=dpi, metadata={"Software": None})
    return stream.getvalue()


@themed
def svg_bytes(figure: Figure) -> bytes:
    """Draws a figure as SVG, letters as outlines; the same bytes for the same figure.

    Several pictures have the same ids, so that a page must show them as `<img>`.
    """
    stream = io.BytesIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(stream, format="svg", metadata=nothing)
    return stream.getvalue()


def require_emotions(emotions: Sequence[str]) -> None:
    """Checks that there are at least two emotions to compare.

    Raises:
      ValueError: There are fewer than two emotions.
    """
    if len(emotions) < 2:
        raise ValueError(
            f"There must be at least two emotions. Received: emotions={emotions}"
        )
