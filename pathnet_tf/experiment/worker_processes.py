"""Starts the worker processes of this machine before there are jobs for them.

A process takes seconds to import TensorFlow. Workers that are started first import it
while the main process imports it too and reads the data.
"""

import importlib
import multiprocessing
import threading
from typing import Any

import joblib
from joblib.externals import loky

from pathnet_tf.runtime.interruption import begin_worker

# As many as joblib's executor holds, with some to spare.
_NUM_SEMAPHORES = 32
WORKER_MODULE = "pathnet_tf.experiment.jobs"

_is_stopping = threading.Event()


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


def can_start_workers() -> bool:
    """Whether this machine has room for what processes share, which is in /dev/shm."""
    try:
        context = multiprocessing.get_context("fork")
        # All at once: a small /dev/shm has room for a few.
        _ = [context.Semaphore() for _ in range(_NUM_SEMAPHORES)]
    except (ImportError, OSError):
        return False
    return True


def start_workers(num_workers: int) -> None:
    """Starts workers, which import what jobs need, and returns at once.

    Args:
      num_workers: Processes, at least 2.
    """
    threading.Thread(target=_start, args=[num_workers], daemon=True).start()


def stop_workers() -> None:
    """Ends the workers at once, when there will be no jobs for them."""
    _is_stopping.set()
    loky.get_reusable_executor(reuse=True).shutdown(wait=False, kill_workers=True)


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
