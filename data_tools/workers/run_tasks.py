"""Runs tasks in watched worker processes, under a progress bar that counts clips."""

import contextlib
import math
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import joblib
import tqdm

from data_tools.workers.watched_processes import WatchedProcesses
from pathnet_tf.runtime.progress_bar import progress_bar

_BAR = "{desc}{n_fmt}/{total_fmt} clips |{bar:24}| {elapsed}, {remaining} left"
_LOG_DELAY_S = 5.0

Item = TypeVar("Item")
Task = TypeVar("Task")
Result = TypeVar("Result")


def batches(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """Divides items into batches of `size`; the last batch may be smaller."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def run_tasks(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    num_clips: Sequence[int],
    num_workers: int,
    clips_worth_a_process: int,
    modules: Sequence[str] = (),
    desc: str = "",
    max_seconds: float = math.inf,
) -> Iterator[Result]:
    """Calls a function on every task, in worker processes.

    Args:
      function: A function that other processes can import.
      tasks: The arguments of the calls.
      num_clips: Clips of each task, by which the progress bar advances.
      num_workers: Worker processes. 0 starts at most one per core, and no more than
        `sum(num_clips) / clips_worth_a_process`.
      clips_worth_a_process: How many clips take as long as starting a process does.
      modules: Modules that every worker needs; they are imported only once.
      desc: Text in front of the progress bar.
      max_seconds: Time limit for all tasks together.

    Yields:
      The results in the order of the tasks, each as soon as it is ready.

    Raises:
      DataError: Workers keep ending, or the time is up.
      Exception: Any error that `function` raises.
    """
    if num_workers == 0:
        num_paying = max(1, sum(num_clips) // clips_worth_a_process)
        num_workers = min(joblib.cpu_count(), num_paying)
    processes = WatchedProcesses(function, num_workers, modules, max_seconds)
    with (
        # Closing ends the workers if the caller stops early.
        contextlib.closing(processes),
        clip_bar(sum(num_clips), desc) as bar,
    ):
        for result, advance in zip(processes.results(tasks), num_clips, strict=True):
            bar.update(advance)
            yield result


def run_watched(
    function: Callable[[Task], object], modules: Sequence[str], task: Task
) -> None:
    """Calls a function on one task, in a watched process of this worker of a cluster.

    Args:
      function: A function that other processes can import.
      modules: Modules that it needs; a worker imports them only once.
      task: The argument of the call.

    Raises:
      DataError: The watched process keeps ending.
      Exception: Any error that `function` raises.
    """
    # Dask marks its workers as daemons, which may not start processes that could
    # outlive them. Watched processes end with the process that started them.
    multiprocessing.current_process().daemon = False
    processes = WatchedProcesses(function, 1, modules)
    with contextlib.closing(processes):
        for _ in processes.results([task]):
            pass


def clip_bar(num_clips: int, desc: str = "") -> tqdm.tqdm:
    """Opens a progress bar that counts clips.

    Args:
      num_clips: The count at which the bar is full.
      desc: Text in front of the bar.
    """
    desc = f"{desc} " if desc else ""
    return progress_bar(num_clips, bar_format=_BAR, desc=desc, log_delay_s=_LOG_DELAY_S)
