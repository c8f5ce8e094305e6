"""The picture of how many pathways of a population use each module, by generation."""

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from pathnet_tf.figures import style


@style.themed
def module_use_figure(usage: npt.ArrayLike, *, title: str) -> Figure:
    """Draws a heat map for each layer: generations across, modules upwards.

    Args:
      usage: float `[num_generations + 1, num_layers, num_modules]`, share of the
        population that names a module, in [0, 1]. Entry 0 is the initial population.
      title: Shown in full.

    Returns:
      The figure; all layers have the same colour scale.

    Raises:
      ValueError: `usage` does not have three dimensions, or has values outside [0, 1].
    """
    shares = np.asarray(usage, float)
    if shares.ndim != 3 or not shares.size:
        raise ValueError(
            "usage must be [num_generations + 1, num_layers, num_modules]. "
            f"Received: usage.shape={shares.shape}"
        )
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(
            f"usage must lie in [0, 1]. Received: {shares.min()} to {shares.max()}"
        )
    num_layers, num_modules = shares.shape[1:]
    caption = (
        "Share of the population that names a module; 0 is the initial population. "
        "Dark: nearly every pathway uses it."
    )
    figure = style.new_figure(title, caption, height=0.6 + 1.5 * num_layers)
    panels = figure.subplots(num_layers, 1, sharex=True, squeeze=False)[:, 0]
    for layer, axes in enumerate(panels):
        image = axes.imshow(
            shares[:, layer].T,
            cmap="Blues",
            vmin=0,
            vmax=1,
            aspect="auto",
            origin="lower",
            interpolation="nearest",
        )
        axes.set_ylabel(f"layer {layer + 1}\nmodule")
        axes.set_yticks(range(0, num_modules, max(1, round(num_modules / 5))))
        axes.spines[:].set_visible(True)
    panels[-1].set_xlabel("generation")
    bar = figure.colorbar(image, ax=list(panels), pad=0.02, aspect=30)
    bar.set_label("share of the population")
    return figure
