"""An animated GIF of a search: its population, and the candidates of each tournament.

It is drawn with Pillow, which is a hundred times faster than a matplotlib figure.
"""

import io
import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from pathnet_tf.figures import style
from pathnet_tf.figures.population_history import UNKNOWN, populations

MAX_FRAMES = 60
MAX_BYTES = 2_000_000

_WIDTH = 640
_SCALE = 2  # Frames are drawn larger and then reduced, which smooths the lines.
_EDGE, _LINE, _LETTERS = 10, 22, 14
_CELL_HEIGHT = 100
_FRAME_MS, _LAST_FRAME_MS = 300, 2500
_IDLE, _DARK = "#EDEDED", "#404040"
_SHADES = 7  # Of each colour, towards paper white, for smooth lines.


def search_gif(
    history: Sequence[Mapping[str, Any]],
    *,
    num_modules: int,
    title: str = "",
) -> bytes:
    """Draws a search as an animated GIF, the same bytes for the same history.

    A frame shows the population before the tournament of a generation. The two
    candidates are framed, and their fitness is written above. A long search shows only
    some of its generations, evenly spaced.

    Args:
      history: Lines of a `history.jsonl`, parsed, from generation 0 on.
      num_modules: Number of modules of each layer.
      title: Written above in full; it must say LEAKY for a LEAKY run.

    Returns:
      The file's bytes, fewer than `MAX_BYTES` unless two frames take more.

    Raises:
      ValueError: The history is empty, misses a generation, or has a gene out of range.
    """
    known = populations(history)
    if known.max() >= num_modules:
        raise ValueError(
            f"Genes must lie in [0, {num_modules}). Received: gene {known.max()}"
        )
    number = MAX_FRAMES
    while True:
        frames = [
            _frame(history[index], known[index], len(history), num_modules, title)
            for index in shown_generations(len(history), number)
        ]
        content = _gif_bytes(frames)
        if len(content) < MAX_BYTES or len(frames) <= 2:
            return content
        number = min(number, len(frames)) // 2


def shown_generations(num_generations: int, max_frames: int = MAX_FRAMES) -> list[int]:
    """Chooses generations at even distances, the first and the last among them."""
    number = min(num_generations, max_frames)
    return np.linspace(0, num_generations - 1, number).round().astype(int).tolist()


def _gif_bytes(frames: Sequence[Image.Image]) -> bytes:
    # With a palette for each frame, colours would flicker and the file would grow.
    palette = Image.new("P", (1, 1))
    palette.putpalette(_palette())
    flat = [
        frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames
    ]
    stream = io.BytesIO()
    flat[0].save(
        stream,
        "GIF",
        save_all=True,
        append_images=flat[1:],
        duration=[_FRAME_MS] * (len(flat) - 1) + [_LAST_FRAME_MS],
        loop=0,
        optimize=False,
    )
    return stream.getvalue()


def _palette() -> list[int]:
    """Lists red, green and blue of the paper, of idle modules, and of all shades."""
    paper = np.array(ImageColor.getrgb(style.PAPER))
    inks = (style.INK, _DARK, style.BLUE, style.VERMILLION)
    shades = [
        paper + (np.array(ImageColor.getrgb(ink)) - paper) * shade // _SHADES
        for ink in inks
        for shade in range(1, _SHADES + 1)
    ]
    idle = [ImageColor.getrgb(colour) for colour in ("#F6F6F6", _IDLE, style.PALE)]
    return np.concatenate([paper, *idle, *shades]).tolist()


