"""The picture of a matrix of corpora: scores by target and source, and their gains."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pathnet_tf.figures import style

# Of the strongest colour, at least: noise of a few points must not look like a finding.
_LEAST_SCALE = 0.1


@style.themed
def cross_corpus_figure(
    targets: Sequence[str],
    columns: Sequence[str],
    scores: npt.ArrayLike,
    gains: npt.ArrayLike,
    is_significant: npt.ArrayLike,
    *,
    title: str,
) -> Figure:
    """Draws scores of each target by what it was learned from.

    Args:
      targets: Names of the rows.
      columns: Names of the columns, such as `scratch` and the names of sources.
      scores: float `[num_targets, num_columns]`; NaN where there is no run.
      gains: float `[num_targets, num_columns]`, score minus that from scratch; NaN
        where there is nothing to gain over.
      is_significant: bool `[num_targets, num_columns]`.
      title: Shown in full.

    Returns:
      The figure: in each cell the score and the gain, on a colour for the gain. A loss
      is hatched, and a significant gain or loss has a frame and a star.

    Raises:
      ValueError: There is no row or column, or an array has another shape.
    """
    values, changes = np.asarray(scores, float), np.asarray(gains, float)
    stars = np.asarray(is_significant, bool)
    shape = (len(targets), len(columns))
    if not all(shape) or {values.shape, changes.shape, stars.shape} != {shape}:
        raise ValueError(
            f"Each array must be {shape[0]} x {shape[1]}, and not empty. Received: "
            f"scores.shape={values.shape}, gains.shape={changes.shape}, "
            f"is_significant.shape={stars.shape}"
        )
    caption = (
        "Clip UAR, and its gain over the same target from scratch; hatched: a loss. "
        "* and frame: p < 0.05, speaker by speaker, after Holm over the row."
    )
    figure = style.new_figure(title, caption, height=1.2 + 0.55 * len(targets))
    axes = figure.add_subplot()
    scale = max(np.nanmax(np.abs(changes), initial=0.0), _LEAST_SCALE)
    axes.imshow(changes, cmap="PuOr_r", vmin=-2 * scale, vmax=2 * scale, aspect="auto")
    for (row, column), score in np.ndenumerate(values):
        if np.isnan(score):
            axes.text(column, row, "-", ha="center", va="center", color=style.GREY)
            continue
        gain, has_star = changes[row, column], stars[row, column]
        if gain < 0 or has_star:
            frame = Rectangle(
                (column - 0.46, row - 0.44),
                0.92,
                0.88,
                fill=False,
                hatch="////" if gain < 0 else None,
                edgecolor=style.INK if has_star else style.GREY,
                linewidth=1.6 if has_star else 0,
            )
            axes.add_patch(frame)
        text = f"{score:.3f}"
        if not np.isnan(gain):
            # Adding 0 keeps a minus from standing before a rounded 0.
            text += f"\n{round(gain, 3) + 0.0:+.3f}{'*' if has_star else ''}"
        axes.text(
            column,
            row,
            text,
            ha="center",
            va="center",
            size=8,
            weight="bold" if has_star else "normal",
            bbox={
                "facecolor": style.PAPER,
                "edgecolor": "none",
                "pad": 1,
                "alpha": 0.8,
            },
        )
    axes.set_xticks(range(len(columns)), columns, **style.slant(columns))
    axes.set_yticks(range(len(targets)), targets)
    axes.set(xlabel="learned from", ylabel="target")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(targets) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=style.PALE, linewidth=0.8)
    axes.tick_params(which="minor", length=0)
    return figure
