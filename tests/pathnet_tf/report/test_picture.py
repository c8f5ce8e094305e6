import pytest
from matplotlib.figure import Figure

from pathnet_tf.report.html.section import Animation, Picture, embedded_image


@pytest.fixture
def picture():
    figure = Figure()
    figure.add_subplot().plot([0, 1], [1, 0])
    return Picture("line", 'A "line" <down>', figure, is_leaky=True)


def test_a_picture_lies_inside_the_page_and_says_what_it_shows(picture):
    text = picture.to_html()
    assert 'src="data:image/svg+xml;base64,' in text
    assert 'alt="LEAKY: A &quot;line&quot; &lt;down&gt;"' in text


def test_a_picture_is_saved_in_pixels_and_in_lines(picture):
    files = picture.files()
    assert sorted(files) == ["png", "svg"]
    assert files["png"].startswith(b"\x89PNG")
    assert b"<svg" in files["svg"]
    assert picture.file_name == "LEAKY_line"


def test_a_film_waits_in_the_page_until_it_is_opened():
    film = Animation("search", "A <search>", b"GIF", is_leaky=True)
    assert film.to_html().startswith(
        "<details><summary>LEAKY: A &lt;search&gt;</summary>"
    )
    assert "data:image/gif;base64,R0lG" in film.to_html()
    assert film.files() == {"gif": b"GIF"}
    assert film.file_name == "LEAKY_search"


def test_the_same_drawing_gives_the_same_bytes(picture):
    assert picture.to_svg() == picture.to_svg()


def test_any_image_can_lie_inside_the_page():
    assert "data:image/gif;base64,R0lG" in embedded_image(b"GIF", "image/gif", "Search")
