"""Clusters of this machine, for tests of what runs on them."""

import contextlib

import pytest


@contextlib.contextmanager
def executor_words(kind):
    """Gives the settings of an executor, of two workers where it is a cluster."""
    if kind != "dask":
        if kind == "ray":
            pytest.importorskip("ray")
        yield {"executor": kind}
        return
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        yield {"executor": "dask", "scheduler": cluster.scheduler_address}
