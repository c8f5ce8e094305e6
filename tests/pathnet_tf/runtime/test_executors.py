"""Jobs on other processes, on this machine and on clusters of it."""

import os

import pytest

from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.executor_settings import ExecutorSettings
from pathnet_tf.runtime.executors import opened
from tests.pathnet_tf.runtime.killed_job import KilledJob, missing, run_killed_job
from tests.pathnet_tf.runtime.local_cluster import executor_words


@pytest.fixture(params=["local", "dask", "ray"])
def settings(request):
    """Two workers of every kind of executor."""
    with executor_words(request.param) as words:
        yield ExecutorSettings(**words)


def test_a_job_whose_worker_dies_is_run_again(settings, tmp_path):
    jobs = [
        KilledJob(tmp_path / f"job-{index}", num_deaths=int(index == 1))
        for index in range(4)
    ]
    with opened(settings, 2, print) as runner:
        runner.run(run_killed_job, jobs, missing)
        # What is done is not done again.
        runner.run(run_killed_job, jobs, missing)
    assert {job.scores_path.read_text() for job in jobs}.isdisjoint({str(os.getpid())})
    for index, job in enumerate(jobs):
        times = len(job.scores_path.with_suffix(".deaths").read_text())
        # A neighbour of the one that died may have been ended and begun again.
        assert times == 2 if index == 1 else times in (1, 2)


def test_a_job_that_kills_every_worker_is_named(tmp_path):
    jobs = [KilledJob(tmp_path / "job", num_deaths=99)]
    seen = []
    with (
        opened(ExecutorSettings(), 2, seen.append) as runner,
        pytest.raises(DataError, match=r"died 3 times in a row.*lower --num_workers"),
    ):
        runner.run(run_killed_job, jobs, missing)
    assert seen == ["A worker died; 1 job(s) are run again."] * 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"executor": "slurm"}, "Received: executor='slurm'"),
        ({"executor": "dask"}, "--scheduler=tcp"),
        ({"address": "auto"}, "--address is for --executor=ray"),
    ],
)
def test_wrong_settings_are_refused(words, message):
    with pytest.raises(UsageError, match=message):
        ExecutorSettings(**words)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            ExecutorSettings(executor="dask", scheduler="tcp://127.0.0.1:1"),
            "No Dask scheduler",
        ),
        (ExecutorSettings(executor="ray", address="127.0.0.1:1"), "No Ray cluster"),
    ],
)
def test_a_cluster_that_does_not_answer_is_named(settings, message, monkeypatch):
    monkeypatch.setattr("pathnet_tf.runtime.executors.CONNECT_SECONDS", 1)
    with (
        pytest.raises(UsageError, match=message),
        opened(settings, 2, print),
    ):
        pass


@pytest.mark.parametrize("kind", ["dask", "ray"])
def test_an_engine_that_is_not_installed_is_named(kind, monkeypatch):
    name = {"dask": "distributed", "ray": "ray"}[kind]
    monkeypatch.setitem(__import__("sys").modules, name, None)
    place = {"dask": "scheduler", "ray": "address"}[kind]
    settings = ExecutorSettings(executor=kind, **{place: "127.0.0.1:1"})
    with (
        pytest.raises(UsageError, match=rf"pip install 'pathnet_tf\[{kind}\]'"),
        opened(settings, 2, print),
    ):
        pass
