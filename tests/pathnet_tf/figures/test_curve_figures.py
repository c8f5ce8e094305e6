import numpy as np
import pytest

from pathnet_tf.figures.curve_figures import curves_figure, speaker_figure

CURVES = {
    "transfer": [[0.2, 0.4, 0.6], [0.4, 0.6, np.nan]],
    "scratch": [[0.1, 0.2, 0.3]],
}
SPEAKERS = {
    "transfer": {"DC": 0.5, "JE": 0.75, "JK": 0.6},
    "scratch": {"DC": 0.625, "JE": 0.5, "KL": 0.4},
}


def named(axes):
    return {line.get_label(): line for line in axes.lines}


def test_curves_are_means_over_the_runs_that_have_a_value():
    (axes,) = curves_figure(CURVES, metric="clip UAR", title="Curves").axes
    line = named(axes)["transfer"]
    assert line.get_xdata().tolist() == [1, 2, 3]
    assert line.get_ydata() == pytest.approx([0.3, 0.5, 0.6])
    assert axes.get_ylabel() == "clip UAR"


def test_a_band_is_one_standard_deviation_to_either_side():
    (axes,) = curves_figure(CURVES, metric="clip UAR", title="Curves").axes
    (band,) = axes.collections  # A single run has none.
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == pytest.approx((0.2, 0.6))


def test_curves_of_methods_differ_without_colour():
    lines = named(curves_figure(CURVES, metric="UAR", title="Curves").axes[0])
    for look in ("get_linestyle", "get_marker", "get_color"):
        assert len({getattr(lines[name], look)() for name in CURVES}) == 2


def test_curves_say_how_many_runs_there_are():
    figure = curves_figure(CURVES, metric="UAR", title="Curves")
    assert "(transfer 2, scratch 1)" in figure.texts[1].get_text()


@pytest.mark.parametrize("curve", [[0.1, 0.2], np.zeros((0, 3)), [[np.nan]]])
def test_curves_refuse(curve):
    with pytest.raises(ValueError, match="curves must be"):
        curves_figure({"transfer": curve}, metric="UAR", title="Curves")


def test_speakers_stand_by_their_gain_those_without_one_last():
    (axes,) = speaker_figure(SPEAKERS, metric="clip WAR", title="Speakers").axes
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert rows == ["JE", "DC", "JK", "KL"]


def test_a_speaker_who_loses_is_marked():
    figure = speaker_figure(SPEAKERS, metric="clip WAR", title="Speakers")
    gains = [text.get_text() for text in figure.axes[0].texts]
    assert gains == ["+0.250", "▼ \N{MINUS SIGN}0.125"]
    assert "1 of 2 speaker(s) lose" in figure.texts[1].get_text()


def test_a_speaker_with_equal_scores_does_not_lose():
    values = {"transfer": {"DC": 0.5}, "scratch": {"DC": 0.5}}
    figure = speaker_figure(values, metric="clip WAR", title="Speakers")
    assert [text.get_text() for text in figure.axes[0].texts] == ["+0.000"]
    assert "0 of 1 speaker(s) lose" in figure.texts[1].get_text()


def test_a_speakers_dots_are_joined():
    (axes,) = speaker_figure(SPEAKERS, metric="clip WAR", title="Speakers").axes
    assert axes.lines[0].get_xdata().tolist() == [0.5, 0.75]
    assert axes.lines[1].get_linestyle() == "--"
    dots = {dots.get_label(): dots.get_offsets().tolist() for dots in axes.collections}
    assert dots["transfer"] == [[0.75, 0], [0.5, 1], [0.6, 2]]
    assert dots["scratch"] == [[0.5, 0], [0.625, 1], [0.4, 3]]


def test_one_method_alone_is_compared_with_nothing():
    figure = speaker_figure({"scratch": {"DC": 0.5}}, metric="WAR", title="Speakers")
    assert not figure.axes[0].texts


def test_speakers_refuse_nobody():
    with pytest.raises(ValueError, match="at least one speaker"):
        speaker_figure({"transfer": {}}, metric="WAR", title="Speakers")
