"""The parts of a page: tables, pictures and sections, as HTML and as files."""

import csv
import io

import jinja2
import pytest
from matplotlib.figure import Figure

from pathnet_tf.report.html.rendering import render
from pathnet_tf.report.html.section import Animation, Picture, Section
from pathnet_tf.report.html.table import Change, Code, Link, Table

TABLE = Table(
    "scores",
    "Scores_of <all>",
    ["speaker", "clips", "UAR", "gain"],
    [
        ["s|1 & co_2", 3, 2 / 3, Change(-1 / 3)],
        [Link("s2", "./a%20b.wav"), 4, None, Change(0.5)],
    ],
)


def test_csv_holds_numbers_in_full():
    head, first, second = csv.reader(io.StringIO(TABLE.to_csv()))
    assert head == list(TABLE.columns)
    assert first == ["s|1 & co_2", "3", repr(2 / 3), repr(-1 / 3)]
    assert second == ["s2", "4", "", "0.5"]


def test_markdown_rounds_and_guards_its_bars():
    lines = TABLE.to_markdown().splitlines()
    assert lines[0] == r"**Scores\_of \<all>**"
    assert lines[2] == "| speaker | clips | UAR | gain |"
    assert lines[3] == "| --- | --: | --: | --: |"
    assert lines[4] == r"| s\|1 & co\_2 | 3 | 0.667 | -0.333 |"
    assert lines[5] == "| s2 | 4 | n/a | +0.500 |"


def test_latex_guards_its_signs():
    text = TABLE.to_latex()
    assert r"\caption{Scores\_of <all>}" in text
    assert r"\begin{tabular}{lrrr}" in text
    assert r"s|1 \& co\_2 & 3 & 0.667 & -0.333 \\" in text


def html_of(*parts):
    tables = tuple(part for part in parts if isinstance(part, Table))
    pictures = tuple(part for part in parts if not isinstance(part, Table))
    return Section("key", "Title", tables, pictures).body


def test_html_escapes_and_links():
    text = html_of(TABLE)
    assert "Scores_of &lt;all&gt;" in text
    assert "s|1 &amp; co_2" in text
    assert '<a href="./a%20b.wav">s2</a>' in text


@pytest.mark.parametrize(
    ("cell", "html"),
    [
        (None, '<td class="number">n/a</td>'),
        (float("nan"), '<td class="number">n/a</td>'),
        (3, '<td class="number">3</td>'),
        (2 / 3, '<td class="number">0.667</td>'),
        ("a<b", "<td>a&lt;b</td>"),
        (Code("a<b"), "<td><code>a&lt;b</code></td>"),
        (Link("a<b", "./'>"), '<td><a href="./&#39;&gt;">a&lt;b</a></td>'),
        (
            Change(-0.125),
            '<td class="number">-0.125 <span class="change loss" aria-hidden="true">'
            '<i style="width:25.0%"></i></span></td>',
        ),
        (Change(float("nan")), '<td class="number">+nan</td>'),
    ],
)
def test_a_cell_in_html(cell, html):
    assert html in html_of(Table("name", "Caption", ["a", "b"], [["first", cell]]))


@pytest.mark.parametrize("layout", [html_of, Table.to_markdown, Table.to_latex])
def test_a_table_of_a_leaky_run_says_so(layout):
    table = Table("scores", "Scores", ["a"], [[1]], is_leaky=True)
    assert "LEAKY: Scores" in layout(table)
    assert table.file_name == "LEAKY_scores"


@pytest.fixture
def picture():
    figure = Figure()
    figure.add_subplot().plot([0, 1], [1, 0])
    return Picture("line", 'A "line" <down>', figure, is_leaky=True)


def test_a_picture_lies_inside_the_page_and_says_what_it_shows(picture):
    text = html_of(picture)
    assert 'src="data:image/svg+xml;base64,' in text
    assert 'alt="LEAKY: A &#34;line&#34; &lt;down&gt;"' in text


def test_a_picture_is_saved_in_pixels_and_in_lines(picture):
    files = picture.files()
    assert sorted(files) == ["png", "svg"]
    assert files["png"].startswith(b"\x89PNG")
    assert b"<svg" in files["svg"]
    assert picture.file_name == "LEAKY_line"


def test_a_film_waits_in_the_page_until_it_is_opened():
    film = Animation("search", "A <search>", b"GIF", is_leaky=True)
    text = html_of(film)
    assert "<details><summary>LEAKY: A &lt;search&gt;</summary>" in text
    assert 'src="data:image/gif;base64,R0lG"' in text
    assert film.files() == {"gif": b"GIF"}
    assert film.file_name == "LEAKY_search"


def test_a_note_is_text():
    assert "<p>1 &lt; 2</p>" in Section("key", "Title", note="1 < 2").body


def test_a_template_must_be_given_all_that_it_names():
    with pytest.raises(jinja2.UndefinedError, match="'commands' is undefined"):
        render("commands.html")
