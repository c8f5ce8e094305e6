"""Draws a modular network: the input below, the layers above it, the head on top."""

import dataclasses
import itertools
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Patch, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from pathnet_tf.figures import style

_WIDE, _HIGH = 0.8, 0.38  # Size of a module; neighbours are 1 apart.
EDGES = "edges"
_ROOM_FOR_NUMBERS = 30  # Wider layers have no room for numbers on their modules.


@dataclasses.dataclass(frozen=True)
class Kind:
    """How a module looks.

    Attributes:
      label: Name in the legend.
      face: Colour of the inside.
      hatch: Pattern on it, as in matplotlib.
      second: Colour of the lower right half, for a module that is of two kinds.
      is_dashed: Whether only a dashed outline is drawn.
      is_idle: Whether no pathway uses it.
    """

    label: str
    face: str
    hatch: str = ""
    second: str = ""
    is_dashed: bool = False
    is_idle: bool = False

    @property
    def look(self) -> dict[str, Any]:
        """Arguments of a matplotlib patch."""
        if self.is_idle:
            return {"facecolor": "#F7F7F7", "edgecolor": "#BFBFBF"}
        if self.is_dashed:
            return {"facecolor": style.PAPER, "edgecolor": style.INK, "linestyle": ":"}
        # A hatch is drawn in the colour of the edge.
        edge = style.PAPER if self.hatch else style.INK
        return {"facecolor": self.face, "edgecolor": edge, "hatch": self.hatch}


IDLE = Kind("idle", style.PAPER, is_idle=True)


def draw_modules(
    axes: Axes,
    layers: Sequence[Mapping[int, Kind]],
    *,
    num_modules: int,
    with_names: bool,
) -> None:
    """Draws every module of a network, its input and its head.

    Args:
      axes: Axes to draw on; their ticks and frame are removed.
      layers: For each layer, the kinds of its modules; modules left out are idle.
      num_modules: Number of modules of each layer.
      with_names: Whether to name layers and number modules, which takes room.
    """
    shown = [
        (kinds.get(module, IDLE), module, height)
        for height, kinds in enumerate(layers, start=1)
        for module in range(num_modules)
    ]
    for kind in dict.fromkeys(kind for kind, _, _ in shown):
        places = [(m, height) for of_kind, m, height in shown if of_kind == kind]
        _draw_kind(axes, kind, places, width=1.0 if with_names else 0.5)
    if with_names and num_modules <= _ROOM_FOR_NUMBERS:
        for kind, module, height in shown:
            _number(axes, module, height, kind)
    middle, wide = (num_modules - 1) / 2, max(num_modules / 3, 1.5)
    ends = {0: "input", len(layers) + 1: "head"}
    for height, name in ends.items():
        corner = (middle - wide / 2, height - 0.17)
        box: dict[str, Any] = {"boxstyle": "round,pad=0,rounding_size=0.1", "zorder": 3}
        axes.add_patch(
            FancyBboxPatch(corner, wide, 0.34, facecolor="#404040", linewidth=0, **box)
        )
        if with_names:
            look: dict[str, Any] = {"color": style.PAPER, "size": 8, "zorder": 4}
            axes.text(middle, height, name, ha="center", va="center_baseline", **look)
    axes.set_xlim(-0.8, num_modules - 0.2)
    axes.set_ylim(-0.3, len(layers) + 1.3)
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    if with_names:
        names = [f"layer {height}" for height in range(1, len(layers) + 1)]
        axes.set_yticks(range(1, len(layers) + 1), names)
        axes.tick_params(length=0)
    if with_names and num_modules > _ROOM_FOR_NUMBERS:
        axes.set_xticks(range(0, num_modules, 5))