def _frame(
    line: Mapping[str, Any],
    population: np.ndarray,
    num_generations: int,
    num_modules: int,
    title: str,
) -> Image.Image:
    """Draws a frame.

    Args:
      line: The generation, as logged.
      population: int64 `[population_size, num_layers, num_active]`, before the
        generation; -1 for genotypes that are not known.
      num_generations: Number of generations of the search.
      num_modules: Number of modules of each layer.
      title: Written above.
    """
    room = (_WIDTH - 2 * _EDGE) / 72
    words = style.wrapped(title, points=_LETTERS, width=room * 0.96, bold=True)
    columns = math.ceil(math.sqrt(len(population)))
    rows = math.ceil(len(population) / columns)
    top = _EDGE + (len(words) + 2) * _LINE
    height = top + rows * _CELL_HEIGHT + 2 * _EDGE
    image = Image.new("RGB", (_WIDTH * _SCALE, height * _SCALE), style.PAPER)
    pen = ImageDraw.Draw(image)
    _write(pen, (_EDGE, _EDGE), "\n".join(words), is_bold=True)
    under = _EDGE + len(words) * _LINE
    now = line["generation"] + 1
    _write(pen, (_EDGE, under), f"generation {now} of {num_generations}")
    for who, left, colour in (
        ("winner", 0, style.BLUE),
        ("loser", _WIDTH // 2, style.VERMILLION),
    ):
        text = f"{who} {line[f'{who}_index']}: fitness {line[f'{who}_fitness']:.3f}"
        _write(pen, (_EDGE + left, under + _LINE), text, colour)
    wide = (_WIDTH - 2 * _EDGE) / columns
    names = {line["winner_index"]: "winner", line["loser_index"]: "loser"}
    for place, genotype in enumerate(population):
        corner = (
            _EDGE + place % columns * wide,
            top + place // columns * _CELL_HEIGHT,
        )
        _draw_pathway(pen, corner, wide, genotype, num_modules, names.get(place, ""))
        _write(pen, (corner[0] + 6, corner[1] + 3), str(place), style.GREY, size=11)
    _draw_progress(pen, height, now / num_generations)
    return image.reduce(_SCALE)


def _draw_pathway(
    pen: ImageDraw.ImageDraw,
    corner: tuple[float, float],
    wide: float,
    genotype: np.ndarray,
    num_modules: int,
    role: str,
) -> None:
    """Draws one pathway into its cell, with a frame if it is in the tournament.

    Args:
      pen: Draws on the frame.
      corner: Left and top of the cell, in pixels of the finished frame.
      wide: Width of the cell, in the same pixels.
      genotype: int64 `[num_layers, num_active]`; -1 throughout if it is not known.
      num_modules: Number of modules of each layer.
      role: `winner`, `loser`, or empty.
    """
    left, top = corner
    colour = {"winner": style.BLUE, "loser": style.VERMILLION}.get(role, _DARK)
    if role:
        box = (left + 2, top + 2, left + wide - 2, top + _CELL_HEIGHT - 2)
        pen.rectangle(_scaled(box), outline=colour, width=3 * _SCALE)
        name = (left + wide - (52 if role == "winner" else 38), top + 4)
        _write(pen, name, role, colour, size=11)
    if (genotype == UNKNOWN).all():
        _write(pen, (left + 24, top + 40), "never drawn", style.GREY, size=11)
        return
    step = (wide - 16) / num_modules
    gap = (_CELL_HEIGHT - 24) / (len(genotype) + 1)
    xs = left + 8 + step * (np.arange(num_modules) + 0.5)
    ys = top + _CELL_HEIGHT - 8 - gap * np.arange(len(genotype) + 2)
    middle = [left + wide / 2]
    points = [middle, *(xs[np.unique(genes)] for genes in genotype), middle]
    for height, (below, above) in enumerate(itertools.pairwise(points)):
        for a in below:
            for b in above:
                pen.line(_scaled((a, ys[height], b, ys[height + 1])), colour, 1)
    half = (min(step * 0.42, 4.0), 4.0)
    for height, genes in enumerate(genotype, start=1):
        for module, x in enumerate(xs):
            box = (x - half[0], ys[height] - half[1], x + half[0], ys[height] + half[1])
            fill = colour if module in genes else _IDLE
            pen.rectangle(_scaled(box), fill=fill)
    for y in (ys[0], ys[-1]):
        pen.rectangle(
            _scaled((middle[0] - 14, y - 2, middle[0] + 14, y + 2)), "#404040"
        )


def _draw_progress(pen: ImageDraw.ImageDraw, height: int, share: float) -> None:
    low = height - _EDGE
    for end, colour in ((1.0, style.PALE), (share, _DARK)):
        right = _EDGE + end * (_WIDTH - 2 * _EDGE)
        pen.rectangle(_scaled((_EDGE, low - 4, right, low)), colour)


def _write(
    pen: ImageDraw.ImageDraw,
    place: tuple[float, float],
    words: str,
    colour: str = style.INK,
    *,
    size: int = _LETTERS,
    is_bold: bool = False,
) -> None:
    font = style.font(size * _SCALE, is_bold=is_bold)
    pen.text(
        (place[0] * _SCALE, place[1] * _SCALE), words, colour, font, spacing=4 * _SCALE
    )


def _scaled(places: Sequence[float]) -> list[float]:
    return [place * _SCALE for place in places]
