"""Handles SIGINT and SIGTERM while jobs run, so that no finished work is lost.

The first signal creates a file. Every process of this machine looks for the file after
each generation, saves its search and stops. The second signal stops at once.
"""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import types
from collections.abc import Iterator
from pathlib import Path

from pathnet_tf.runtime.errors import UserError

STOP_VARIABLE = "PATHNET_TF_STOP_FILE"
OWNER_VARIABLE = "PATHNET_TF_STOP_OWNER"
PARENT_SECONDS = 0.5
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StoppedError(UserError):
    """A signal asked the program to stop, and the work so far was saved."""

    def __init__(self, number: int = signal.SIGINT, advice: str = "") -> None:
        super().__init__(f"interrupted; {advice}" if advice else "interrupted")
        self.exit_status = 128 + number
        self._number = number

    def with_advice(self, advice: str) -> "StoppedError":
        """Makes the same error with a message that says what to do next."""
        return type(self)(self._number, advice)

    def __reduce__(self) -> tuple[type["StoppedError"], tuple[int]]:
        """Lets the error be sent from a worker process."""
        return type(self), (self._number,)


def is_requested() -> bool:
    """Whether this process, or the process that it works for, was asked to stop."""
    return os.path.exists(os.environ.get(STOP_VARIABLE, ""))


def stop_if_requested() -> None:
    """Raises an error if the process was asked to stop.

    Raises:
      StoppedError: The process was asked to stop.
    """
    if is_requested():
        raise StoppedError


@contextlib.contextmanager
def announced() -> Iterator[None]:
    """Chooses the name of the file. Processes started in the block inherit the name."""
    folder = Path(tempfile.mkdtemp(prefix="pathnet_tf-"))
    names = {STOP_VARIABLE: str(folder / "stop"), OWNER_VARIABLE: str(os.getpid())}
    os.environ.update(names)
    try:
        yield
    finally:
        for name in names:
            os.environ.pop(name, None)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Turns the first SIGINT or SIGTERM in the block into a request to stop.

    Does nothing outside of `announced`, or in any thread but the main thread.

    Raises:
      StoppedError: There was a signal; raised when the block ends.
    """
    path = os.environ.get(STOP_VARIABLE)
    if not path or threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []

    def handle(number: int, frame: types.FrameType | None) -> None:
        received.append(number)
        if len(received) > 1:
            raise SystemExit(128 + number)
        Path(path).touch()
        print(
            "Stopping after the evaluations that are under way; once more to stop now",
            file=sys.stderr,
            flush=True,
        )

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    except Exception as error:
        # For example the error of a worker that received the signal too.
        if received:
            raise StoppedError(received[0]) from error
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if received:
        raise StoppedError(received[0])


def obey_owner() -> None:
    """Makes a worker process ignore Ctrl-C, and end when its owner has ended.

    Ctrl-C reaches every process of a terminal, but only the owner should handle it. A
    worker that outlives its owner would write the same files as the next run. Workers
    of a cluster are no children of the owner; the cluster handles them.
    """
    owner = os.environ.get(OWNER_VARIABLE)
    if owner != str(os.getppid()) or _Watch.is_on:
        return
    _Watch.is_on = True
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=[os.getppid()], daemon=True).start()


def begin_worker() -> None:
    """Calls `obey_owner` in a new worker of this machine, before it gets any work.

    The worker ends if its owner was killed while the worker started.
    """
    owner = os.environ.get(OWNER_VARIABLE)
    if owner and owner != str(os.getppid()):
        os._exit(1)
    obey_owner()


class _Watch:
    is_on = False


def _watch(owner: int) -> None:
    while os.getppid() == owner:
        time.sleep(PARENT_SECONDS)
    os._exit(1)
