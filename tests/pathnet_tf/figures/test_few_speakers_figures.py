import numpy as np
import pytest

from pathnet_tf.figures.few_speakers_figures import few_speakers_figure

NUMBERS = ["1", "2", "all = 9"]
SCORES = {
    "transfer": [[0.5, 0.4, 0.6], [0.6, 0.5, 0.7], [0.7, 0.6, 0.8]],
    "scratch": [[0.3, 0.2, 0.4], [0.5, 0.4, 0.6], [0.7, 0.6, 0.8]],
    "compare_svm": [[np.nan] * 3, [np.nan] * 3, [0.8, 0.7, 0.9]],
}
GAINS = [[0.2, 0.1, 0.3], [0.1, 0.0, 0.2], [0.0, -0.1, 0.1]]
DIFFERENCES = {"transfer - scratch": ("transfer", GAINS)}
TITLE = "EMO-DB: clip UAR by number of training speakers"


def draw(scores=SCORES, differences=DIFFERENCES, numbers=NUMBERS):
    return few_speakers_figure(numbers, scores, differences, title=TITLE)


def named(axes):
    return {line.get_label(): line for line in axes.lines}


def whiskers(axes):
    """Places and ends of all whiskers, in the order of the lines."""
    found = (one.get_segments() for one in axes.collections)
    return [(part[0, 0], *part[:, 1]) for parts in found for part in parts]


def test_numbers_of_speakers_stand_side_by_side_in_their_order():
    above, below = draw().axes
    assert [label.get_text() for label in below.get_xticklabels()] == NUMBERS
    assert below.get_xticks().tolist() == [0, 1, 2]
    assert named(above)["transfer"].get_ydata().tolist() == [0.5, 0.6, 0.7]


def test_whiskers_are_the_intervals_and_stand_apart():
    above, below = draw().axes
    places, low, high = np.array(whiskers(above)).T
    assert low == pytest.approx([0.4, 0.5, 0.6, 0.2, 0.4, 0.6, 0.7])
    assert high == pytest.approx([0.6, 0.7, 0.8, 0.4, 0.6, 0.8, 0.9])
    assert len(set(places.round(6))) == len(places)
    assert np.abs(places - places.round()).max() < 0.25
    _, low, high = np.array(whiskers(below)).T
    assert low == pytest.approx([0.1, 0, -0.1])
    assert high == pytest.approx([0.3, 0.2, 0.1])


def test_a_line_has_no_marker_where_nothing_was_run():
    line = named(draw().axes[0])["compare_svm"]
    assert line.get_ydata().tolist() == [0.8]
    assert line.get_xdata().round().tolist() == [2]


def test_a_single_held_out_speaker_has_a_marker_without_whisker():
    scores = {"scratch": [[0.5, np.nan, np.nan], [0.6, 0.5, 0.7]]}
    (axes,) = draw(scores, {}, ["1", "2"]).axes
    assert named(axes)["scratch"].get_ydata().tolist() == [0.5, 0.6]
    axes.figure.draw_without_rendering()


def test_methods_differ_without_colour():
    lines = named(draw().axes[0])
    for look in ("get_linestyle", "get_marker", "get_color"):
        looks = {str(getattr(lines[name], look)()) for name in SCORES}
        # matplotlib calls every dashed line "--".
        assert len(looks) == 3 or look == "get_linestyle"


def test_a_difference_has_the_look_of_its_line_and_a_line_at_zero():
    above, below = draw().axes
    gain = named(below)["transfer \N{MINUS SIGN} scratch"]
    assert gain.get_marker() == named(above)["transfer"].get_marker()
    assert gain.get_ydata() == pytest.approx([0.2, 0.1, 0])
    assert [0, 0] in [list(line.get_ydata()) for line in below.lines]


def test_without_differences_there_is_one_axes():
    figure = draw(differences={})
    assert len(figure.axes) == 1
    assert "difference" not in figure.texts[1].get_text()


def test_the_axis_says_what_is_pooled_and_what_averaged():
    label = draw().axes[0].get_ylabel().replace("\n", " ")
    assert label == "clip UAR, pooled over folds, mean over repeats"


@pytest.mark.parametrize("num_lines", [2, 6, 9])
def test_legends_and_whiskers_of_many_lines_stay_in_their_places(num_lines):
    scores = {
        f"method {number}, module=conv, generations=2{number}": SCORES["transfer"]
        for number in range(num_lines)
    }
    differences = {f"{name} - scratch": (name, GAINS) for name in [*scores][:3]}
    figure = draw(scores, differences)
    figure.draw_without_rendering()
    above, below = figure.axes
    for axes in (above, below):
        box = axes.get_legend().get_window_extent()
        assert 0 < box.x0 < box.x1 < figure.bbox.width
        assert axes.bbox.y1 <= box.y0 + 1
    assert below.get_legend().get_window_extent().y1 < above.bbox.y0
    places = np.array(whiskers(above))[:, 0]
    assert np.abs(places - places.round()).max() < 0.3


@pytest.mark.parametrize(
    ("scores", "numbers", "message"),
    [
        (SCORES, ["1"], "two numbers of speakers"),
        ({}, NUMBERS, "and a line"),
        (SCORES, ["1", "2"], r"3 values for each of 2 numbers. .*'transfer'"),
        ({"a": np.full((3, 3), np.nan)}, NUMBERS, "Each line needs 3 values"),
    ],
)
def test_what_cannot_be_drawn_is_refused(scores, numbers, message):
    with pytest.raises(ValueError, match=message):
        draw(scores, {}, numbers)
