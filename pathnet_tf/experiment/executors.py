"""Runs units on other processes: of this machine, of a Dask or of a Ray cluster.

joblib, or Dask itself, hands the units out; nothing is scheduled here. A unit whose
worker died is run again, since its outcome is missing.
"""

import contextlib
import dataclasses
import functools
import itertools
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError

from pathnet_tf.experiment.jobs import Job, missing, run_job
from pathnet_tf.experiment.worker_start import worker_config
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.interruption import deferred

CONNECT_SECONDS = 30
# Deaths in a row without any unit finished: it is the unit, then, not the machine.
MOST_FRUITLESS_DEATHS = 3


@dataclasses.dataclass(frozen=True)
class ExecutorSettings:
    """Where units run.

    Attributes:
      kind: One of `EXECUTORS`.
      num_workers: Processes of this machine; a cluster has as many as it has.
      address: Scheduler of a Dask cluster, or head of a Ray cluster; empty starts a
        Ray cluster on this machine.

    Raises:
      UsageError: Values are out of range or contradict each other.
    """

    kind: str = "local"
    num_workers: int = 1
    address: str = ""

    def __post_init__(self) -> None:
        """Checks the values."""
        if self.kind not in EXECUTORS:
            raise UsageError(
                f"executor must be one of {tuple(EXECUTORS)}. "
                f"Received: executor={self.kind!r}"
            )
        if self.num_workers < 1:
            raise UsageError(
                "num_workers must be at least 1. "
                f"Received: num_workers={self.num_workers}"
            )
        if self.kind == "dask" and not self.address:
            raise UsageError(
                "--executor=dask needs the address of its scheduler, such as "
                "--scheduler=tcp://127.0.0.1:8786"
            )


@dataclasses.dataclass(frozen=True)
class Cluster:
    """An open executor.

    Attributes:
      call: Runs joblib's delayed calls, and returns once all of them are done.
      deaths: Exceptions that tell of a worker that died.
    """

    call: Callable[[list[Any]], object]
    deaths: tuple[type[Exception], ...]


class Runner:
    """Runs units on an open executor."""

    def __init__(self, cluster: Cluster, report: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._report = report

    def run(self, units: Sequence[Job]) -> None:
        """Runs the units that have no outcome yet, until all have one.

        Raises:
          UserError: What a unit raised.
          DataError: Workers die and no unit gets done.
          StoppedError: A signal asked to stop; searches have been kept.
        """
        deaths = 0
        while left := missing(units):
            try:
                self.call([joblib.delayed(run_job)(unit) for unit in left])
            except self._cluster.deaths as error:
                num_left = len(missing(units))
                deaths = deaths + 1 if num_left == len(left) else 1
                if deaths >= MOST_FRUITLESS_DEATHS:
                    raise DataError(
                        f"Workers died {deaths} times in a row and finished no unit, "
                        f"the first one left is {left[0]}; if they ran out of memory, "
                        "lower --num_workers"
                    ) from error
                self._report(f"A worker died; {num_left} unit(s) are run again.")

    def call(self, jobs: list[Any]) -> None:
        """Runs joblib's delayed calls once.

        Raises:
          StoppedError: A signal asked to stop.
        """
        with deferred():
            self._cluster.call(jobs)


@contextlib.contextmanager
def opened(
    settings: ExecutorSettings, report: Callable[[str], None]
) -> Iterator[Runner]:
    """Opens an executor.

    Args:
      settings: Which one.
      report: Receives the lines meant for a person.

    Yields:
      What runs units on it.

    Raises:
      UsageError: It is not installed, or does not answer.
    """
    with EXECUTORS[settings.kind](settings) as cluster:
        yield Runner(cluster, report)


def _call_with_joblib(jobs: list[Any], **backend: Any) -> None:
    with joblib.parallel_config(**backend):
        # One at a time: a unit takes long, and their lengths differ.
        joblib.Parallel(batch_size=1)(jobs)


@contextlib.contextmanager
def _local(settings: ExecutorSettings) -> Iterator[Cluster]:
    call = functools.partial(_call_with_joblib, **worker_config(settings.num_workers))
    # Not its public base class, which also stands for results that cannot be unpickled.
    yield Cluster(call, (TerminatedWorkerError,))


@contextlib.contextmanager
def _dask(settings: ExecutorSettings) -> Iterator[Cluster]:
    try:
        import distributed
    except ImportError as error:
        raise _not_installed("dask", error) from error
    try:
        client = distributed.Client(settings.address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"No Dask scheduler answers at --scheduler={settings.address}; start one "
            "with: dask scheduler"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError as error:
            raise UsageError(
                f"The Dask scheduler at {settings.address} has no worker; start them "
                f"with: dask worker {settings.address} --nthreads 1"
            ) from error

        def submit(job: Any) -> Any:
            function, arguments, named = job
            return client.submit(function, *arguments, pure=False, **named)

        def call(jobs: list[Any]) -> None:
            # joblib's backend for Dask would run everything in this process where the
            # cluster has one worker left. A few at a time: units carry their data.
            waiting, num_cores = iter(jobs), sum(client.ncores().values())
            first = itertools.islice(waiting, 2 * max(num_cores, 1))
            under_way = distributed.as_completed(list(map(submit, first)))
            for done in under_way:
                done.result()
                under_way.update(list(map(submit, itertools.islice(waiting, 1))))

        yield Cluster(call, (distributed.scheduler.KilledWorker,))


@contextlib.contextmanager
def _ray(settings: ExecutorSettings) -> Iterator[Cluster]:
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
            num_cpus=None if settings.address else settings.num_workers,
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


EXECUTORS = {"local": _local, "dask": _dask, "ray": _ray}
