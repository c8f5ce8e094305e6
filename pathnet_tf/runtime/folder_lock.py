"""Locks a run's folder for one process. The lock ends when that process ends."""

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.storage import AnyPath

LOCK_NAME = ".lock"


@contextlib.contextmanager
def locked(run_dir: AnyPath, *, shard: str = "") -> Iterator[None]:
    """Locks a run's folder while the block runs; a remote folder is not locked.

    Args:
      run_dir: The folder, which is made if it does not exist.
      shard: The shard that the process runs, such as `3/10`; empty for the whole run.
        Different shards may use the folder at the same time.

    Yields:
      Nothing; the lock is held inside the block.

    Raises:
      UsageError: Another process holds the lock.
    """
    if not isinstance(run_dir, Path):
        yield
        return
    run_dir.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        # First the lock of the folder, which shards share; then that of the shard.
        kind = fcntl.LOCK_SH if shard else fcntl.LOCK_EX
        _lock(run_dir / LOCK_NAME, kind, run_dir, stack)
        if shard:
            name = f"{LOCK_NAME}-{shard.replace('/', '-of-')}"
            _lock(run_dir / name, fcntl.LOCK_EX, run_dir, stack)
        yield


def _lock(path: Path, kind: int, run_dir: Path, stack: contextlib.ExitStack) -> None:
    # Child processes do not inherit the file, so that they cannot keep the lock when
    # their parent is dead.
    file = stack.enter_context(path.open("a+", encoding="utf-8"))
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        holder = file.read().strip() or "another process"
        raise UsageError(
            f"--run_dir={run_dir} is being written by {holder}; wait for it, or name "
            "another --run_dir"
        ) from error
    except OSError:
        # The file system has no locks, so the run goes on without one.
        return
    file.seek(0)
    file.truncate()
    file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
    file.flush()
