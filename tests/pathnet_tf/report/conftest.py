"""Runs that several tests look at, none of which changes them."""

import pytest

from tests.pathnet_tf.report.runs import write_run
from tests.tiny import write_tiny

# A speaker who would like to run a script in the report.
SCRIPT = "<script>alert(1)<-script>"


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
