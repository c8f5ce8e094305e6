"""Worker processes that are watched, because an evil file may end any of them.

A task whose worker crashed, stood still or ran out of memory begins anew in another
worker, in which the file that was being read is refused with the reason.
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
"""How long reading may stand still."""
MEMORY_BYTES = 2 * 10**9
"""How much more memory than at its start a worker may have."""
MOST_UNEXPLAINED = 2
"""Workers that may end at no file, such as by a person's hand."""

_Places = collections.deque[int]
_DONE, _FAILED, _NO_MEMORY = "done", "failed", "no memory"
_TICK_S = 0.5
_PAGE_BYTES = resource.getpagesize()
# Forks of one process that has imported what all need: imports take seconds.
_CONTEXT = multiprocessing.get_context("forkserver")


class WatchedProcesses:
    """Workers that call one function on one task after the other."""

    def __init__(
        self,
        function: Callable[[Any], Any],
        size: int,
        modules: Sequence[str],
        max_seconds: float = math.inf,
    ) -> None:
        """Starts no worker yet.

        Args:
          function: Importable, so that workers find it.
          size: Workers.
          modules: What to import once for all of them.
          max_seconds: For all results together.
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
          Results in the order of the tasks, as they become ready.

        Raises:
          DataError: A worker ended before it read a file, or time is up.
          Exception: Whatever the function raises.
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
            # A worker that has ended in the meantime is noticed when it is listened to.
            with contextlib.suppress(OSError):
                worker.connection.send(
                    (self._function, tasks[worker.place], self._refused)
                )

    def _listen(self, waiting: _Places, ready: dict[int, Any]) -> None:
        started_s = time.monotonic()
        wait([worker.connection for worker in self._workers], timeout=_TICK_S)
        # No more than a tick or so, however long this process itself was stopped.
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
        """Lets the task begin anew without the file that has ended its worker."""
        worker.end()
        self._workers.remove(worker)
        if worker.place is None:
            # It had nothing to do; another one starts if there is.
            return
        if worker.path is None or worker.path in worker.refused:
            self._unexplained += 1
            if self._unexplained > MOST_UNEXPLAINED:
                raise DataError(
                    f"worker processes end before they read a file; {reason}. Is there "
                    "memory enough? A script that calls this needs: if __name__ == "
                    '"__main__":'
                )
        else:
            # Another worker may have ended at it in the meantime.
            self._refused.setdefault(worker.path, reason)
        waiting.appendleft(worker.place)


@dataclasses.dataclass(eq=False)
class _Worker:
    """One process, and what is known of it.

    Attributes:
      place: Of the task that it works at.
      path: The file that it began to read last.
      is_reading: Whether it still reads it.
      refused: Files that it was told not to read.
      still_s: For how long it has told nothing.
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
        # Or its end would not be seen.
        theirs.close()
        return cls(process, ours)

    def messages(self) -> tuple[list[tuple[str, Any]], bool]:
        """What it has told since, and whether it has ended."""
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
    """What a worker had to say of where an error was raised."""

    def __init__(self, told: str) -> None:
        super().__init__(f"\n{told}")


def _serve(connection: Connection) -> None:
    """The life of a worker: tasks in, results out."""
    # Ctrl-C is the watching process's to answer, which ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    # Every thread's stack counts as memory, and workers run side by side already.
    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1")
    _limit_memory()
    _silence()
    with contextlib.suppress(EOFError, OSError):
        while True:
            function, task, refused = connection.recv()
            supervision.watch(connection, refused)
            connection.send(_sendable(_outcome(function, task)))


def _outcome(function: Callable[[Any], Any], task: Any) -> tuple[str, Any]:
    try:
        return _DONE, function(task)
    except MemoryError:
        return _NO_MEMORY, None
    # Not swallowed: it is raised again where the results are wanted.
    except Exception as error:
        return _FAILED, (error, traceback.format_exc())


def _sendable(outcome: tuple[str, Any]) -> tuple[str, Any]:
    """The same, or words for what cannot travel between processes."""
    try:
        ForkingPickler.loads(ForkingPickler.dumps(outcome))
    except Exception as error:
        kind, content = outcome
        told = content[1] if kind == _FAILED else traceback.format_exc()
        lost = content[0] if kind == _FAILED else error
        return _FAILED, (RuntimeError(repr(lost)), told)
    return outcome


def _end_with_parent() -> None:
    """Ends a worker that stands still in foreign code when nobody watches any more."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    # The system's own signal, which no code can hold up: SIGIO, once the pipe ends.
    fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, os.getpid())
    asynchronous = fcntl.fcntl(parent.sentinel, fcntl.F_GETFL) | os.O_ASYNC
    fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, asynchronous)


def _limit_memory() -> None:
    """Lets a worker fail alone, before the machine has no memory left."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        used_pages = int(Path("/proc/self/statm").read_text().split()[5])
    except OSError:
        # Not Linux, where the limit means something else.
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = used_pages * _PAGE_BYTES + MEMORY_BYTES
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _silence() -> None:
    """Decoders write their own complaints, whatever one asks of them."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(null, stream)
