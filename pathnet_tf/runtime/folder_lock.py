"""One process at a time on a run's folder; the system lifts the lock of a dead one."""

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
    """Keeps other processes from a run's folder; a store's folder is not locked.

    Args:
      run_dir: The folder; made if need be.
      shard: Such as `3/10`. Shards share the folder, but not with another process of
        the same shard or of the whole run.

    Yields:
      With the lock held.

    Raises:
      UsageError: Another process holds it.
    """
    if not isinstance(run_dir, Path):
        yield
        return
    run_dir.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        # Of the whole folder, shared by shards; then of the shard.
        kind = fcntl.LOCK_SH if shard else fcntl.LOCK_EX
        _lock(run_dir / LOCK_NAME, kind, run_dir, stack)
        if shard:
            name = f"{LOCK_NAME}-{shard.replace('/', '-of-')}"
            _lock(run_dir / name, fcntl.LOCK_EX, run_dir, stack)
        yield


def _lock(path: Path, kind: int, run_dir: Path, stack: contextlib.ExitStack) -> None:
    # Not inherited by child processes, which would hold the lock of a dead parent.
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
        # A file system without locks: the run is not worse off than without.
        return
    file.seek(0)
    file.truncate()
    file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
    file.flush()
