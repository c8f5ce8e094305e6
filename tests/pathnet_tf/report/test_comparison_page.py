import re

import pytest

from pathnet_tf.evaluation.results_csv import pooled
from pathnet_tf.report.comparison_page import (
    comparison_page,
    comparison_sections,
    leak_table,
    score_table,
)
from pathnet_tf.report.evidence.run_evidence import read_evidence
from tests.pathnet_tf.report.runs import write_run


@pytest.fixture(scope="module")
def runs(evidence, leaky_evidence):
    return [evidence, leaky_evidence]


def page(runs, output):
    return comparison_page(runs, comparison_sections(runs, output, "report.html"))


def test_every_method_of_every_run_has_a_row(runs):
    table = score_table(runs)
    assert [row[:3] for row in table.rows] == [
        ["finished", "transfer", "loso"],
        ["finished", "scratch", "loso"],
        ["leaky", "transfer LEAKY", "random_utterance"],
        ["leaky", "scratch LEAKY", "random_utterance"],
    ]
    honest, *_ = runs
    place = list(table.columns).index("clip UAR")
    assert table.rows[0][place] == pooled(honest.rows, "transfer", "clip", "uar")


def test_the_leak_is_the_difference_to_the_honest_run(runs):
    honest, leaky = runs
    table = leak_table(runs)
    assert [row[1:3] for row in table.rows] == [
        ["transfer LEAKY", "finished"],
        ["scratch LEAKY", "finished"],
    ]
    place = list(table.columns).index("clip WAR")
    expected = pooled(leaky.rows, "transfer LEAKY", "clip", "war") - pooled(
        honest.rows, "transfer", "clip", "war"
    )
    assert table.rows[0][place].value == pytest.approx(expected)


def test_there_is_no_leak_without_a_leaky_run(runs):
    assert not leak_table(runs[:1] * 2).rows


def test_protocols_are_named_and_leaky_runs_marked(runs, tmp_path):
    text = page(runs, tmp_path / "report.html")
    assert "<h1>2 runs compared (1 of them LEAKY)</h1>" in text
    assert "Scores pooled over folds, mean over repeats, LEAKY ones marked" in text
    assert "leave one speaker out" in text
    assert "LEAKY: clips divided at random" in text


def test_leaky_stands_in_every_heading_where_all_runs_are(runs, tmp_path):
    text = page(runs[1:] * 2, tmp_path / "report.html")
    titles = re.findall(r"<h[1-6][^>]*>(.*?)</h[1-6]>", text)
    assert all("LEAKY" in title for title in titles)


def test_a_runs_own_page_is_linked_if_it_is_there(runs, tmp_path, datasets):
    run_dir = write_run(tmp_path / "my run", datasets[1])
    own = read_evidence(str(run_dir))
    output = tmp_path / "both.html"
    assert "report.html" not in page([own, runs[0]], output)
    (run_dir / "report.html").write_text("")
    assert '<a href="./my%20run/report.html">' in page([own, runs[0]], output)


def test_runs_of_other_data_are_pointed_out(runs, tmp_path, datasets):
    other = read_evidence(str(write_run(tmp_path / "other", datasets[0])))
    text = page([runs[0], other], tmp_path / "report.html")
    assert "Not all runs have the same target and emotions" in text
    assert "Not all runs" not in page(runs, tmp_path / "report.html")


def test_clips_of_divided_segments_are_warned_of(runs, tmp_path, datasets):
    text = "decided apart, each from a few segments"
    assert text not in page(runs, tmp_path / "report.html")
    run_dir = write_run(tmp_path / "cut", datasets[1], protocol="random_segment")
    cut = read_evidence(str(run_dir))
    assert text in page([runs[0], cut], tmp_path / "report.html")
