"""Runs tasks in watched worker processes, under a progress bar that counts clips."""

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import joblib
import tqdm

from data_tools.workers.watched_processes import WatchedProcesses
from pathnet_tf.runtime.progress_bar import progress_bar

_BAR = "{desc}{n_fmt}/{total_fmt} clips |{bar:24}| {elapsed}, {remaining} left"
_LOG_DELAY_S = 5.0

Task = TypeVar("Task")
Result = TypeVar("Result")


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
    """Calls a function on every task.

    Args:
      function: Importable, so that other processes find it.
      tasks: Its arguments.
      num_clips: How far each task moves the progress bar.
      num_workers: Processes; 0 takes as many as pay, at most one per core.
      clips_worth_a_process: Clips that take as long as a process takes to start.
      modules: What every process imports, which is then done once.
      desc: What the clips are, if there is anything to say.
      max_seconds: For all tasks together.

    Yields:
      Results in the order of the tasks, as they become ready.
    """
    if num_workers == 0:
        num_paying = max(1, sum(num_clips) // clips_worth_a_process)
        num_workers = min(joblib.cpu_count(), num_paying)
    crew = WatchedProcesses(function, num_workers, modules, max_seconds)
    with (
        # Closing ends the workers when the caller gives up halfway.
        contextlib.closing(crew),
        clip_bar(sum(num_clips), desc) as bar,
    ):
        for result, advance in zip(crew.results(tasks), num_clips, strict=True):
            bar.update(advance)
            yield result


def clip_bar(num_clips: int, desc: str = "") -> tqdm.tqdm:
    """Opens a progress bar that counts clips.

    Args:
      num_clips: Where it ends.
      desc: What the clips are, if there is anything to say.
    """
    desc = f"{desc} " if desc else ""
    return progress_bar(num_clips, bar_format=_BAR, desc=desc, log_delay_s=_LOG_DELAY_S)
