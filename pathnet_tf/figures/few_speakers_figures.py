"""The picture of scores, and of their differences, by number of training speakers."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pathnet_tf.figures import style

_STEP = 0.09  # Between neighbouring whiskers; numbers of speakers are 1 apart.
_SPREAD = 0.5  # Of all whiskers of one number of speakers, at most.


@style.themed
def few_speakers_figure(
    numbers: Sequence[str],
    scores: Mapping[str, npt.ArrayLike],
    differences: Mapping[str, tuple[str, npt.ArrayLike]],
    *,
    title: str,
) -> Figure:
    """Draws scores over the number of training speakers, and differences below.

    Args:
      numbers: Labels of the numbers of training speakers, in ascending order.
      scores: For each line, float `[len(numbers), 3]`: score, lower and upper end of
        its interval; NaN where the line has no score.
      differences: For each name, such as `transfer - scratch`, the line whose colour
        and marker it has, and float `[len(numbers), 3]` as in `scores`. May be empty.
      title: Shown in full.

    Returns:
      The figure, with a marker for each score and a whisker for its interval. Without
      differences it has no lower axes.

    Raises:
      ValueError: There are fewer than two numbers or no line, or an array does not have
        three values for each number.
    """
    if len(numbers) < 2 or not scores:
        raise ValueError(
            "There must be two numbers of speakers and a line. Received: "
            f"numbers={numbers}, scores of {list(scores)}"
        )
    values = {name: _checked(name, one, numbers) for name, one in scores.items()}
    changes = {
        name: (line, _checked(name, one, numbers))
        for name, (line, one) in differences.items()
    }
    caption = "Whiskers: 95 % intervals, bootstrap over held-out speakers"
    caption += ", the same ones on both sides of a difference." if changes else "."
    heights = [3.5, 1.5] if changes else [3.5]
    figure = style.new_figure(title, caption, height=sum(heights))
    rows = figure.add_gridspec(len(heights), height_ratios=heights)
    axes = figure.add_subplot(rows[0])
    looks = list(values)
    for place, (name, array) in enumerate(values.items()):
        _line(axes, array, name, look=place, offset=_offset(place, len(values)))
    axes.set_ylabel("clip UAR, pooled over folds,\nmean over repeats")
    style.legend_above(axes, handlelength=3.4)
    panels = [axes]
    if changes:
        below = figure.add_subplot(rows[1], sharex=axes)
        below.axhline(0, color=style.INK, linewidth=0.9)
        for place, (name, (line, array)) in enumerate(changes.items()):
            offset = _offset(place, len(changes))
            shown = name.replace(" - ", " \N{MINUS SIGN} ")
            _line(below, array, shown, look=looks.index(line), offset=offset)
        below.set_ylabel("difference\nin clip UAR")
        style.legend_above(below, handlelength=3.4)
        axes.tick_params(labelbottom=False)
        panels.append(below)
    for panel in panels:
        panel.grid(True, axis="y")
        panel.margins(y=0.08)
    panels[-1].set_xticks(range(len(numbers)), numbers)
    panels[-1].set_xlim(-0.4, len(numbers) - 0.6)
    panels[-1].set_xlabel("target speakers that a fold learns from")
    figure.align_ylabels(panels)
    return figure


def _checked(name: str, array: npt.ArrayLike, numbers: Sequence[str]) -> np.ndarray:
    """Checks a line's values and gives them as float64 `[len(numbers), 3]`."""
    values = np.asarray(array, float)
    if values.shape != (len(numbers), 3) or not np.isfinite(values).any():
        raise ValueError(
            f"Each line needs 3 values for each of {len(numbers)} numbers. Received: "
            f"{name!r} of shape {values.shape}"
        )
    return values


def _offset(place: int, number: int) -> float:
    step = min(_STEP, _SPREAD / number)
    return (place - (number - 1) / 2) * step


def _line(
    axes: Axes, values: np.ndarray, name: str, *, look: int, offset: float
) -> None:
    """Draws one line: its markers, and whiskers where there are intervals.

    Args:
      axes: Axes to draw on.
      values: float64 `[num_numbers, 3]`: score, lower and upper end of its interval.
      name: Label in the legend.
      look: Index into the colours, lines and markers of `style`.
      offset: Shift to the right, where numbers of speakers are 1 apart.
    """
    known = np.flatnonzero(np.isfinite(values[:, 0]))
    score, low, high = values[known].T
    colour = style.COLOURS[look % len(style.COLOURS)]
    axes.plot(
        known + offset,
        score,
        label=name,
        color=colour,
        linestyle=style.LINES[look % len(style.LINES)],
        marker=style.MARKERS[look % len(style.MARKERS)],
        markersize=5.5,
        linewidth=1.5,
        zorder=3,
    )
    axes.errorbar(
        known + offset,
        score,
        np.maximum([score - low, high - score], 0),
        fmt="none",
        ecolor=colour,
        elinewidth=1.1,
        capsize=2.5,
    )
