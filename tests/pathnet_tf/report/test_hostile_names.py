"""Pages of a run whose speakers, emotions and folders would like to run a script.

Whoever makes a corpus chooses these names; the page is read in a browser.
"""

import html.parser
import urllib.parse

import pytest

from pathnet_tf.report.comparison_page import comparison_page, comparison_sections
from pathnet_tf.report.evidence.run_evidence import read_evidence
from pathnet_tf.report.run_page import run_page, run_sections
from tests import tiny
from tests.pathnet_tf.report.runs import write_run
from tests.tiny import write_tiny

SPEAKER = "<script>alert('speaker')</script>"
EMOTION = "\"'><img src=x onerror=alert('emotion')>"
CORPUS = "\"'><img src=x onerror=alert('corpus')>"
SOURCE = "<iframe onload=alert('source')>"
RUN = "'\"><svg onload=alert('run')>&lt;"


class Read(html.parser.HTMLParser):
    """What a browser would make of a page: its elements, attributes and words."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.attributes, self.words = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    emotions = ("anger", EMOTION)
    with pytest.MonkeyPatch.context() as patch:
        # Patterns go by place in it.
        patch.setattr(tiny, "PATTERNS", emotions)
        source = write_tiny(folder, SOURCE, speakers=("a1", "a2"), emotions=emotions)
        target = write_tiny(folder, CORPUS, speakers=(SPEAKER, "s2"), emotions=emotions)
    return write_run(folder / RUN, target, source=source)


@pytest.fixture(scope="module")
def own_page(run):
    evidence = read_evidence(str(run))
    sections = run_sections(evidence, run / "report.html", corpus_dir=run / CORPUS)
    return Read(run_page(evidence, sections))


@pytest.fixture(scope="module")
def comparison(run):
    runs = [read_evidence(str(run))] * 2
    sections = comparison_sections(runs, run / "both.html", "report.html")
    return Read(comparison_page(runs, sections))


@pytest.mark.parametrize("page", ["own_page", "comparison"])
def test_names_make_no_element_and_no_handler(page, request):
    page = request.getfixturevalue(page)
    assert {"svg", "iframe"}.isdisjoint(page.elements)
    # The page's own: its data, if it has a player, and its program.
    assert page.elements.count("script") <= 2
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    sources = [value for name, value in page.attributes if name == "src"]
    assert all(value.startswith("data:image/") for value in sources)
    links = [value for name, value in page.attributes if name == "href"]
    assert {urllib.parse.urlsplit(link).scheme for link in links} <= {"", "data"}


@pytest.mark.parametrize("name", [SPEAKER, EMOTION, CORPUS, SOURCE])
def test_names_are_shown_as_they_are(name, own_page):
    assert any(name in words for words in own_page.words)


@pytest.mark.parametrize("name", [CORPUS, RUN])
def test_the_comparison_shows_names_as_they_are(name, comparison):
    assert any(name in words for words in comparison.words)
