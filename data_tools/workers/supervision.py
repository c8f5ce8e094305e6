"""How a worker process tells the process that watches it which file it reads.

Third-party decoders crash, hang or use up all memory on some files. The watching
process has to know which file did it. In a process that nobody watches, such as a
program that calls this library, the functions here do nothing.
"""

import contextlib
import resource
import time
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection
from pathlib import Path

from data_tools.media_error import MediaError

READING, GETTING_ON, READ = "reading", "getting on", "read"
# A worker reports progress at most this often.
_PAUSE_S = 1.0


class _Link:
    """The pipe to the watching process, and the files that ended earlier workers."""

    connection: Connection | None = None
    refused: Mapping[Path, str] = {}
    told_s = 0.0
    depth = 0


def watch(connection: Connection, refused: Mapping[Path, str]) -> None:
    """Connects this process with the process that watches it.

    Args:
      connection: The pipe to the watching process.
      refused: Files that must not be read again, with the reason.
    """
    _Link.connection, _Link.refused, _Link.depth = connection, refused, 0


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Reports that a file is being read while the context lasts; contexts may nest.

    Raises:
      MediaError: An earlier attempt to read the file ended a worker.
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
    """Reports that reading makes progress; call this for every block or frame."""
    if time.monotonic() - _Link.told_s > _PAUSE_S:
        _tell((GETTING_ON, None))


def allow_memory(num_bytes: int) -> None:
    """Lets this process use more memory than it may, for what is no file to be read."""
    limit, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if limit != resource.RLIM_INFINITY:
        limit += num_bytes
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _tell(message: tuple[str, Path | None]) -> None:
    if _Link.connection is None:
        return
    _Link.told_s = time.monotonic()
    try:
        _Link.connection.send(message)
    except OSError as error:
        # The watching process is gone.
        raise SystemExit(1) from error
