"""Fixtures: seeded randomness, tiny datasets, and where real corpora may lie."""

import functools
import gc
import os
from multiprocessing import forkserver
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from pathnet_tf.runtime.reproducibility import use_one_thread
from tests.tiny import write_tiny

# A test must not depend on how many cores there are.
use_one_thread()

# Nor on how fast they are.
hypothesis.settings.register_profile(
    "any_machine",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("any_machine")

REPOSITORY = Path(__file__).resolve().parents[1]


def pytest_collection_finish():
    """Keeps what is imported by now from every later collection of garbage.

    Runs collect after each of their jobs, and to look through all of TensorFlow takes
    as long as a tiny job.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _workers_that_have_imported():
    """Lets the first watched worker of a test process import for all that follow."""
    modules = ["data_tools.datasets.shard", "data_tools.cutters.open_mel_cutter"]
    modules += ["data_tools.cutters.face_cutter", "pathnet_tf.serving.loaded_model"]
    forkserver.set_forkserver_preload(modules)
    forkserver.ensure_running()


@pytest.fixture
def rng():
    return np.random.default_rng(20261123)


@pytest.fixture
def real_corpus():
    """Finds a real corpus's folder, or skips the test."""

    def find(name):
        root = os.environ.get("PATHNET_CORPORA", REPOSITORY.parent / "shared/corpora")
        folder = Path(root, name)
        if not folder.is_dir():
            pytest.skip(f"no recordings at {folder} (PATHNET_CORPORA names the folder)")
        return folder

    return find


@pytest.fixture
def write_dataset(tmp_path):
    """Writes a small dataset into the test's folder."""
    return functools.partial(write_tiny, tmp_path)
