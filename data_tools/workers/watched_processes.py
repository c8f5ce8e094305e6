"""Worker processes that are watched, because a damaged file may end any of them.

If a worker crashes, hangs or runs out of memory, its task starts again in another
worker. There, reading the file that ended the first worker raises a `MediaError`.
"""

import collections
import contextlib
import dataclasses
import fcntl
import math
import multiprocessing
import os
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from data_tools.workers import supervision
from pathnet_tf.runtime.errors import DataError

STILL_S = 30.0
"""How long reading a file may make no progress."""
MEMORY_BYTES = 2 * 10**9
"""How much memory a worker may use beyond what it had at its start."""
MOST_UNEXPLAINED = 2
"""How many workers may end without reading a file, for example if a user kills them."""

# Indices of tasks.
_Places = collections.deque[int]
_DONE, _FAILED, _NO_MEMORY = "done", "failed", "no memory"
_TICK_S = 0.5
_PAGE_BYTES = resource.getpagesize()
# Workers are forks of one process that has done the imports, which take seconds.
_CONTEXT = multiprocessing.get_context("forkserver")


class WatchedProcesses:
    """Worker processes that call a function on one task after another."""

    def __init__(
        self,
        function: Callable[[Any], Any],
        size: int,
        modules: Sequence[str],
        max_seconds: float = math.inf,
    ) -> None:
        """Stores the settings; workers start when there are tasks.

        Args:
          function: A function that other processes can import.
          size: How many workers to start at most.
          modules: Modules that every worker needs; they are imported only once.
          max_seconds: Time limit for all results together.
        """
        self._function = function
        self._size = size
        self._refused: dict[Path, str] = {}
        self._unexplained = 0
        self._max_seconds = max_seconds
        self._workers: list[_Worker] = []
        _CONTEXT.set_forkserver_preload(list(modules))

    def results(self, tasks: Sequence[Any]) -> Iterator[Any]:
        """Calls the function on every task.

        Yields:
          The results in the order of the tasks, each as soon as it is ready.

        Raises:
          DataError: Workers keep ending before they read a file, or the time is up.
          Exception: Any error that the function raises.
        """
        waiting = collections.deque(range(len(tasks)))
        ready: dict[int, Any] = {}
        deadline = time.monotonic() + self._max_seconds
        for place in range(len(tasks)):
            while place not in ready:
                self._hand_out(tasks, waiting)
                self._listen(waiting, ready)
                if time.monotonic() > deadline:
                    raise DataError(f"takes longer than {self._max_seconds:g} s")
            yield ready.pop(place)

    def close(self) -> None:
        """Ends all workers."""
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def _hand_out(self, tasks: Sequence[Any], waiting: _Places) -> None:
        """Gives waiting tasks to idle workers, and starts workers up to `size`."""
        idle = [worker for worker in self._workers if worker.place is None]
        while waiting and (idle or len(self._workers) < self._size):
            if idle:
                worker = idle.pop()
            else:
                worker = _Worker.start()
                self._workers.append(worker)
            worker.place = waiting.popleft()
            worker.path, worker.is_reading = None, False
            worker.refused = frozenset(self._refused)
            # A worker that has ended by now is noticed in `_listen`.
            with contextlib.suppress(OSError):
                worker.connection.send(
                    (self._function, tasks[worker.place], self._refused)
                )

    def _listen(self, waiting: _Places, ready: dict[int, Any]) -> None:
        """Takes the messages of all workers, and replaces those that have failed."""
        started_s = time.monotonic()
        wait([worker.connection for worker in self._workers], timeout=_TICK_S)
        # Limited, because this process itself may have been stopped for long.
        passed_s = min(time.monotonic() - started_s, 2 * _TICK_S)
        for worker in [*self._workers]:
            messages, has_ended = worker.messages()
            for message in messages:
                self._take(worker, message, ready)
            worker.still_s = 0.0 if messages else worker.still_s + passed_s
            if has_ended:
                self._replace(worker, worker.how_it_ended(), waiting)
                continue
            if worker.is_out_of_memory:
                limit = f"{MEMORY_BYTES / 1e9:g} GB"
                self._replace(worker, f"needs more than {limit} of memory", waiting)
            elif worker.is_reading and worker.still_s > STILL_S:
                reason = f"cannot be decoded: nothing came for {STILL_S:g} s"
                self._replace(worker, reason, waiting)

    def _take(
        self, worker: "_Worker", message: tuple[str, Any], ready: dict[int, Any]
    ) -> None:
        """Updates what is known of a worker from one of its messages."""
        kind, content = message
        if kind == supervision.READING:
            worker.path, worker.is_reading = content, True
        elif kind == supervision.READ:
            worker.is_reading = False
        elif kind == _DONE:
            assert worker.place is not None
            ready[worker.place] = content
            worker.place = None
        elif kind == _NO_MEMORY:
            worker.is_out_of_memory = True
        elif kind == _FAILED:
            error, told = content
            raise error from _ToldError(told)

    def _replace(self, worker: "_Worker", reason: str, waiting: _Places) -> None:
        """Ends a worker, refuses the file that it read, and puts its task back."""
        worker.end()
        self._workers.remove(worker)
        if worker.place is None:
            # The worker had no task.
            return
        if worker.path is None or worker.path in worker.refused:
            self._unexplained += 1
            if self._unexplained > MOST_UNEXPLAINED:
                raise DataError(
                    f"worker processes end before they read a file ({reason}). Is "
                    "there enough memory? A script that calls this library needs: "
                    'if __name__ == "__main__":'
                )
        else:
            # Another worker may have ended on the same file, with its own reason.
            self._refused.setdefault(worker.path, reason)
        waiting.appendleft(worker.place)


