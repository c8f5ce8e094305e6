"""Pictures that compare methods: learning curves, and the scores of each speaker."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from pathnet_tf.figures import style


@style.themed
def curves_figure(
    curves: Mapping[str, npt.ArrayLike], *, metric: str, title: str
) -> Figure:
    """Draws each method's learning curve: the mean of its runs, in a band.

    The band reaches one standard deviation of the runs to either side of the mean.

    Args:
      curves: For each method, float `[num_runs, num_generations]`, scores; NaN where a
        run has no value, such as after its last generation.
      metric: Name of the scores, such as `clip UAR`.
      title: Shown in full.

    Returns:
      The figure.

    Raises:
      ValueError: A method has no value, or its array does not have two dimensions.

    Reference: the paper, Fig. 15.
    """
    values = {method: np.asarray(each, float) for method, each in curves.items()}
    for method, array in values.items():
        if array.ndim != 2 or not np.isfinite(array).any():
            raise ValueError(
                "curves must be [num_runs, num_generations] with values. Received: "
                f"curves[{method!r}] of shape {array.shape}"
            )
    numbers = ", ".join(f"{method} {len(array)}" for method, array in values.items())
    caption = (
        f"Mean over runs ({numbers}); band: one standard deviation to either side."
    )
    figure = style.new_figure(title, caption, height=3.4)
    axes = figure.add_subplot()
    for place, (method, array) in enumerate(values.items()):
        has_value = np.isfinite(array).any(axis=0)
        generation = 1 + np.flatnonzero(has_value)
        array = array[:, has_value]
        mean, deviation = np.nanmean(array, axis=0), np.nanstd(array, axis=0)
        colour = style.COLOURS[place % len(style.COLOURS)]
        if len(array) > 1:
            axes.fill_between(
                generation,
                mean - deviation,
                mean + deviation,
                facecolor=colour,
                alpha=0.18,
                linewidth=0,
            )
            # Bands overlap, and in grey print they look alike, so each has edges.
            for edge in (mean - deviation, mean + deviation):
                axes.plot(generation, edge, color=colour, linewidth=0.5, alpha=0.6)
        axes.plot(
            generation,
            mean,
            label=method,
            color=colour,
            linestyle=style.LINES[place % len(style.LINES)],
            marker=style.MARKERS[place % len(style.MARKERS)],
            markevery=(2 * place % len(mean), max(1, len(mean) // 8)),
            markersize=5,
            linewidth=1.6,
        )
    axes.set(xlabel="generation", ylabel=metric)
    axes.margins(x=0.01)
    axes.grid(True)
    style.legend_above(axes, handlelength=3.4)
    return figure


@style.themed
def speaker_figure(
    values: Mapping[str, Mapping[str, float]], *, metric: str, title: str
) -> Figure:
    """Draws a row for each speaker: the scores by every method, joined by a line.

    Rows are sorted by the first method's score minus the second's, the largest at the
    top. Speakers for whom this difference is negative are marked.

    Args:
      values: For each method, the score of each speaker. A speaker may be missing in a
        method.
      metric: Name of the scores, such as `clip UAR`.
      title: Shown in full.

    Returns:
      The figure. Its caption counts the speakers with a negative difference.

    Raises:
      ValueError: There is no speaker.
    """
    methods = list(values)
    gains = _gains(values)
    if not gains:
        raise ValueError(f"There must be at least one speaker. Received: {values}")
    lost = sum(gain < 0 for gain in gains.values())
    compared = sum(np.isfinite(gain) for gain in gains.values())
    caption = (
        ""
        if len(methods) < 2
        else (
            f"{methods[0]} against {methods[1]}: {lost} of {compared} speaker(s) lose "
            "(dashed line, ▼)."
        )
    )
    height = 1.1 + 0.2 * len(gains)
    figure = style.new_figure(title, caption, height=height)
    axes = figure.add_subplot()
    for place, (method, scores) in enumerate(values.items()):
        rows = [row for row, speaker in enumerate(gains) if speaker in scores]
        colour = style.COLOURS[place % len(style.COLOURS)]
        axes.scatter(
            [scores[speaker] for speaker in gains if speaker in scores],
            rows,
            s=36,
            label=method,
            marker=style.MARKERS[place % len(style.MARKERS)],
            facecolor=colour if place == 0 else style.PAPER,
            edgecolor=colour,
            linewidth=1.4,
            zorder=3,
        )
    for row, (speaker, gain) in enumerate(gains.items()):
        ends = [each[speaker] for each in values.values() if speaker in each]
        loses = gain < 0
        colour = style.VERMILLION if loses else style.GREY
        axes.plot(
            [min(ends), max(ends)],
            [row, row],
            color=colour,
            linestyle="--" if loses else "-",
            linewidth=1.4,
        )
        if np.isfinite(gain):
            axes.annotate(
                ("▼ " if loses else "") + f"{gain:+.3f}".replace("-", "\N{MINUS SIGN}"),
                (1.02, row),
                xycoords=("axes fraction", "data"),
                va="center",
                size=8,
                color=colour if loses else style.INK,
                weight="bold" if loses else "normal",
            )
    axes.set_yticks(range(len(gains)), list(gains))
    axes.set_ylim(len(gains) - 0.4, -0.6)
    axes.set(xlabel=metric, ylabel="held-out speaker")
    axes.grid(True)
    style.legend_above(axes)
    return figure


def _gains(values: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Subtracts the second method from the first, by speaker, the largest gain first.

    The gain is NaN where a method lacks the speaker; such speakers come last.
    """
    speakers = sorted({speaker for each in values.values() for speaker in each})
    pair = [*values.values(), {}, {}][:2]
    gains = {
        speaker: pair[0].get(speaker, np.nan) - pair[1].get(speaker, np.nan)
        for speaker in speakers
    }
    return dict(
        sorted(gains.items(), key=lambda item: -np.nan_to_num(item[1], nan=-np.inf))
    )
