import csv
import io

import pytest

from pathnet_tf.report.html.table import Change, Link, Table

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


def test_html_escapes_and_links():
    text = TABLE.to_html()
    assert "Scores_of &lt;all&gt;" in text
    assert "s|1 &amp; co_2" in text
    assert '<a href="./a%20b.wav">s2</a>' in text


@pytest.mark.parametrize("layout", ["to_html", "to_markdown", "to_latex"])
def test_a_table_of_a_leaky_run_says_so(layout):
    table = Table("scores", "Scores", ["a"], [[1]], is_leaky=True)
    assert "LEAKY: Scores" in getattr(table, layout)()
    assert table.file_name == "LEAKY_scores"
