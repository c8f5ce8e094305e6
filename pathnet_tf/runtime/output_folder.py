"""Output folders that appear whole or not at all, and replace only their own kind."""

import contextlib
import dataclasses
import fcntl
import fnmatch
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.folder_lock import LOCK_NAME
from pathnet_tf.runtime.storage import AnyPath, move, remove_tree


@dataclasses.dataclass(frozen=True)
class OutputFolder:
    """A folder that a binary writes.

    Attributes:
      path: The folder.
      contents: Patterns of all names that a folder of this kind may hold. The first is
        the name of a file that every such folder has. A folder that lacks this file or
        holds any other name is never replaced.
      flag: The flag that named the folder, for error messages.
      overwrite: Whether an existing folder is replaced, once the new one is complete.
    """

    path: AnyPath
    contents: tuple[str, ...]
    flag: str
    overwrite: bool = False

    @contextlib.contextmanager
    def published(self) -> Iterator[AnyPath]:
        """Provides a temporary folder that is renamed to `path` if the block succeeds.

        The temporary folder is a hidden sibling of `path`. It is removed if the block
        raises anything, even on Ctrl-C.

        Yields:
          The temporary folder, which is empty.

        Raises:
          UsageError: Something exists at `path` that may not be replaced.
          DataError: The folder cannot be written.
        """
        folder = self.path
        if isinstance(folder, Path):
            folder = Path(os.path.abspath(folder))
            _clear_up(folder)
        self.require_free()
        owner = f"{socket.gethostname()}-{os.getpid()}"
        unfinished = folder.with_name(f".{folder.name}.unfinished-{owner}")
        replaced = folder.with_name(f".{folder.name}.replaced-{owner}")
        lock: int | None = None
        try:
            unfinished.mkdir(parents=True)
            if isinstance(unfinished, Path):
                lock = _lock(unfinished)
            yield unfinished
            if _is_there(folder):
                self.require_free()
                move(folder, replaced)
            move(unfinished, folder)
        except OSError as error:
            raise DataError(
                f"{error.filename or folder} cannot be written ({error.strerror}); "
                f"free it, or name another {self.flag}"
            ) from error
        finally:
            if replaced.exists() and not folder.exists():
                move(replaced, folder)
            remove_tree(unfinished)
            remove_tree(replaced)
            if lock is not None:
                os.close(lock)

    def require_free(self) -> None:
        """Checks that the folder may be written.

        Raises:
          UsageError: Something exists at `path` that may not be replaced.
        """
        if not _is_there(self.path):
            return
        if not self.path.is_dir() or self.path.is_symlink():
            raise UsageError(f"{self.path} is not a folder; name another {self.flag}")
        names = sorted(path.name for path in self.path.iterdir())
        if all(name.startswith(LOCK_NAME) for name in names):
            return
        known, *_ = self.contents
        foreign = [name for name in names if not self._is_ours(name)]
        if known not in names or foreign:
            reason = f"holds {foreign[0]}" if foreign else f"has no {known}"
            raise UsageError(
                f"{self.path} {reason}, so it is not replaced; name another {self.flag}"
            )
        if not self.overwrite:
            raise UsageError(
                f"{self.path} exists; name another {self.flag}, or replace it with "
                "--overwrite"
            )

    def require_shareable(self) -> None:
        """Checks that several processes may fill the folder together.

        Raises:
          UsageError: The folder holds something that no folder of this kind holds.
        """
        if not _is_there(self.path):
            return
        if not self.path.is_dir():
            raise UsageError(f"{self.path} is not a folder; name another {self.flag}")
        for path in self.path.iterdir():
            # Hidden files may be unfinished files of another process.
            if not (self._is_ours(path.name) or path.name.startswith(".")):
                raise UsageError(
                    f"{self.path} holds {path.name}, so it is not written to; name "
                    f"another {self.flag}"
                )

    def _is_ours(self, name: str) -> bool:
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self.contents)


def _clear_up(folder: Path) -> None:
    """Removes the temporary folders of processes of this machine that were killed.

    A process that was killed between two renames has moved the old folder aside. That
    folder is moved back.
    """
    if not folder.parent.is_dir():
        return
    starts = [f".{folder.name}.{kind}-" for kind in ("unfinished", "replaced")]
    names = [path.name for path in folder.parent.iterdir()]
    owners = {
        name.removeprefix(start)
        for name in names
        for start in starts
        if name.startswith(f"{start}{socket.gethostname()}-")
    }
    for owner in sorted(owners):
        unfinished, replaced = (folder.with_name(start + owner) for start in starts)
        lock = _lock(unfinished)
        if lock is None and unfinished.exists():
            # Another process writes this folder, or the file system has no locks.
            continue
        try:
            # Another process may do the same at this moment.
            with contextlib.suppress(FileNotFoundError):
                if replaced.exists() and not _is_there(folder):
                    move(replaced, folder)
            remove_tree(replaced)
            remove_tree(unfinished)
        finally:
            if lock is not None:
                os.close(lock)


def _lock(folder: Path) -> int | None:
    """Locks a folder; returns None if another process holds the lock."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _is_there(path: AnyPath) -> bool:
    return path.exists() or path.is_symlink()