def draw_edges(
    axes: Axes,
    layers: Sequence[Collection[int]],
    *,
    num_modules: int,
    colour: str,
    linestyle: Any = "-",
    width: float = 1.0,
) -> None:
    """Draws the connections: each module feeds every module of the next layer.

    Args:
      axes: Axes to draw on.
      layers: For each layer, the modules to connect.
      num_modules: Number of modules of each layer.
      colour: Colour of the lines.
      linestyle: Style of the lines, as in matplotlib.
      width: Width of the lines, in points.
    """
    if not any(layers):
        return
    middle = [(num_modules - 1) / 2]
    rows: list[list[Any]] = [
        middle,
        *(sorted(set(modules)) for modules in layers),
        middle,
    ]
    ends = [
        [(a, height + _HIGH / 2), (b, height + 1 - _HIGH / 2)]
        for height, (below, above) in enumerate(itertools.pairwise(rows))
        for a in below
        for b in above
    ]
    lines = _joined(ends, [Path.MOVETO, Path.LINETO])
    look: dict[str, Any] = {"linewidth": width, "linestyle": linestyle, "zorder": 1}
    axes.add_patch(PathPatch(lines, fill=False, edgecolor=colour, label=EDGES, **look))


def legend_handle(kind: Kind) -> Patch | tuple[Patch, Patch]:
    """Makes a legend's sample; of two colours, a pair for `HandlerTuple`."""
    first = Patch(linewidth=0.8, **kind.look)
    if not kind.second:
        return first
    return first, Patch(linewidth=0.8, facecolor=kind.second, edgecolor=style.INK)


def checked_layers(
    layers: Sequence[npt.ArrayLike], num_modules: int, name: str
) -> list[list[int]]:
    """Checks genes, and lists the modules of each layer once each.

    Args:
      layers: For each layer, int `[num_genes]`, module indices.
      num_modules: Number of modules of each layer.
      name: Name of the argument in the error message.

    Returns:
      The modules of each layer, ascending.

    Raises:
      ValueError: There is no layer, or a module is out of range.
    """
    modules = [np.unique(np.asarray(genes, np.int64)).tolist() for genes in layers]
    if not modules or any(not 0 <= m < num_modules for row in modules for m in row):
        raise ValueError(
            f"{name} must name modules in [0, {num_modules}), layer by layer. "
            f"Received: {name}={modules}"
        )
    return modules


def _draw_kind(
    axes: Axes, kind: Kind, places: Sequence[tuple[int, int]], *, width: float
) -> None:
    """Draws all modules of a kind; `places` are pairs of module and layer."""
    # One path for all modules makes an SVG of a population a quarter as large.
    corners = np.array(places, float) - (_WIDE / 2, _HIGH / 2)
    around = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]) * (_WIDE, _HIGH)
    sides = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY]
    boxes = _joined(corners[:, None] + around, sides)
    line = width * (1.6 if kind.is_dashed else 0.8)
    axes.add_patch(
        PathPatch(boxes, label=kind.label, linewidth=line, zorder=2, **kind.look)
    )
    if kind.second:
        halves = _joined(corners[:, None] + around[[0, 1, 2, 0]], sides[1:])
        half: dict[str, Any] = {"facecolor": kind.second, "linewidth": 0}
        axes.add_patch(
            PathPatch(halves, label=f"{kind.label}, too", zorder=2.1, **half)
        )
    if kind.hatch:
        frame: dict[str, Any] = {"edgecolor": style.INK, "linewidth": 0.8 * width}
        axes.add_patch(PathPatch(boxes, fill=False, zorder=2.2, **frame))


def _joined(shapes: npt.ArrayLike, codes: Sequence[Any]) -> Path:
    """Joins shapes to one path.

    Args:
      shapes: float `[num_shapes, len(codes), 2]`, x and y of each point.
      codes: Path codes of the points of a shape.
    """
    points = np.asarray(shapes, float)
    kinds = np.tile(np.array(codes, np.uint8), len(points))
    kinds[:: len(codes)] = Path.MOVETO
    return Path(points.reshape(-1, 2), kinds)


def _number(axes: Axes, module: int, height: int, kind: Kind) -> None:
    """Writes a module's number on it; over a hatch, on a plate of its own colour."""
    is_plain = kind.is_idle or kind.is_dashed
    colour = style.INK if is_plain else style.PAPER
    if kind.is_idle:
        colour = "#757575"
    plate = None
    if kind.hatch and not kind.second:
        plate = {"facecolor": kind.face, "linewidth": 0, "boxstyle": "square,pad=0.08"}
    number = axes.text(
        module,
        height,
        str(module),
        size=8,
        weight="normal" if is_plain else "bold",
        ha="center",
        va="center_baseline",
        color=colour,
        bbox=plate,
        zorder=4,
    )
    if kind.second:
        number.set_path_effects([withStroke(linewidth=2.5, foreground=style.INK)])
