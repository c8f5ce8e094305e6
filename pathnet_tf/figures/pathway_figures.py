"""Pictures of pathways: a population, a tournament, a frozen pathway in use.

Modules that a pathway names are filled; each feeds all that it names in the next layer.

Reference: the paper, Figs 4-13 and 19-23.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D

from pathnet_tf.figures import style
from pathnet_tf.figures.network_drawing import (
    Kind,
    checked_layers,
    draw_edges,
    draw_modules,
    legend_handle,
)

ACTIVE = Kind("active", style.BLUE)
FROZEN = Kind("frozen, from the source", style.VERMILLION, hatch="////")
OWN = Kind("the target's own", style.BLUE)
REUSED = dataclasses.replace(
    FROZEN, label="frozen and named by the target", second=style.BLUE
)
LOSER = Kind("loser's", style.GREY)
CHANGED = Kind("new by mutation", style.VERMILLION, hatch="////")
DROPPED = Kind("dropped by mutation", style.PAPER, is_dashed=True)

_COLUMNS = 4


@style.themed
def population_figure(
    genotypes: npt.ArrayLike,
    *,
    num_modules: int,
    title: str,
    frozen: Sequence[npt.ArrayLike] = (),
) -> Figure:
    """Draws every pathway of a population.

    Args:
      genotypes: int `[population_size, num_layers, num_active]`, module indices; all
        genes of a pathway that is not known are -1.
      num_modules: Number of modules of each layer.
      title: Shown in full.
      frozen: For each layer, int `[num_frozen]`, modules that stay active beside every
        pathway; may be empty.

    Returns:
      The figure, with a small picture for each pathway.

    Raises:
      ValueError: There is no pathway, or a gene is out of range.

    Reference: the paper, Figs 4, 9, 19, 21 and 22.
    """
    array = np.asarray(genotypes, np.int64)
    if array.ndim != 3 or not len(array):
        raise ValueError(
            "genotypes must be [population_size, num_layers, num_active]. "
            f"Received: genotypes.shape={array.shape}"
        )
    kept = checked_layers(frozen or [[]] * array.shape[1], num_modules, "frozen")
    rows = -(-len(array) // _COLUMNS)
    caption = (
        f"{len(array)} pathways of {array.shape[1]} layers of {num_modules} modules; "
        "input below, head on top."
    ) + (
        " Hatched: frozen, active beside each; two colours: frozen and named by it."
        if frozen
        else ""
    )
    figure = style.new_figure(title, caption, height=rows * 1.15)
    grid = figure.subplots(rows, _COLUMNS, squeeze=False)
    for place, axes in enumerate(grid.ravel()):
        if place >= len(array):
            axes.set_axis_off()
            continue
        axes.set_title(f"pathway {place}", size=8, pad=1)
        if (array[place] < 0).all():
            _say_unknown(axes)
            continue
        own = checked_layers(list(array[place]), num_modules, "genotypes")
        _draw_pair(axes, kept, own, num_modules, with_names=False)
    return figure


@style.themed
def tournament_figure(
    winner: npt.ArrayLike,
    loser: npt.ArrayLike,
    child: npt.ArrayLike,
    *,
    num_modules: int,
    winner_fitness: float,
    loser_fitness: float,
    title: str,
) -> Figure:
    """Draws a generation: two candidates, and the child that replaces the loser.

    Args:
      winner: int `[num_layers, num_active]`, genotype that was trained.
      loser: int `[num_layers, num_active]`, genotype that was trained.
      child: int `[num_layers, num_active]`, mutated copy of the winner.
      num_modules: Number of modules of each layer.
      winner_fitness: Fitness of the winner.
      loser_fitness: Fitness of the loser.
      title: Shown in full.

    Returns:
      The figure; its caption names every gene that changed.

    Raises:
      ValueError: The three differ in shape, or a gene is out of range.

    Reference: the paper, Figs 5-7 and 10-12.
    """
    before, after = np.asarray(winner, np.int64), np.asarray(child, np.int64)
    shapes = [np.shape(genes) for genes in (winner, loser, child)]
    if before.ndim != 2 or len(set(shapes)) > 1:
        raise ValueError(
            "winner, loser and child must be [num_layers, num_active]. "
            f"Received: shapes={shapes}"
        )
    changes = [
        f"layer {layer + 1}: {before[layer, gene]} → {after[layer, gene]}"
        for layer, gene in np.argwhere(before != after)
    ]
    caption = "Genes changed: " + ("; ".join(changes) or "none") + "."
    won, lost, new = (
        checked_layers(list(np.asarray(genes)), num_modules, name)
        for genes, name in ((winner, "winner"), (loser, "loser"), (child, "child"))
    )
    height = 3 * (0.62 + 0.36 * (len(before) + 2))
    figure = style.new_figure(title, caption, height=height)
    panels = figure.subplots(3, 1)
    looks: list[list[dict[int, Kind]]] = [
        [dict.fromkeys(row, ACTIVE) for row in won],
        [dict.fromkeys(row, LOSER) for row in lost],
        [
            dict.fromkeys(set(old) - set(row), DROPPED)
            | {m: ACTIVE if m in old else CHANGED for m in row}
            for old, row in zip(won, new, strict=True)
        ],
    ]
    titles = (
        f"winner, fitness {winner_fitness:.3f}",
        f"loser, fitness {loser_fitness:.3f}: replaced by the winner's copy",
        "the copy, mutated" if changes else "the copy: no gene changed",
    )
    pathways = zip(panels, (won, lost, new), looks, titles, strict=True)
    for axes, modules, look, name in pathways:
        colour = style.GREY if modules is lost else style.BLUE
        draw_edges(axes, modules, num_modules=num_modules, colour=colour, width=0.7)
        draw_modules(axes, look, num_modules=num_modules, with_names=True)
        axes.set_title(name, loc="left", weight="bold")
    drawn = [
        kind
        for kind in (CHANGED, DROPPED)
        if any(kind in row.values() for row in looks[2])
    ]
    if drawn:
        panels[2].legend(
            [legend_handle(kind) for kind in drawn],
            [kind.label for kind in drawn],
            loc="lower right",
            bbox_to_anchor=(1, 0.98),
            ncols=2,
        )
    return figure


@style.themed
def pathway_figure(
    *,
    num_modules: int,
    frozen: Sequence[npt.ArrayLike],
    target: Sequence[npt.ArrayLike],
    title: str,
    owner: str = "the target",
) -> Figure:
    """Draws the frozen pathway in one colour and the target's own in another.

    Args:
      num_modules: Number of modules of each layer.
      frozen: For each layer, int `[num_frozen]`, modules frozen by earlier tasks; empty
        lists without transfer.
      target: For each layer, int `[num_active]`, modules that the target's pathway
        names; empty lists draw the frozen pathway alone.
      title: Shown in full.
      owner: The task that the pathway belongs to, for the legend, such as `source_2`.

    Returns:
      The figure; its legend counts the modules.

    Raises:
      ValueError: The two have different numbers of layers, or a module is out of range.

    Reference: the paper, Figs 8, 13, 20 and 23.
    """
    kept = checked_layers(frozen, num_modules, "frozen")
    own = checked_layers(target, num_modules, "target")
    if len(kept) != len(own):
        raise ValueError(
            "frozen and target must have the same number of layers. Received: "
            f"{len(kept)} of frozen, {len(own)} of target"
        )
    mixes = any(kept) and any(own)
    caption = "Each active module feeds all active ones of the next layer." + (
        " A coloured line is within one pathway, a pale one between the two."
        if mixes
        else ""
    )
    height = 0.9 + 0.6 * (len(kept) + 2)
    figure = style.new_figure(title, caption, height=height)
    axes = figure.add_subplot()
    looks = _draw_pair(axes, kept, own, num_modules, with_names=True)
    handles: list[Artist | tuple[Artist, ...]] = []
    labels = []
    names = {
        FROZEN: FROZEN.label,
        OWN: f"{owner}'s own",
        REUSED: f"frozen and named by {owner}",
    }
    for kind in (FROZEN, OWN, REUSED):
        number = sum(list(row.values()).count(kind) for row in looks)
        if number:
            handles.append(legend_handle(kind))
            labels.append(f"{names[kind]} ({number})")
    if mixes:
        handles.append(Line2D([], [], color=style.PALE, linewidth=1.2))
        labels.append("between the two")
    axes.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=2,
        handlelength=2.2,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0)},
    )
    return figure


def _draw_pair(
    axes: Axes,
    kept: list[list[int]],
    own: list[list[int]],
    num_modules: int,
    *,
    with_names: bool,
) -> list[dict[int, Kind]]:
    """Draws a frozen pathway and another over it; gives the kinds of each layer."""
    looks = [
        dict.fromkeys(frozen, FROZEN) | {m: REUSED if m in frozen else OWN for m in row}
        for frozen, row in zip(kept, own, strict=True)
    ]
    width = 1.0 if with_names else 0.4
    if any(kept) and any(own):
        both = [list(look) for look in looks]
        draw_edges(axes, both, num_modules=num_modules, colour=style.PALE, width=0.5)
    for modules, colour, line in (
        (own, style.BLUE, "-"),
        # Dashes on top, so that an edge of both pathways shows both colours.
        (kept, style.VERMILLION, (0, (4, 3))),
    ):
        draw_edges(
            axes,
            modules,
            num_modules=num_modules,
            colour=colour,
            linestyle=line,
            width=width,
        )
    draw_modules(axes, looks, num_modules=num_modules, with_names=with_names)
    return looks


def _say_unknown(axes: Axes) -> None:
    axes.set_axis_off()
    axes.text(0.5, 0.5, "never drawn", ha="center", size=8, color=style.GREY)