@dataclasses.dataclass(eq=False)
class _Worker:
    """One worker process, and what is known of it.

    Attributes:
      process: The process.
      connection: The pipe to the process.
      place: Index of the task that the worker does; None if it has no task.
      path: The file that the worker started to read last.
      is_reading: Whether the worker still reads that file.
      refused: Files that the worker was told not to read.
      is_out_of_memory: Whether the worker reported that it has no memory left.
      still_s: Seconds since the last message of the worker.
    """

    process: Any
    connection: Connection
    place: int | None = None
    path: Path | None = None
    is_reading: bool = False
    refused: frozenset[Path] = frozenset()
    is_out_of_memory: bool = False
    still_s: float = 0.0

    @classmethod
    def start(cls) -> "_Worker":
        ours, theirs = _CONTEXT.Pipe()
        process = _CONTEXT.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        # While this end is open here, the end of the worker goes unnoticed.
        theirs.close()
        return cls(process, ours)

    def messages(self) -> tuple[list[tuple[str, Any]], bool]:
        """Returns the new messages of the worker, and whether it has ended."""
        found = []
        try:
            while self.connection.poll():
                found.append(self.connection.recv())
        except (EOFError, OSError):
            return found, True
        return found, False

    def end(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.join()

    def how_it_ended(self) -> str:
        self.process.join(timeout=10 * _TICK_S)
        code = self.process.exitcode or 0
        how = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        return f"cannot be decoded: the decoder crashed ({how})"


class _ToldError(Exception):
    """Carries the traceback of a worker, as text."""

    def __init__(self, told: str) -> None:
        super().__init__(f"\n{told}")


def _serve(connection: Connection) -> None:
    """Runs in a worker: receives tasks and sends results."""
    # On Ctrl-C the watching process ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    # The stack of each thread counts as memory, and there are several workers already.
    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1")
    _limit_memory()
    _silence()
    with contextlib.suppress(EOFError, OSError):
        while True:
            function, task, refused = connection.recv()
            supervision.watch(connection, refused)
            connection.send(_sendable(_outcome(function, task)))


def _outcome(function: Callable[[Any], Any], task: Any) -> tuple[str, Any]:
    """Calls the function and returns the message to send."""
    try:
        return _DONE, function(task)
    except MemoryError:
        return _NO_MEMORY, None
    # The watching process raises the error again, in `_take`.
    except Exception as error:
        return _FAILED, (error, traceback.format_exc())


def _sendable(outcome: tuple[str, Any]) -> tuple[str, Any]:
    """Returns the message, with text in place of an object that cannot be pickled."""
    try:
        ForkingPickler.loads(ForkingPickler.dumps(outcome))
    except Exception as error:
        kind, content = outcome
        told = content[1] if kind == _FAILED else traceback.format_exc()
        lost = content[0] if kind == _FAILED else error
        return _FAILED, (RuntimeError(repr(lost)), told)
    return outcome


def _end_with_parent() -> None:
    """Makes the system end this worker when the watching process ends."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    # SIGIO comes when the pipe closes, and ends even a worker that hangs in a decoder.
    fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, os.getpid())
    asynchronous = fcntl.fcntl(parent.sentinel, fcntl.F_GETFL) | os.O_ASYNC
    fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, asynchronous)


def _limit_memory() -> None:
    """Limits the memory of this worker, so that it fails before the machine does."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        used_pages = int(Path("/proc/self/statm").read_text().split()[5])
    except OSError:
        # Not Linux: elsewhere RLIMIT_DATA means something else.
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = used_pages * _PAGE_BYTES + MEMORY_BYTES
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _silence() -> None:
    """Discards output: some decoders print warnings that cannot be turned off."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(null, stream)
