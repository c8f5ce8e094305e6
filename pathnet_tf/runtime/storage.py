"""Files and folders, on this machine or on anything else that `tf.io.gfile` opens.

A local path is a `pathlib.Path`. A path with a scheme, such as `gs://bucket/run`, is a
`RemotePath`, which offers the methods of `Path` that this package uses. `read_arrays`
reads `.npz` files that hold plain arrays; nothing in such a file is ever executed.
"""

import contextlib
import errno
import mmap
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, Union

import numpy as np

LOCAL_SCHEME = "file://"

AnyPath = Union[Path, "RemotePath"]


class RemotePath:
    """A path with a scheme, opened through `tf.io.gfile`."""

    def __init__(self, uri: str) -> None:
        self._uri = uri.rstrip("/")

    def __str__(self) -> str:
        """The path as it was given."""
        return self._uri

    def __repr__(self) -> str:
        """Shows the path."""
        return f"RemotePath({self._uri!r})"

    def __eq__(self, other: object) -> bool:
        """Compares the text."""
        return isinstance(other, RemotePath) and str(other) == str(self)

    def __hash__(self) -> int:
        """Hashes the text."""
        return hash(self._uri)

    def __lt__(self, other: "RemotePath") -> bool:
        """Sorts by the text."""
        return str(self) < str(other)

    def __truediv__(self, name: str) -> "RemotePath":
        """Goes one step down."""
        return RemotePath(f"{self._uri}/{name}")

    @property
    def name(self) -> str:
        """The last part."""
        return self._uri.rsplit("/", 1)[1]

    @property
    def parent(self) -> "RemotePath":
        """One step up; the root is its own parent."""
        head, _, _ = self._uri.rpartition("/")
        return self if head.endswith("/") else RemotePath(head)

    @property
    def parents(self) -> list["RemotePath"]:
        """Every path above, the nearest first."""
        parents, here = [], self
        while here.parent != here:
            here = here.parent
            parents.append(here)
        return parents

    def with_name(self, name: str) -> "RemotePath":
        """The same place under another name."""
        return self.parent / name

    def resolve(self) -> "RemotePath":
        """Itself: nothing about it is relative."""
        return self

    def exists(self) -> bool:
        """Whether anything is there."""
        return _ask("exists", self._uri)

    def is_dir(self) -> bool:
        """Whether a folder is there."""
        return _ask("isdir", self._uri)

    def is_file(self) -> bool:
        """Whether a file is there."""
        return self.exists() and not self.is_dir()

    def is_symlink(self) -> bool:
        """No store known here has links."""
        return False

    def iterdir(self) -> Iterator["RemotePath"]:
        """What the folder holds."""
        for name in _ask("listdir", self._uri):
            yield self / name.rstrip("/")

    def mkdir(self, *, parents: bool = False, exist_ok: bool = False) -> None:
        """Makes the folder, and those above where the store has folders at all."""
        del parents, exist_ok
        _ask("makedirs", self._uri)

    def open(self, mode: str = "r", **text: Any) -> IO[Any]:
        """Opens the file; text is UTF-8, its line ends as they are."""
        del text
        return _ask("GFile", self._uri, mode)

    def read_bytes(self) -> bytes:
        """The whole file.

        Raises:
          FileNotFoundError: It is not there.
          OSError: It cannot be read.
        """
        with _translated(self._uri), self.open("rb") as file:
            return file.read()

    def read_text(self, encoding: str = "utf-8") -> str:
        """The whole file as text."""
        return self.read_bytes().decode(encoding)

    def write_bytes(self, content: bytes) -> None:
        """Replaces the file."""
        with _translated(self._uri), self.open("wb") as file:
            file.write(content)

    def write_text(self, content: str, encoding: str = "utf-8") -> None:
        """Replaces the file by text."""
        self.write_bytes(content.encode(encoding))

    def unlink(self, missing_ok: bool = False) -> None:
        """Removes the file."""
        if not missing_ok or self.exists():
            _ask("remove", self._uri)


class RemoteBytes:
    """A remote file that answers to slices as an array of bytes would."""

    def __init__(self, uri: str) -> None:
        self._file = _ask("GFile", uri, "rb")

    def __getitem__(self, part: slice) -> np.ndarray:
        """Reads one slice."""
        self._file.seek(part.start)
        return np.frombuffer(self._file.read(part.stop - part.start), np.uint8)


