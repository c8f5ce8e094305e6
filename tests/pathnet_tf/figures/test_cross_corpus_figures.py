import numpy as np
import pytest
from matplotlib.patches import Rectangle

from pathnet_tf.figures.cross_corpus_figures import cross_corpus_figure

TARGETS, COLUMNS = ["EMO-DB", "URDU"], ["scratch", "EMO-DB", "URDU"]
NONE = np.nan
SCORES = [[0.6, NONE, 0.7], [0.5, 0.4, NONE]]
GAINS = [[NONE, NONE, 0.1], [NONE, -0.1, NONE]]
STARS = [[False, False, True], [False, False, False]]


def draw(scores=SCORES, gains=GAINS, stars=STARS):
    figure = cross_corpus_figure(TARGETS, COLUMNS, scores, gains, stars, title="Title")
    return figure.axes[0]


def frames(axes):
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def test_each_cell_tells_its_score_and_gain():
    texts = {one.get_position(): one.get_text() for one in draw().texts}
    assert texts == {
        (0, 0): "0.600",
        (1, 0): "-",
        (2, 0): "0.700\n+0.100*",
        (0, 1): "0.500",
        (1, 1): "0.400\n-0.100",
        (2, 1): "-",
    }


def test_a_loss_and_a_significant_gain_are_told_without_colour():
    gain, loss = frames(draw())
    assert (gain.get_hatch(), loss.get_hatch()) == (None, "////")
    assert gain.get_linewidth() > loss.get_linewidth() == 0


def test_rows_and_columns_are_named():
    axes = draw()
    assert [one.get_text() for one in axes.get_xticklabels()] == COLUMNS
    assert [one.get_text() for one in axes.get_yticklabels()] == TARGETS


def test_without_any_gain_it_is_drawn():
    nothing = np.full((2, 3), NONE)
    axes = draw(gains=nothing, stars=np.zeros((2, 3)))
    axes.figure.draw_without_rendering()
    assert not frames(axes)


def test_arrays_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="must be 2 x 3"):
        draw(gains=np.zeros((3, 2)))
