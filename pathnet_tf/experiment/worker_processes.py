"""Starts the worker processes of this machine before there are jobs for them.

A process takes seconds to import TensorFlow. Workers that are started first import it
while the main process imports it too and reads the data.
"""

import contextlib
import dataclasses
import importlib
import multiprocessing
import threading
from collections.abc import Iterator

import joblib
from joblib.externals import loky

from pathnet_tf.experiment.settings import ExecutionSettings
from pathnet_tf.runtime.errors import UserError
from pathnet_tf.runtime.executors import worker_config

# As many as joblib's executor holds, with some to spare.
_NUM_SEMAPHORES = 32
WORKER_MODULE = "pathnet_tf.experiment.jobs"

_is_stopping = threading.Event()


def can_start_workers() -> bool:
    """Whether this machine has room for what processes share, which is in /dev/shm."""
    try:
        context = multiprocessing.get_context("fork")
        # All at once: a small /dev/shm has room for a few.
        _ = [context.Semaphore() for _ in range(_NUM_SEMAPHORES)]
    except (ImportError, OSError):
        return False
    return True


@contextlib.contextmanager
def started(execution: ExecutionSettings) -> Iterator[ExecutionSettings]:
    """Starts workers where they are of this machine; they import what jobs need.

    Args:
      execution: Where jobs run.

    Yields:
      At once, where jobs can run: with one worker where there is no room for more.
      Where the block raises a `UserError` there will be no jobs, and the workers are
      ended.
    """
    num_workers = execution.num_processes
    if execution.executor != "local" or num_workers == 1:
        yield execution
        return
    if not can_start_workers():
        print(
            "One worker: others would need /dev/shm, which is full or cannot be "
            "written; mount it with 64 MB (docker run --shm-size=64m) for more"
        )
        yield dataclasses.replace(execution, num_workers=1)
        return
    threading.Thread(target=_start, args=[num_workers], daemon=True).start()
    try:
        yield execution
    except UserError:
        _is_stopping.set()
        loky.get_reusable_executor(reuse=True).shutdown(wait=False, kill_workers=True)
        raise


def _start(num_workers: int) -> None:
    try:
        with joblib.parallel_config(**worker_config(num_workers)):
            joblib.Parallel(batch_size=1)(
                joblib.delayed(_load)() for _ in range(num_workers)
            )
    except RuntimeError:
        if not _is_stopping.is_set():
            raise


def _load() -> None:
    importlib.import_module(WORKER_MODULE)
