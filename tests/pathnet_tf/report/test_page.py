import html
import itertools
import re
import shutil

import pytest

from pathnet_tf.report.evidence.run_evidence import read_evidence
from pathnet_tf.report.run_page import run_page, run_sections
from tests.pathnet_tf.report.conftest import SCRIPT
from tests.pathnet_tf.report.runs import write_run


def headings(page):
    return re.findall(r"<h[1-6][^>]*>(.*?)</h[1-6]>", page)


def test_the_protocol_comes_first(page):
    titles = headings(page)
    assert titles[0] == "one → two, speech"
    assert titles[1] == "Protocol"
    assert titles.index("Protocol") < titles.index("Headline")


@pytest.mark.parametrize(
    "said",
    [
        "leave one speaker out",
        "Training speakers alone: running accuracy on them chose the pathways.",
        "Held-out speakers were scored once, at the end.",
        "tensorflow 2.16.2",
        "python -m pathnet_tf.transfer ",
        "anger, sadness",
        "unchanged",
    ],
)
def test_the_card_says(page, said):
    assert said in page


def test_the_card_has_the_hashes(page, evidence):
    for used in evidence.datasets:
        assert used.hash_then in page


def test_names_from_files_run_nothing(page):
    assert SCRIPT not in page
    assert html.escape(SCRIPT) in page
    # The two scripts of the page and its data, and no other.
    assert page.count("<script") == 2


def test_data_of_the_player_cannot_end_its_script(page):
    data = re.search(r'id="searches">(.*?)</script>', page, re.DOTALL)[1]
    assert "alert(1)" in data
    assert "<" not in data


def test_nothing_is_loaded(page):
    assert not re.search(r'(src|href)="(https?:)?//', page)
    assert "@import" not in page
    assert "default-src 'none'" in page


def test_the_page_says_its_language_and_can_be_skipped_through(page):
    assert '<html lang="en">' in page
    assert '<a class="skip" href="#main">' in page
    assert '<main id="main"' in page


def test_levels_of_headings_leave_none_out(page):
    found = list(map(int, re.findall(r"<h([1-6])", page)))
    assert found[0] == 1
    assert found.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(found))


def test_ids_are_unique(page):
    names = re.findall(r'\sid="([^"]+)"', page)
    assert len(names) == len(set(names))


def test_leaky_stands_in_every_heading_and_caption(leaky_evidence, leaky_sections):
    page = run_page(leaky_evidence, leaky_sections)
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", page)
    assert captions
    assert all("LEAKY" in title for title in (*headings(page), *captions))
    assert "<title>LEAKY: " in page


def test_an_honest_run_is_nowhere_called_leaky(page):
    assert "LEAKY" not in page


def test_a_run_that_has_only_begun_has_a_page(tmp_path, datasets):
    run_dir = write_run(tmp_path / "run", datasets[1], finished=False)
    shutil.rmtree(run_dir / "units")
    shutil.rmtree(run_dir / "logs")
    evidence = read_evidence(str(run_dir))
    page = run_page(evidence, run_sections(evidence, run_dir / "report.html"))
    assert "No unit of the target has been scored" in page
    assert "3 are missing" in page
