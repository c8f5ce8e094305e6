"""Draws a clip's timeline: the probability of each emotion, second by second."""

from collections.abc import Sequence

import numpy as np

from pathnet_tf.figures.style import (
    COLOURS,
    LINES,
    PALE,
    legend_above,
    new_figure,
    png_bytes,
    themed,
)
from pathnet_tf.serving.answers import Answer
from pathnet_tf.serving.model_folder import ModelAbout

_HEIGHT = 2.6


@themed
def timeline_figure(
    name: str, seconds: Sequence[tuple[float, float, Answer]], about: ModelAbout
) -> bytes:
    """Draws a timeline.

    Args:
      name: Name of the clip.
      seconds: For each second, its start and end, in seconds, and the answer; at least
        one second.
      about: The content of the model's `model.json`.

    Returns:
      A PNG picture.
    """
    num_uncertain = sum(answer.is_uncertain for *_, answer in seconds)
    caption = (
        f"A model of {', '.join(about.corpora)}. Grey: uncertain ({num_uncertain} of "
        f"{len(seconds)} s)."
    )
    if about.is_synthesized:
        caption += " Trained on synthesized recordings; it says nothing of real ones."
    figure = new_figure(name, caption, height=_HEIGHT)
    axes = figure.subplots()
    starts = np.array([start for start, *_ in seconds])
    ends = np.array([end for _, end, _ in seconds])
    for start, end, answer in seconds:
        if answer.is_uncertain:
            axes.axvspan(start, end, color=PALE, linewidth=0)
    edges = np.append(starts, ends[-1])
    for number, emotion in enumerate(about.emotions):
        values = [answer.probabilities[emotion] for *_, answer in seconds]
        axes.step(
            edges,
            [*values, values[-1]],
            where="post",
            color=COLOURS[number],
            linestyle=LINES[number],
            label=emotion,
        )
    axes.set(
        xlabel="seconds",
        ylabel="probability",
        ylim=(0, 1),
        xlim=(starts[0], max(ends[-1], starts[0] + 1e-3)),
    )
    legend_above(axes)
    return png_bytes(figure)
