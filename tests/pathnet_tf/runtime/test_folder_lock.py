import subprocess
import sys

import pytest

from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.folder_lock import locked
from pathnet_tf.runtime.storage import RemotePath

HOLD = """
import sys
from pathlib import Path
from pathnet_tf.runtime.folder_lock import locked
with locked(Path(sys.argv[1]), shard=sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hold(tmp_path):
    """Starts a process that holds the folder's lock."""
    started = []

    def start(shard=""):
        words = [sys.executable, "-c", HOLD, str(tmp_path), shard]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        process = subprocess.Popen(words, **pipes, text=True)
        started.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("held", "wanted"), [("", ""), ("", "1/2"), ("1/2", ""), ("1/2", "1/2")]
)
def test_a_second_process_is_refused_with_the_first_ones_number(
    hold, tmp_path, held, wanted
):
    process = hold(held)
    with (
        pytest.raises(UsageError, match=f"process {process.pid} on .* wait for it"),
        locked(tmp_path, shard=wanted),
    ):
        pass


def test_shards_share_a_folder(hold, tmp_path):
    hold("1/2")
    with locked(tmp_path, shard="2/2"):
        pass


def test_a_killed_process_leaves_no_lock(hold, tmp_path):
    process = hold()
    process.kill()
    process.wait()
    with locked(tmp_path):
        pass


def test_the_lock_is_left_at_the_end(tmp_path):
    for _ in range(2):
        with locked(tmp_path):
            pass


def test_a_store_is_not_locked():
    with locked(RemotePath("gs://bucket/run")):
        pass
