"""Runs jobs on other processes: of this machine, of a Dask or of a Ray cluster.

joblib, or Dask itself, hands the jobs out; nothing is scheduled here. A job leaves a
file when it is done. One whose worker died is run again, since that file is missing.
"""

import contextlib
import dataclasses
import functools
import itertools
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError

from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.executor_settings import ExecutorSettings
from pathnet_tf.runtime.interruption import begin_worker, deferred

CONNECT_SECONDS = 30
# Deaths in a row without any job finished: the job is to blame then, not the machine.
MOST_FRUITLESS_DEATHS = 3

Job = TypeVar("Job")


@dataclasses.dataclass(frozen=True)
class Cluster:
    """An open executor.

    Attributes:
      call: Runs joblib's delayed calls, and returns once all of them are done.
      deaths: Exceptions by which it reports that a worker died.
    """

    call: Callable[[list[Any]], object]
    deaths: tuple[type[Exception], ...]


class Runner:
    """Runs jobs on an open executor."""

    def __init__(self, cluster: Cluster, report: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._report = report

    def run(
        self,
        run_job: Callable[[Job], object],
        jobs: Sequence[Job],
        missing: Callable[[Sequence[Job]], Sequence[Job]],
    ) -> None:
        """Runs the jobs that are not done yet, until all of them are.

        Args:
          run_job: Runs one job; a function that workers can import.
          jobs: The jobs, which name themselves for a person by `str`.
          missing: Finds out which of some jobs are not done.

        Raises:
          UserError: What a job raised.
          DataError: Workers die and no job gets done.
          StoppedError: A signal asked to stop; searches have been kept.
        """
        deaths = 0
        while left := missing(jobs):
            try:
                self.call([joblib.delayed(run_job)(job) for job in left])
            except self._cluster.deaths as error:
                num_left = len(missing(jobs))
                deaths = deaths + 1 if num_left == len(left) else 1
                if deaths >= MOST_FRUITLESS_DEATHS:
                    raise DataError(
                        f"Workers died {deaths} times in a row and finished no job, "
                        f"the first one left is {left[0]}; if they ran out of memory, "
                        "lower --num_workers"
                    ) from error
                self._report(f"A worker died; {num_left} job(s) are run again.")

    def call(self, calls: list[Any]) -> None:
        """Runs joblib's delayed calls once.

        Raises:
          StoppedError: A signal asked to stop.
        """
        with deferred():
            self._cluster.call(calls)


@contextlib.contextmanager
def opened(
    settings: ExecutorSettings, num_processes: int, report: Callable[[str], None]
) -> Iterator[Runner]:
    """Opens the executor that the settings name.

    Args:
      settings: Where jobs run.
      num_processes: Processes on this machine, of `local` and of a Ray cluster of its
        own.
      report: Receives the lines meant for a person.

    Yields:
      What runs jobs there.

    Raises:
      UsageError: It is not installed, or does not answer.
    """
    executors = {"local": _local, "dask": _dask, "ray": _ray}
    with executors[settings.executor](settings, num_processes) as cluster:
        yield Runner(cluster, report)


def worker_config(num_workers: int) -> dict[str, Any]:
    """Arguments of `joblib.parallel_config` for workers of this machine."""
    if num_workers == 1:
        return {"n_jobs": 1}
    return {
        "backend": "loky",
        "n_jobs": num_workers,
        "inner_max_num_threads": 1,
        "initializer": begin_worker,
    }


def _call_with_joblib(calls: list[Any], **backend: Any) -> None:
    with joblib.parallel_config(**backend):
        # One at a time: a job takes long, and their lengths differ.
        joblib.Parallel(batch_size=1)(calls)


@contextlib.contextmanager
def _local(settings: ExecutorSettings, num_processes: int) -> Iterator[Cluster]:
    backend = worker_config(num_processes)
    call = functools.partial(_call_with_joblib, **backend)
    # Not its public base class, which also stands for results that cannot be unpickled.
    yield Cluster(call, (TerminatedWorkerError,))


@contextlib.contextmanager
def _dask(settings: ExecutorSettings, num_processes: int) -> Iterator[Cluster]:
    address = settings.scheduler
    try:
        import distributed
    except ImportError as error:
        raise _not_installed("dask", error) from error
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"No Dask scheduler answers at --scheduler={address}; start one "
            "with: dask scheduler"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError as error:
            raise UsageError(
                f"The Dask scheduler at {address} has no worker; start them "
                f"with: dask worker {address} --nthreads 1"
            ) from error

        def submit(delayed: Any) -> Any:
            function, arguments, named = delayed
            return client.submit(function, *arguments, pure=False, **named)

        def call(calls: list[Any]) -> None:
            # joblib's backend for Dask would run everything in this process where the
            # cluster has one worker left. A few at a time: jobs carry their data.
            waiting, num_cores = iter(calls), sum(client.ncores().values())
            first = itertools.islice(waiting, 2 * max(num_cores, 1))
            under_way = distributed.as_completed(list(map(submit, first)))
            for done in under_way:
                done.result()
                under_way.update(list(map(submit, itertools.islice(waiting, 1))))

        yield Cluster(call, (distributed.scheduler.KilledWorker,))


@contextlib.contextmanager
def _ray(settings: ExecutorSettings, num_processes: int) -> Iterator[Cluster]:
    try:
        import ray
        from ray.util.joblib import register_ray
    except ImportError as error:
        raise _not_installed("ray", error) from error
    try:
        if settings.address not in ("", "auto"):
            # Ray itself tries for a quarter of an hour.
            host, _, port = settings.address.removeprefix("ray://").rpartition(":")
            socket.create_connection((host, int(port)), CONNECT_SECONDS).close()
        ray.init(
            address=settings.address or None,
            num_cpus=None if settings.address else num_processes,
            log_to_driver=False,
            logging_level=logging.ERROR,
            include_dashboard=None if settings.address else False,
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"No Ray cluster answers at --address={settings.address}; start one with: "
            "ray start --head"
        ) from error
    try:
        register_ray()
        yield Cluster(
            functools.partial(_call_with_joblib, backend="ray", n_jobs=-1),
            (ray.exceptions.RayActorError, ray.exceptions.WorkerCrashedError),
        )
    finally:
        ray.shutdown()


def _not_installed(extra: str, error: ImportError) -> UsageError:
    return UsageError(
        f"--executor={extra} needs a package that is not installed ({error.name}); "
        f"install it with: pip install 'pathnet_tf[{extra}]'"
    )
