"""Runs that several tests look at, none of which changes them."""

import pytest

from pathnet_tf.report.evidence.run_evidence import read_evidence
from pathnet_tf.report.run_page import run_page, run_sections
from tests.pathnet_tf.report.runs import write_run
from tests.tiny import write_tiny

# A speaker who would like to run a script in the report.
SCRIPT = "<script>alert(1)<-script>"
NINE_SPEAKERS = tuple(f"s{number}" for number in range(9))


@pytest.fixture(scope="session")
def datasets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report data")
    speakers = ("s1", "s2", SCRIPT)
    return (
        write_tiny(folder, "one", speakers=("a1", "a2"), seed=1),
        write_tiny(folder, "two", speakers=speakers, clips_per_cell=4),
    )


@pytest.fixture(scope="session")
def finished(tmp_path_factory, datasets):
    source, target = datasets
    folder = tmp_path_factory.mktemp("report runs")
    return write_run(folder / "finished", target, source=source)


@pytest.fixture(scope="session")
def leaky(tmp_path_factory, datasets):
    source, target = datasets
    folder = tmp_path_factory.mktemp("report runs")
    return write_run(
        folder / "leaky",
        target,
        source=source,
        protocol="random_utterance",
        num_folds=3,
        seed=1,
    )


@pytest.fixture(scope="session")
def evidence(finished):
    return read_evidence(str(finished))


@pytest.fixture(scope="session")
def leaky_evidence(leaky):
    return read_evidence(str(leaky))


@pytest.fixture(scope="session")
def sections(evidence, finished):
    return run_sections(evidence, finished / "report.html")


@pytest.fixture(scope="session")
def page(evidence, sections):
    """The page of the finished run, as text."""
    return run_page(evidence, sections)


@pytest.fixture(scope="session")
def leaky_sections(leaky_evidence, leaky):
    return run_sections(leaky_evidence, leaky / "report.html")


@pytest.fixture(scope="session")
def nine_speakers(tmp_path_factory):
    """Folders of a source, and of a target with enough speakers for a test."""
    folder = tmp_path_factory.mktemp("data of nine speakers")
    return (
        write_tiny(folder, "one", speakers=("a1", "a2"), seed=1),
        write_tiny(folder, "two", speakers=NINE_SPEAKERS, clips_per_cell=3),
    )


@pytest.fixture(scope="session")
def two_repeats(tmp_path_factory, nine_speakers):
    """A run of the nine speakers, done twice."""
    source, target = nine_speakers
    folder = tmp_path_factory.mktemp("runs of nine speakers")
    return write_run(folder / "honest", target, source=source, repeats=2)


@pytest.fixture(scope="session")
def two_repeats_evidence(two_repeats):
    return read_evidence(str(two_repeats))
