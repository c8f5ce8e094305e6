import io

import matplotlib
import pytest
from PIL import Image

from pathnet_tf.figures import style

LEAKY = (
    "LEAKY (random_segment): " + "parts of one recording on both sides; " * 6 + "END"
)


@style.themed
def some_figure(title="A title", caption="A caption."):
    figure = style.new_figure(title, caption, height=1.5)
    axes = figure.add_subplot()
    axes.bar([0, 1], [1, 2], hatch="//")
    axes.fill_between([0, 1], [0, 1], [1, 2])
    return figure


def test_a_long_title_is_shown_in_full_in_several_lines():
    shown = some_figure(title=LEAKY).texts[0].get_text()
    assert shown.split() == LEAKY.split()
    assert shown.count("\n") >= 3


def test_a_title_stays_within_the_picture_and_above_the_axes():
    figure = some_figure(title=LEAKY)
    figure.draw_without_rendering()
    box = figure.texts[0].get_window_extent()
    assert 0 < box.x0 < box.x1 < figure.bbox.width
    assert figure.axes[0].get_tightbbox().y1 < box.y0 < box.y1 < figure.bbox.height


def test_a_caption_stays_below_the_axes():
    figure = some_figure(caption="Words of a caption that goes on. " * 9)
    figure.draw_without_rendering()
    box = figure.texts[1].get_window_extent()
    assert 0 < box.y0 < box.y1 < figure.axes[0].get_tightbbox().y0


def test_a_longer_title_takes_no_room_from_the_axes():
    heights = []
    for title in ("Short", LEAKY):
        figure = some_figure(title=title)
        figure.draw_without_rendering()
        heights.append(figure.axes[0].bbox.height)
    assert heights[0] == pytest.approx(heights[1], abs=1)


def test_a_word_longer_than_a_line_is_broken_and_kept():
    lines = style.wrapped("x" * 400, points=11, width=3)
    assert len(lines) > 2
    assert "".join(lines) == "x" * 400


def test_line_ends_of_a_title_are_kept():
    assert style.wrapped("one\ntwo", points=9, width=6) == ["one", "two"]


@pytest.mark.parametrize("draw", [style.png_bytes, style.svg_bytes])
def test_bytes_are_the_same_twice(draw):
    assert draw(some_figure()) == draw(some_figure())


def test_settings_of_the_user_change_nothing():
    expected = style.png_bytes(some_figure())
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        assert style.png_bytes(some_figure()) == expected
        assert matplotlib.rcParams["font.size"] == 30


def test_a_file_names_neither_a_date_nor_a_version():
    for content in (style.svg_bytes(some_figure()), style.png_bytes(some_figure())):
        assert b"date" not in content
        assert matplotlib.__version__.encode() not in content


def test_a_dollar_is_no_formula():
    style.png_bytes(some_figure(title=r"costs $\nonsense{$ or so"))


def test_a_picture_is_as_wide_as_it_says():
    with Image.open(io.BytesIO(style.png_bytes(some_figure()))) as image:
        assert image.width == style.WIDTH * style.DPI


def test_every_look_has_a_colour_line_marker_and_hatch_of_its_own():
    for looks in (style.COLOURS, style.LINES, style.MARKERS, style.HATCHES):
        assert len(set(looks)) == len(looks) == 9
