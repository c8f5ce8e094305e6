"""What a worker process tells the one that watches it: which file it reads.

Decoders of other people's making crash, stand still or ask for memory without end on
some files. Where no worker is watched, in a program that calls this library, nothing
here does anything.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection
from pathlib import Path

from data_tools.media_error import MediaError

READING, GETTING_ON, READ = "reading", "getting on", "read"
# How often at most a worker says that it gets on.
_PAUSE_S = 1.0


class _Link:
    """The pipe to the watching process, and files that have ended workers before."""

    connection: Connection | None = None
    refused: Mapping[Path, str] = {}
    told_s = 0.0
    depth = 0


def watch(connection: Connection, refused: Mapping[Path, str]) -> None:
    """Connects this process with the one that watches it.

    Args:
      connection: Where to tell.
      refused: Files that may not be read again, with the reason.
    """
    _Link.connection, _Link.refused, _Link.depth = connection, refused, 0


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Tells that a file is read as long as this lasts; may stand inside itself.

    Raises:
      MediaError: An attempt to read the file ended a worker.
    """
    if path in _Link.refused:
        raise MediaError(path, _Link.refused[path])
    _Link.depth += 1
    _tell((READING, path))
    try:
        yield
    finally:
        _Link.depth -= 1
        if not _Link.depth:
            _tell((READ, path))


def getting_on() -> None:
    """Tells that reading gets on; cheap, to be called for every block or frame."""
    if time.monotonic() - _Link.told_s > _PAUSE_S:
        _tell((GETTING_ON, None))


def _tell(message: tuple[str, Path | None]) -> None:
    if _Link.connection is None:
        return
    _Link.told_s = time.monotonic()
    try:
        _Link.connection.send(message)
    except OSError as error:
        # Nobody is left to work for.
        raise SystemExit(1) from error