def as_path(text: str | AnyPath) -> AnyPath:
    """Makes a path of what a user typed."""
    if isinstance(text, RemotePath):
        return text
    text = str(text)
    if text.startswith(LOCAL_SCHEME):
        return Path(text[len(LOCAL_SCHEME) :])
    return RemotePath(text) if "://" in text else Path(text)


def mapped(path: AnyPath) -> memoryview:
    """Reads a file's bytes; those of a local one stay on disk until looked at.

    Raises:
      FileNotFoundError: It is not there.
    """
    if isinstance(path, RemotePath) or path.stat().st_size == 0:
        return memoryview(path.read_bytes())
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def map_bytes(path: str) -> Any:
    """Opens a file for random access: what `array[start:stop]` gives is its bytes."""
    if isinstance(as_path(path), RemotePath):
        return RemoteBytes(path)
    # As a plain array: slices of a memmap take several times as long.
    return np.asarray(np.memmap(path, np.uint8, mode="r"))


def move(path: AnyPath, target: AnyPath) -> None:
    """Moves a file or folder; a file at `target` is replaced.

    A folder of a store is moved file by file: few stores can do it at once.
    """
    if isinstance(path, Path):
        os.replace(path, str(target))
    elif path.is_dir():
        for folder, _, files in _ask("walk", str(path)):
            inside = folder[len(str(path)) :].strip("/")
            destination = as_path(f"{target}/{inside}".rstrip("/"))
            destination.mkdir(parents=True, exist_ok=True)
            for file in files:
                source = f"{folder.rstrip('/')}/{file}"
                _ask("rename", source, f"{destination}/{file}", True)
        remove_tree(path)
    else:
        _ask("rename", str(path), str(target), True)


def remove_tree(path: AnyPath) -> None:
    """Removes a folder and all it holds, if it is there."""
    if isinstance(path, Path):
        shutil.rmtree(path, ignore_errors=True)
    elif path.is_dir():
        _ask("rmtree", str(path))


def write_whole(path: AnyPath, content: bytes) -> None:
    """Writes a file that appears whole or not at all, whoever writes it besides."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = f"{socket.gethostname()}-{os.getpid()}"
    aside = path.with_name(f".{path.name}.{writer}")
    try:
        aside.write_bytes(content)
        if isinstance(aside, Path):
            _flush(aside)
        move(aside, path)
        if isinstance(path, Path):
            _flush(path.parent)
    except OSError as error:
        # A full disk is found out by a write, which does not say of what.
        error.filename = error.filename or str(path)
        raise
    finally:
        aside.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Puts a file or a folder on the disk, lest a power cut undo the order."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _ask(name: str, uri: str, *arguments: Any) -> Any:
    """Calls a function of `tf.io.gfile`."""
    # Seconds to import, which nobody with local paths should wait for.
    import tensorflow as tf

    with _translated(uri):
        return getattr(tf.io.gfile, name)(uri, *arguments)


@contextlib.contextmanager
def _translated(uri: str) -> Iterator[None]:
    """Makes TensorFlow's errors those that local files have."""
    import tensorflow as tf

    try:
        yield
    except tf.errors.NotFoundError as error:
        raise FileNotFoundError(errno.ENOENT, "No such file", uri) from error
    except tf.errors.OpError as error:
        raise OSError(errno.EIO, error.message, uri) from error


def read_arrays(file: Path | BinaryIO) -> dict[str, np.ndarray]:
    """Reads all arrays of an `.npz` file.

    Args:
      file: A file's path, or a stream of it.

    Returns:
      The arrays by name.

    Raises:
      ValueError: The file is missing, damaged or no `.npz`, or has an array of Python
        objects, which is a pickle and is not loaded.
    """
    try:
        with np.load(file, allow_pickle=False) as content:
            return {name: content[name] for name in content.files}
    # What a damaged zip archive raises is laid down nowhere: of its own, zlib's, the
    # array header's, or a MemoryError for the size that a flipped bit asks for.
    except Exception as error:
        raise ValueError(str(error) or type(error).__name__) from error
