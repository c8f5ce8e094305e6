"""The error of a recording or picture that cannot be used."""

from pathlib import Path

from pathnet_tf.runtime.errors import DataError


class MediaError(DataError):
    """A file's sound or pictures cannot be used.

    Attributes:
      reason: The fault, without the file's name.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.reason = reason
        self._path = path

    def __reduce__(self) -> tuple[type["MediaError"], tuple[Path, str]]:
        """Lets the error leave a worker process."""
        return type(self), (self._path, self.reason)
