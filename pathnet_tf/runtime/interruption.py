"""SIGINT and SIGTERM while units run: what is being evaluated is finished and kept.

The first signal makes a file, which every process of this machine looks for after each
generation; the second one stops at once.
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
    """A signal has asked to stop, and what was being done has been kept."""

    def __init__(self, number: int = signal.SIGINT, advice: str = "") -> None:
        super().__init__(f"interrupted; {advice}" if advice else "interrupted")
        self.exit_status = 128 + number
        self._number = number

    def with_advice(self, advice: str) -> "StoppedError":
        """The same, with what to do next."""
        return type(self)(self._number, advice)

    def __reduce__(self) -> tuple[type["StoppedError"], tuple[int]]:
        """Lets the error leave a worker process."""
        return type(self), (self._number,)


def is_requested() -> bool:
    """Whether this process, or the one it works for, has been asked to stop."""
    return os.path.exists(os.environ.get(STOP_VARIABLE, ""))


def stop_if_requested() -> None:
    """Raises where it has been asked to stop.

    Raises:
      StoppedError: It has.
    """
    if is_requested():
        raise StoppedError


@contextlib.contextmanager
def announced() -> Iterator[None]:
    """Chooses the file, whose name processes that are started inside inherit."""
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
    """Turns the first SIGINT or SIGTERM inside into a request to stop.

    Outside of `announced`, and in threads other than the main one, nothing changes.

    Raises:
      StoppedError: At the end, if there was one.
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
        # Such as of a worker that the signal has reached too.
        if received:
            raise StoppedError(received[0]) from error
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if received:
        raise StoppedError(received[0])


def obey_owner() -> None:
    """Makes a worker process leave signals, and its own end, to whom it works for.

    Ctrl-C reaches every process of a terminal; and a worker that outlived its owner
    would write beside the one that is started next. Workers of a cluster, which has
    ways of its own, are no children of the owner and are left alone.
    """
    owner = os.environ.get(OWNER_VARIABLE)
    if owner != str(os.getppid()) or _Watch.is_on:
        return
    _Watch.is_on = True
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=[os.getppid()], daemon=True).start()


def begin_worker() -> None:
    """Makes a worker of this machine obey before it has any work to do.

    Its owner may have been killed while it started, and would never give it any.
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
