"""The error raised for a recording or picture that cannot be used."""

from pathlib import Path

from pathnet_tf.runtime.errors import DataError


class MediaError(DataError):
    """The sound or the pictures of a file cannot be used.

    Attributes:
      reason: What is wrong with the file, without its name.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.reason = reason
        self._path = path

    def __reduce__(self) -> tuple[type["MediaError"], tuple[Path, str]]:
        """Makes the error picklable, so that a worker process can send it."""
        return type(self), (self._path, self.reason)
