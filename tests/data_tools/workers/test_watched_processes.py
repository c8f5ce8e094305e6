"""Workers that die of a file, stand still at it or run out of memory."""

import ctypes
import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from data_tools.media_error import MediaError
from data_tools.workers import supervision, watched_processes
from data_tools.workers.watched_processes import WatchedProcesses
from pathnet_tf.runtime.errors import DataError


def read(names):
    """Reads files, some of which are evil, as a decoder would."""
    told = {}
    for name in names:
        try:
            with supervision.reading(Path(name)):
                _decode(name)
        except MediaError as error:
            told[name] = error.reason
        else:
            told[name] = "fine"
    return told


def _decode(name):
    if name == "segfault":
        ctypes.string_at(0)
    elif name == "abort":
        os.abort()
    elif name == "exit":
        os._exit(3)
    elif name == "hang":
        time.sleep(600)
    elif name == "hungry":
        np.ones(3 * 10**9, np.uint8)
    elif name == "slow":
        for _ in range(40):
            time.sleep(0.1)
            supervision.getting_on()


def call(tasks, function=read, size=1):
    crew_of_it = WatchedProcesses(function, size, ())
    try:
        return list(crew_of_it.results(tasks))
    finally:
        crew_of_it.close()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("segfault", "cannot be decoded: the decoder crashed (SIGSEGV)"),
        ("abort", "cannot be decoded: the decoder crashed (SIGABRT)"),
        ("exit", "cannot be decoded: the decoder crashed (exit status 3)"),
        ("hungry", "needs more than 2 GB of memory"),
    ],
)
@pytest.mark.parametrize("size", [1, 2])
def test_an_evil_file_costs_one_file(name, reason, size):
    found = call([["a", name, "b"], ["c"], ["d", "e"]], size=size)
    assert found == [
        {"a": "fine", name: reason, "b": "fine"},
        {"c": "fine"},
        {"d": "fine", "e": "fine"},
    ]


def test_two_evil_files_of_one_task_cost_two(monkeypatch):
    monkeypatch.setattr(watched_processes, "STILL_S", 1.0)
    found = call([["segfault", "a", "hang"]])
    assert found[0]["a"] == "fine"
    assert found[0]["hang"] == "cannot be decoded: nothing came for 1 s"
    assert "SIGSEGV" in found[0]["segfault"]


def test_slow_files_that_get_on_are_waited_for(monkeypatch):
    monkeypatch.setattr(watched_processes, "STILL_S", 3.5)
    assert call([["slow"]]) == [{"slow": "fine"}]


def read_slowly(names):
    with supervision.reading(Path(names[0])):
        time.sleep(1)
        _decode(names[0])
    return "fine"


def read_or_refuse(names):
    try:
        return read_slowly(names)
    except MediaError as error:
        return error.reason


def test_an_evil_file_that_two_workers_read_at_once_costs_one_file():
    found = call([["segfault"], ["segfault"], ["a"]], read_or_refuse, size=2)
    assert found[2] == "fine"
    assert all("SIGSEGV" in reason for reason in found[:2])


def read_inside(names):
    try:
        with supervision.reading(Path("outer")):
            with supervision.reading(Path("outer")):
                pass
            _decode("hang")
    except MediaError as error:
        return error.reason


def test_a_reading_inside_another_does_not_end_it(monkeypatch):
    monkeypatch.setattr(watched_processes, "STILL_S", 1.0)
    assert call([["a"]], read_inside) == ["cannot be decoded: nothing came for 1 s"]


def fill(task):
    with supervision.reading(Path("a")):
        pass
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "shard")


def test_a_full_disk_is_no_fault_of_a_file():
    with pytest.raises(OSError, match="No space left on device") as caught:
        call([7], fill)
    assert caught.value.filename == "shard"


class _StrangeError(Exception):
    """Pickles, but does not come back."""

    def __init__(self, one, other):
        super().__init__(f"{one} and {other}")


def raise_strangely(task):
    if task == "travels":
        raise _StrangeError(1, 2)
    error = ValueError("holds a lock")
    error.lock = threading.Lock()
    raise error


def give_a_lock(task):
    return threading.Lock()


@pytest.mark.parametrize(
    ("function", "task", "words"),
    [
        (raise_strangely, "travels", "1 and 2"),
        (raise_strangely, "stays", "holds a lock"),
        (give_a_lock, "", "cannot pickle"),
    ],
)
def test_what_cannot_travel_is_told_in_words(function, task, words):
    with pytest.raises(RuntimeError, match=words) as caught:
        call([task], function)
    assert "Traceback" in str(caught.value.__cause__)


def test_a_worker_that_somebody_ended_is_replaced():
    watched = WatchedProcesses(own_process, 1, ())
    results = watched.results([0, 1])
    first = next(results)
    os.kill(first, signal.SIGKILL)
    while Path(f"/proc/{first}/exe").exists():
        time.sleep(0.01)
    assert next(results) != first
    watched.close()


def complain(task):
    raise DataError(f"{task} is bad")


def test_errors_come_out_as_they_are_with_their_place():
    with pytest.raises(DataError, match=r"^7 is bad$") as caught:
        call([7], complain)
    assert "in complain" in str(caught.value.__cause__)


def die(task):
    os._exit(1)


def test_a_death_without_a_file_is_an_error():
    with pytest.raises(DataError, match="end before they read a file"):
        call([7], die)


def own_process(task):
    with supervision.reading(Path("sound")):
        pass
    return os.getpid()


def test_closing_ends_the_workers():
    (pid,) = call([0], own_process)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("task", ["tell_and_stay", "tell_and_hang"])
def test_workers_end_with_the_process_that_watches_them(tmp_path, number, task):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, time\n"
        "from data_tools.workers.watched_processes import WatchedProcesses\n"
        "from tests.data_tools.workers import test_watched_processes as tasks\n"
        "if __name__ == '__main__':\n"
        f"    list(WatchedProcesses(tasks.{task}, 1, ()).results([sys.argv[1]]))\n"
    )
    root = Path(__file__).parents[3]
    told = tmp_path / "pid"
    watching = subprocess.Popen(
        [sys.executable, str(script), str(told)],
        env=dict(os.environ, PYTHONPATH=str(root)),
    )
    while not told.exists():
        assert watching.poll() is None
        time.sleep(0.05)
    pid = told.read_text()
    watching.send_signal(number)
    watching.wait()
    for _ in range(6000):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.05)
    raise AssertionError("the worker still works")


def tell_and_stay(place):
    told = Path(f"{place}.new")
    told.write_text(str(os.getpid()))
    told.rename(place)
    for _ in range(6000):
        time.sleep(0.1)
        supervision.getting_on()


def tell_and_hang(place):
    told = Path(f"{place}.new")
    told.write_text(str(os.getpid()))
    told.rename(place)
    # In foreign code that lets no other thread run.
    ctypes.PyDLL(None).sleep(600)
