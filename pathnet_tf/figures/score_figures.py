"""Pictures of the scores of each emotion: confusion matrix, ROC curves, recalls."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pathnet_tf.evaluation import metrics, roc
from pathnet_tf.figures import style


@style.themed
def confusion_figure(
    confusion: npt.ArrayLike, emotions: Sequence[str], *, title: str
) -> Figure:
    """Draws a confusion matrix: in each cell a count, and its share of the row.

    Args:
      confusion: int `[num_emotions, num_emotions]`, counts; a row is a true emotion, a
        column a decided one.
      emotions: Names of the declared emotions.
      title: Shown in full.

    Returns:
      The figure; its caption gives WAR and UAR.

    Raises:
      ValueError: There are fewer than two emotions, or `confusion` has another shape or
        negative counts.

    Reference: the paper, Figs 14 and 18.
    """
    style.require_emotions(emotions)
    counts, size = np.asarray(confusion), len(emotions)
    if counts.shape != (size, size) or (counts < 0).any():
        raise ValueError(
            f"confusion must be {size} x {size} counts. Received: "
            f"confusion.shape={counts.shape}, confusion={counts.tolist()}"
        )
    support = counts.sum(axis=1)
    shares = counts / np.maximum(support, 1)[:, None]
    absent = [name for name, n in zip(emotions, support, strict=True) if not n]
    caption = (
        f"WAR {metrics.war(counts):.3f}, UAR {metrics.uar(counts):.3f} over "
        f"{size} declared emotions. "
        "Rows: the truth; cells: count and share of the row."
    ) + (f" Absent, recall 0: {', '.join(absent)}." if absent else "")
    figure = style.new_figure(title, caption, height=min(5.6, 1.4 + 0.58 * size))
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        axes.text(
            column,
            row,
            f"{count}\n{share:.0%}" if support[row] else "-",
            ha="center",
            va="center",
            size=8,
            weight="bold" if row == column else "normal",
            color=style.PAPER if share > 0.65 else style.INK,
        )
    axes.set_xticks(range(size), emotions, **style.slant(emotions))
    axes.set_yticks(
        range(size), [f"{n}\nn = {s}" for n, s in zip(emotions, support, strict=True)]
    )
    axes.set(xlabel="recognized as", ylabel="truth")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xticks(np.arange(size + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(size + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=style.PALE, linewidth=0.8)
    axes.tick_params(which="minor", length=0)
    return figure


@style.themed
def roc_figure(
    truth: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    emotions: Sequence[str],
    *,
    title: str,
) -> Figure:
    """Draws each emotion's one-vs-rest ROC curve, and their averages.

    The micro average pools the decisions on all declared emotions. The macro average
    is the mean of the curves; the area under it is the mean of their areas.

    Args:
      truth: int `[num_samples]`, indices of emotions.
      probabilities: float `[num_samples, num_emotions]`, or any finite score that grows
        with the probability.
      emotions: Names of the declared emotions; those without samples have no curve.
      title: Shown in full.

    Returns:
      The figure; its legend gives the areas under the curves.

    Raises:
      ValueError: Fewer than two emotions are declared or have samples, or the arrays do
        not fit each other.

    See `evaluation.roc` for the curves.

    Reference: the paper, Figs 16 and 17.
    """
    style.require_emotions(emotions)
    labels, scores = np.asarray(truth, np.int64), np.asarray(probabilities, float)
    if scores.shape != (*labels.shape, len(emotions)) or not np.isfinite(scores).all():
        raise ValueError(
            f"probabilities must be finite, {len(emotions)} for each sample. "
            f"Received: truth.shape={labels.shape}, probabilities.shape={scores.shape}"
        )
    present = np.unique(labels)
    if not np.isin(present, range(len(emotions))).all():
        raise ValueError(
            f"truth must lie in [0, {len(emotions)}). Received: {present.tolist()}"
        )
    if len(present) < 2:
        raise ValueError(
            "A ROC curve needs samples of at least two emotions. Received: "
            f"truth of {', '.join(emotions[i] for i in present) or 'no sample'}"
        )
    absent = [name for i, name in enumerate(emotions) if i not in present]
    caption = f"One emotion against the rest; {len(labels)} samples." + (
        f" Absent, no curve: {', '.join(absent)}." if absent else ""
    )
    figure = style.new_figure(title, caption, height=4.2)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=style.GREY, linewidth=0.8, label="chance")
    curves = roc.class_curves(labels, scores)
    for index in present:
        _roc_line(
            axes,
            curves[index],
            emotions[index],
            color=style.COLOURS[index % len(style.COLOURS)],
            linestyle=style.LINES[index % len(style.LINES)],
            marker=style.MARKERS[index % len(style.MARKERS)],
            markevery=(0.04 + 0.013 * index, 0.22),
            markersize=4,
            linewidth=1.4,
        )
    micro, macro = roc.micro_curve(labels, scores), roc.macro_curve(curves)
    _roc_line(axes, micro, "micro average", color=style.GREY, linewidth=4.0)
    _roc_line(axes, macro, "macro average", color=style.INK, linewidth=1.8)
    axes.set(
        xlim=(-0.01, 1.01),
        ylim=(-0.01, 1.01),
        xlabel="false positive rate",
        ylabel="true positive rate (recall)",
        aspect="equal",
    )
    axes.grid(True)
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), handlelength=3.4)
    return figure


@style.themed
def recall_figure(
    recalls: Mapping[str, Sequence[npt.ArrayLike]],
    emotions: Sequence[str],
    *,
    title: str,
) -> Figure:
    """Draws a bar of recall for each emotion and method.

    Args:
      recalls: For each method and repeat, float `[num_emotions]`, in [0, 1].
      emotions: Names of the declared emotions.
      title: Shown in full.

    Returns:
      The figure. Bars are means over repeats; if there are several repeats, whiskers
      reach from the least to the greatest.

    Raises:
      ValueError: There are fewer than two emotions, or a method has no repeat or
        another number of recalls.
    """
    style.require_emotions(emotions)
    values = {method: np.array(each, float) for method, each in recalls.items()}
    for method, array in values.items():
        if array.ndim != 2 or array.shape[1] != len(emotions) or not len(array):
            raise ValueError(
                f"recalls must hold {len(emotions)} values a repeat. Received: "
                f"recalls[{method!r}] of shape {array.shape}"
            )
    numbers = sorted({len(array) for array in values.values()})
    repeats = " or ".join(str(number) for number in numbers)
    caption = f"{repeats} repeat(s)." + (
        " Bars are means, whiskers go from the least repeat to the greatest."
        if numbers and numbers[-1] > 1
        else ""
    )
    figure = style.new_figure(title, caption, height=3.0)
    axes = figure.add_subplot()
    width = 0.84 / max(len(values), 1)
    for place, (method, array) in enumerate(values.items()):
        mean = array.mean(axis=0)
        left = np.arange(len(emotions)) + (place - (len(values) - 1) / 2) * width
        bars = axes.bar(
            left,
            mean,
            width * 0.92,
            label=method,
            color=style.COLOURS[place % len(style.COLOURS)],
            hatch=style.HATCHES[place % len(style.HATCHES)],
            edgecolor=style.PAPER,
            linewidth=0,
        )
        least, greatest = array.min(axis=0), array.max(axis=0)
        if len(array) > 1:
            # The mean of equal values may be less than them by its last bit.
            whiskers = np.maximum([mean - least, greatest - mean], 0)
            axes.errorbar(
                left,
                mean,
                whiskers,
                fmt="none",
                ecolor=style.INK,
                elinewidth=1,
                capsize=2.5,
            )
        if len(emotions) * len(values) <= 18:
            for x, value, top in zip(bars, mean, greatest, strict=True):
                middle = x.get_x() + x.get_width() / 2
                text = f"{value:.2f}" if width > 0.3 else f"{value:.2f}".lstrip("0")
                axes.text(middle, top + 0.02, text, ha="center", size=8)
    axes.set_xticks(range(len(emotions)), emotions, **style.slant(emotions))
    axes.set(ylabel="recall", ylim=(0, 1.08), yticks=np.linspace(0, 1, 6))
    axes.grid(True, axis="y")
    style.legend_above(axes, handlelength=2.4)
    return figure


def _roc_line(axes: Axes, curve: roc.RocCurve, name: str, **look: Any) -> None:
    """Draws a curve and names its area in the legend; `look` goes to `Axes.plot`."""
    axes.plot(
        curve.false_positive_rate,
        curve.true_positive_rate,
        label=f"{name}, AUC {curve.area:.3f}",
        **look,
    )
