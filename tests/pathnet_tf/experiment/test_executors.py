"""Units on other processes, on this machine and on clusters of it."""

import os

import pytest

from pathnet_tf.experiment import executors
from pathnet_tf.experiment.executors import ExecutorSettings, opened
from pathnet_tf.runtime.errors import DataError, UsageError
from tests.pathnet_tf.experiment.killed_unit import KilledUnit, run_killed_unit


@pytest.fixture(autouse=True)
def _light_workers(monkeypatch):
    """Spares workers the seconds that real jobs take to import what they need."""
    monkeypatch.setattr(executors, "run_job", run_killed_unit)


@pytest.fixture(params=["local", "dask", "ray"])
def settings(request):
    """Two workers of every kind of executor."""
    if request.param != "dask":
        yield ExecutorSettings(request.param, num_workers=2)
        return
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        yield ExecutorSettings("dask", address=cluster.scheduler_address)


def test_a_unit_whose_worker_dies_is_run_again(settings, tmp_path):
    units = [
        KilledUnit(tmp_path / f"unit-{index}", num_deaths=int(index == 1))
        for index in range(4)
    ]
    with opened(settings, report=print) as runner:
        runner.run(units)
        # What is done is not done again.
        runner.run(units)
    assert {unit.outcome.read_text() for unit in units}.isdisjoint({str(os.getpid())})
    for index, unit in enumerate(units):
        times = len(unit.outcome.with_suffix(".deaths").read_text())
        # A neighbour of the one that died may have been ended and begun again.
        assert times == 2 if index == 1 else times in (1, 2)


def test_a_unit_that_kills_every_worker_is_named(tmp_path):
    units = [KilledUnit(tmp_path / "unit", num_deaths=99)]
    seen = []
    with (
        opened(ExecutorSettings(num_workers=2), report=seen.append) as runner,
        pytest.raises(DataError, match=r"died 3 times in a row.*lower --num_workers"),
    ):
        runner.run(units)
    assert seen == ["A worker died; 1 unit(s) are run again."] * 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"kind": "slurm"}, "Received: executor='slurm'"),
        ({"num_workers": 0}, "Received: num_workers=0"),
        ({"kind": "dask"}, "--scheduler=tcp"),
    ],
)
def test_wrong_settings_are_refused(words, message):
    with pytest.raises(UsageError, match=message):
        ExecutorSettings(**words)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (ExecutorSettings("dask", address="tcp://127.0.0.1:1"), "No Dask scheduler"),
        (ExecutorSettings("ray", address="127.0.0.1:1"), "No Ray cluster"),
    ],
)
def test_a_cluster_that_does_not_answer_is_named(settings, message, monkeypatch):
    monkeypatch.setattr("pathnet_tf.experiment.executors.CONNECT_SECONDS", 1)
    with (
        pytest.raises(UsageError, match=message),
        opened(settings, report=print),
    ):
        pass


@pytest.mark.parametrize("kind", ["dask", "ray"])
def test_an_engine_that_is_not_installed_is_named(kind, monkeypatch):
    name = {"dask": "distributed", "ray": "ray"}[kind]
    monkeypatch.setitem(__import__("sys").modules, name, None)
    settings = ExecutorSettings(kind, address="127.0.0.1:1")
    with (
        pytest.raises(UsageError, match=rf"pip install 'pathnet_tf\[{kind}\]'"),
        opened(settings, report=print),
    ):
        pass
