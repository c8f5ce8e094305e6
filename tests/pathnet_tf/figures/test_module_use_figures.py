import numpy as np
import pytest

from pathnet_tf.figures.module_use_figures import module_use_figure


def test_each_layer_has_a_map_of_its_shares(rng):
    usage = rng.random((7, 3, 5))
    figure = module_use_figure(usage, title="Modules")
    maps = figure.axes[:3]
    assert [axes.get_ylabel() for axes in maps] == [
        f"layer {layer}\nmodule" for layer in (1, 2, 3)
    ]
    for layer, axes in enumerate(maps):
        assert axes.images[0].get_array().tolist() == usage[:, layer].T.tolist()


def test_all_layers_have_one_scale(rng):
    maps = module_use_figure(rng.random((7, 3, 5)) / 2, title="Modules").axes[:3]
    assert {axes.images[0].get_clim() for axes in maps} == {(0, 1)}


@pytest.mark.parametrize(
    ("usage", "message"),
    [
        (np.zeros((3, 4)), "usage must be"),
        (np.full((2, 1, 3), 1.5), r"lie in \[0, 1\]"),
        (np.full((2, 1, 3), np.nan), r"lie in \[0, 1\]"),
    ],
)
def test_wrong_shares_are_refused(usage, message):
    with pytest.raises(ValueError, match=message):
        module_use_figure(usage, title="Modules")
