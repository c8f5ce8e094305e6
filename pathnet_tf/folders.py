"""Output folders that appear whole or not at all, and replace only their own kind."""

import contextlib
import dataclasses
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from pathnet_tf.errors import DataError, UsageError


@dataclasses.dataclass(frozen=True)
class OutputFolder:
    """A folder that a binary writes.

    Attributes:
      path: The folder.
      marker: File by which a folder of the same kind is known; no other is replaced.
      flag: The flag that named the folder, for error messages.
      overwrite: Whether what stands there is replaced, at the end only.
    """

    path: Path
    marker: str
    flag: str
    overwrite: bool = False

    @contextlib.contextmanager
    def published(self) -> Iterator[Path]:
        """Gives a temporary folder that takes its place when the block succeeds.

        The temporary folder is a hidden sibling, so that the last step is a rename.
        It is removed when the block raises, Ctrl-C included.

        Yields:
          The temporary folder, empty.

        Raises:
          UsageError: Something stands there that may not be replaced.
          DataError: The folder cannot be written.
        """
        folder = Path(os.path.abspath(self.path))
        self.require_free()
        unfinished = folder.with_name(f".{folder.name}.unfinished-{os.getpid()}")
        replaced = folder.with_name(f".{folder.name}.replaced-{os.getpid()}")
        try:
            unfinished.mkdir(parents=True)
            yield unfinished
            if os.path.lexists(folder):
                self.require_free()
                folder.rename(replaced)
            unfinished.rename(folder)
        except OSError as error:
            raise DataError(
                f"{error.filename or folder} cannot be written ({error.strerror}); "
                f"free it, or name another {self.flag}"
            ) from error
        finally:
            if replaced.exists() and not folder.exists():
                replaced.rename(folder)
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.rmtree(replaced, ignore_errors=True)

    def require_free(self) -> None:
        """Checks that the folder may be written.

        Raises:
          UsageError: Something stands there that may not be replaced.
        """
        if not os.path.lexists(self.path):
            return
        if not self.path.is_dir() or self.path.is_symlink():
            raise UsageError(f"{self.path} is not a folder; name another {self.flag}")
        if not any(self.path.iterdir()):
            return
        if not (self.path / self.marker).exists():
            raise UsageError(
                f"{self.path} holds other files (it has no {self.marker}) and is not "
                f"replaced; name another {self.flag}"
            )
        if not self.overwrite:
            raise UsageError(
                f"{self.path} exists; name another {self.flag}, or replace it with "
                "--overwrite"
            )
