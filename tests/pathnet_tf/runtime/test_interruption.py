import os
import pickle
import signal
import subprocess
import sys
import time

import pytest

from pathnet_tf.runtime import interruption
from pathnet_tf.runtime.interruption import (
    OWNER_VARIABLE,
    StoppedError,
    announced,
    deferred,
    is_requested,
    obey_owner,
    stop_if_requested,
)

WORKER = """
import sys, time
from pathnet_tf.runtime.interruption import obey_owner
obey_owner()
print("obeys", flush=True)
time.sleep(600)
"""


def interrupt(*numbers, error=None):
    """Receives signals while units run; gives whether a request was seen then."""
    with deferred():
        for number in numbers:
            os.kill(os.getpid(), number)
        seen.append(is_requested())
        if error:
            raise error


seen = []


def test_nobody_is_asked_to_stop_at_first():
    with announced(), deferred():
        assert not is_requested()
        stop_if_requested()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_a_request_and_an_error_at_the_end(number, capsys):
    seen.clear()
    with announced():
        with pytest.raises(StoppedError) as caught:
            interrupt(number)
        with pytest.raises(StoppedError):
            stop_if_requested()
    assert caught.value.exit_status == 128 + number
    assert seen == [True]
    assert not is_requested()
    assert "once more to stop now" in capsys.readouterr().err


def test_the_second_signal_stops_at_once():
    seen.clear()
    with announced(), pytest.raises(SystemExit):
        interrupt(signal.SIGINT, signal.SIGINT)
    assert not seen


def test_what_fails_after_a_signal_is_an_interruption():
    with announced(), pytest.raises(StoppedError):
        interrupt(signal.SIGINT, error=OSError("a worker has died of it"))


def test_what_fails_without_a_signal_is_what_it_was():
    with announced(), pytest.raises(OSError, match="disk"):
        interrupt(error=OSError("disk"))


def test_handlers_are_put_back():
    before = signal.getsignal(signal.SIGINT)
    with announced(), deferred():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture
def usual_handler():
    """Python's own, which what a shell has started in the background lacks."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_where_no_file_is_announced_signals_do_what_they_did(usual_handler):
    with pytest.raises(KeyboardInterrupt):
        interrupt(signal.SIGINT)


def test_the_error_leaves_a_process_with_its_status_and_takes_advice():
    error = pickle.loads(pickle.dumps(StoppedError(signal.SIGTERM)))
    advised = error.with_advice("go on with: x")
    assert advised.exit_status == 143
    assert str(advised) == "interrupted; go on with: x"


def start_worker(owner):
    environment = {**os.environ, OWNER_VARIABLE: str(owner)}
    return subprocess.Popen(
        [sys.executable, "-c", WORKER],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_worker_leaves_ctrl_c_to_its_owner():
    worker = start_worker(os.getpid())
    assert worker.stdout.readline() == "obeys\n"
    worker.send_signal(signal.SIGINT)
    time.sleep(0.2)
    assert worker.poll() is None
    worker.kill()
    worker.wait()


def test_a_worker_ends_with_its_owner():
    """The owner is a shell that starts the worker, says its number, and is killed."""
    command = f"{OWNER_VARIABLE}=$$ {sys.executable} -c '{WORKER}' & echo $!; wait"
    owner = subprocess.Popen(["bash", "-c", command], stdout=subprocess.PIPE, text=True)
    worker = int(owner.stdout.readline())
    assert owner.stdout.readline() == "obeys\n"
    owner.kill()
    owner.wait()
    for _ in range(6000):
        if not os.path.exists(f"/proc/{worker}"):
            break
        time.sleep(0.05)
    else:
        raise AssertionError("the worker lives on")


def test_a_worker_of_a_cluster_is_left_alone(monkeypatch):
    monkeypatch.setenv(OWNER_VARIABLE, str(os.getpid()))
    obey_owner()
    assert not interruption._Watch.is_on
