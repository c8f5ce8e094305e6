"""Locks a folder for one process. The lock ends when that process ends."""

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
def locked(
    folder: AnyPath,
    *,
    shard: str = "",
    flag: str = "--run_dir",
    is_awaited: bool = False,
) -> Iterator[None]:
    """Locks a folder while the block runs; a remote folder is not locked.

    Args:
      folder: The folder, which is made if it does not exist.
      shard: The shard that the process runs, such as `3/10`; empty for the whole work.
        Different shards may use the folder at the same time.
      flag: The flag that names the folder, for error messages.
      is_awaited: Whether to wait until no other process holds the lock.

    Yields:
      Nothing; the lock is held inside the block.

    Raises:
      UsageError: Another process holds the lock, which is not awaited.
    """
    if not isinstance(folder, Path):
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        # First the lock of the folder, which shards share; then that of the shard.
        kind = fcntl.LOCK_SH if shard else fcntl.LOCK_EX
        at_once = 0 if is_awaited else fcntl.LOCK_NB
        _lock(folder / LOCK_NAME, kind | at_once, flag, stack)
        if shard:
            name = f"{LOCK_NAME}-{shard.replace('/', '-of-')}"
            _lock(folder / name, fcntl.LOCK_EX | at_once, flag, stack)
        yield


def _lock(path: Path, kind: int, flag: str, stack: contextlib.ExitStack) -> None:
    # Child processes do not inherit the file, so that they cannot keep the lock when
    # their parent is dead.
    file = stack.enter_context(path.open("a+", encoding="utf-8"))
    try:
        fcntl.flock(file, kind)
    except BlockingIOError as error:
        file.seek(0)
        holder = file.read().strip() or "another process"
        raise UsageError(
            f"{path.parent} is being written by {holder}; wait for it, or name another "
            f"{flag}"
        ) from error
    except OSError:
        # The file system has no locks, so the run goes on without one.
        return
    file.seek(0)
    file.truncate()
    file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
    file.flush()
