import html
import itertools
import re

import pytest

from pathnet_tf.report.evidence.run_evidence import read_evidence
from pathnet_tf.report.run_page import run_page, run_sections
from tests.pathnet_tf.report.conftest import SCRIPT
from tests.pathnet_tf.report.runs import write_run


def report(run_dir, **options):
    evidence = read_evidence(str(run_dir))
    sections = run_sections(evidence, run_dir / "report.html", **options)
    return run_page(evidence, sections)


def headings(text):
    return re.findall(r"<h[1-6][^>]*>(.*?)</h[1-6]>", text)


@pytest.fixture(scope="module")
def text(finished):
    return report(finished)


def test_the_protocol_comes_first(text):
    titles = headings(text)
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
def test_the_card_says(text, said):
    assert said in text


def test_the_card_has_the_hashes(text, finished):
    for used in read_evidence(str(finished)).datasets:
        assert used.hash_then in text


def test_names_from_files_run_nothing(text):
    assert SCRIPT not in text
    assert html.escape(SCRIPT) in text
    # The two scripts of the page and its data, and no other.
    assert text.count("<script") == 2


def test_data_of_the_player_cannot_end_its_script(text):
    data = re.search(r'id="searches">(.*?)</script>', text, re.DOTALL)[1]
    assert "alert(1)" in data
    assert "<" not in data


def test_nothing_is_loaded(text):
    assert not re.search(r'(src|href)="(https?:)?//', text)
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_the_page_says_its_language_and_can_be_skipped_through(text):
    assert '<html lang="en">' in text
    assert '<a class="skip" href="#main">' in text
    assert '<main id="main"' in text


def test_levels_of_headings_leave_none_out(text):
    found = list(map(int, re.findall(r"<h([1-6])", text)))
    assert found[0] == 1
    assert found.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(found))


def test_ids_are_unique(text):
    names = re.findall(r'\sid="([^"]+)"', text)
    assert len(names) == len(set(names))


def test_leaky_stands_in_every_heading_and_caption(leaky):
    text = report(leaky)
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", text)
    assert captions
    assert all("LEAKY" in title for title in (*headings(text), *captions))
    assert "<title>LEAKY: " in text


def test_an_honest_run_is_nowhere_called_leaky(text):
    assert "LEAKY" not in text


def test_a_run_that_stopped_says_so(tmp_path, datasets):
    source, target = datasets
    run_dir = write_run(tmp_path / "run", target, source=source, finished=False)
    (run_dir / "units" / "transfer repeat-0 fold-s1.npz").unlink()
    text = report(run_dir)
    assert "Stopped half-way: 6 unit(s) are done, 1 are missing" in text
    assert "<li>transfer, repeat 0, fold s1</li>" in text
    assert "scores of the folds that are done" in text


def test_a_run_that_has_only_begun_has_a_page(tmp_path, datasets):
    run_dir = write_run(tmp_path / "run", datasets[1], finished=False)
    for path in (run_dir / "units").iterdir():
        path.unlink()
    text = report(run_dir)
    assert "No unit of the target has been scored" in text
    assert "3 are missing" in text


def test_clips_are_linked_where_their_folder_is_known(finished, tmp_path):
    text = report(finished, corpus_dir=tmp_path / "my corpus")
    links = re.findall(r'<a href="(\./[^"]+)">two/', text)
    assert links
    assert all("my%20corpus/" in link and " " not in link for link in links)


def test_clips_are_text_where_it_is_not(text):
    assert not re.search(r"<a [^>]*>two/", text)
    assert "two/s1/" in text


def test_another_corpus_is_not_set_beside_the_paper(text):
    assert "Beside the paper" not in headings(text)


def test_the_card_says_what_a_clip_was(tmp_path, datasets, text):
    assert "a clip as one vector" not in text
    run_dir = write_run(tmp_path / "run", datasets[1])
    with (run_dir / "resolved.flags").open("a") as flags:
        flags.write("--representation=functionals\n--silence_db=35\n")
    said = "the functionals of its log-mel frames no more than 35 dB below the loudest"
    assert said in report(run_dir)
    with (run_dir / "resolved.flags").open("a") as flags:
        flags.write("--representation=compare\n--speeds=0.88,1.14\n")
    assert "compare, also at 0.88 and 1.14 times its speed" in report(run_dir)
