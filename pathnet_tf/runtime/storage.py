"""Files and folders, on this machine or on anything else that `tf.io.gfile` opens.

A local path is a `pathlib.Path`. A path with a scheme, such as `gs://bucket/run`, is a
`RemotePath`, which has those methods of `Path` that this package uses. `read_arrays`
reads `.npz` files that hold plain arrays; it never executes anything in such a file.

`etils.epath` could not replace `RemotePath`: it opens gs, s3, az and hf alone, raises
`KeyError` for every other scheme that TensorFlow knows (`hdfs://`, `ram://`), and needs
Python 3.11. It also lets most of TensorFlow's errors through and drops the path from
the others, so `_ask`, `_translated` and `RemoteBytes` would have to stay.
"""

import contextlib
import dataclasses
import errno
import mmap
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, Union

import numpy as np

from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.file_names import escaped

LOCAL_SCHEME = "file://"

AnyPath = Union[Path, "RemotePath"]


@dataclasses.dataclass(frozen=True, order=True)
class RemotePath:
    """A path with a scheme, opened through `tf.io.gfile`.

    Attributes:
      uri: The path as text, without a slash at its end.
    """

    uri: str

    def __str__(self) -> str:
        """The path as text."""
        return self.uri

    def __truediv__(self, name: str) -> "RemotePath":
        """The path of something inside this folder."""
        return RemotePath(f"{self.uri}/{name}")

    @property
    def name(self) -> str:
        """The last part."""
        return self.uri.rsplit("/", 1)[1]

    @property
    def parent(self) -> "RemotePath":
        """The folder that holds this path; the root is its own parent."""
        head, _, _ = self.uri.rpartition("/")
        return self if head.endswith("/") else RemotePath(head)

    @property
    def parents(self) -> list["RemotePath"]:
        """Every folder above this path, the nearest first."""
        if self.parent == self:
            return []
        return [self.parent, *self.parent.parents]

    def with_name(self, name: str) -> "RemotePath":
        """The path of a neighbour with another name."""
        return self.parent / name

    def resolve(self) -> "RemotePath":
        """The same path: a path with a scheme is never relative."""
        return self

    def exists(self) -> bool:
        """Whether a file or a folder is there."""
        return _ask("exists", self.uri)

    def is_dir(self) -> bool:
        """Whether a folder is there."""
        return _ask("isdir", self.uri)

    def is_file(self) -> bool:
        """Whether a file is there."""
        return self.exists() and not self.is_dir()

    def is_symlink(self) -> bool:
        """False: no remote store known here has symbolic links."""
        return False

    def iterdir(self) -> Iterator["RemotePath"]:
        """The paths of all that the folder holds."""
        for name in _ask("listdir", self.uri):
            yield self / name.rstrip("/")

    def mkdir(self, *, parents: bool = False, exist_ok: bool = False) -> None:
        """Makes the folder and those above it, if the store has folders at all."""
        del parents, exist_ok
        _ask("makedirs", self.uri)

    def open(self, mode: str = "r", **text: Any) -> IO[Any]:
        """Opens the file; text is UTF-8, and line ends stay as they are."""
        del text
        return _ask("GFile", self.uri, mode)

    def read_bytes(self) -> bytes:
        """Reads the whole file.

        Raises:
          FileNotFoundError: There is no such file.
          OSError: The file cannot be read.
        """
        with _translated(self.uri), self.open("rb") as file:
            return file.read()

    def read_text(self, encoding: str = "utf-8") -> str:
        """Reads the whole file as text."""
        return self.read_bytes().decode(encoding)

    def write_bytes(self, content: bytes) -> None:
        """Writes the file anew."""
        with _translated(self.uri), self.open("wb") as file:
            file.write(content)

    def write_text(self, content: str, encoding: str = "utf-8") -> None:
        """Writes the file anew, as text."""
        self.write_bytes(content.encode(encoding))

    def unlink(self, missing_ok: bool = False) -> None:
        """Removes the file."""
        if not missing_ok or self.exists():
            _ask("remove", self.uri)


class RemoteBytes:
    """A remote file of which slices can be read as if it were an array of bytes."""

    def __init__(self, uri: str) -> None:
        self._file = _ask("GFile", uri, "rb")

    def __getitem__(self, part: slice) -> np.ndarray:
        """Reads one slice: uint8 `[stop - start]`."""
        self._file.seek(part.start)
        return np.frombuffer(self._file.read(part.stop - part.start), np.uint8)


def as_path(text: str | AnyPath) -> AnyPath:
    """Turns what a user typed into the path of a folder or file of ours.

    Raises:
      UsageError: The name is no UTF-8, and TensorFlow could not open it.
    """
    if isinstance(text, RemotePath):
        return text
    text = str(text)
    if escaped(text) != text:
        raise UsageError(
            f"The name {escaped(text)} is no UTF-8, and TensorFlow opens no other; "
            "rename it, or a folder above it"
        )
    if text.startswith(LOCAL_SCHEME):
        return Path(text[len(LOCAL_SCHEME) :])
    return RemotePath(text.rstrip("/")) if "://" in text else Path(text)


def user_cache() -> Path:
    """Returns the user's folder for what can be made again; it need not exist."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "pathnet_tf"


def mapped(path: AnyPath) -> memoryview:
    """Gives all bytes of a file; those of a local one are read as they are used.

    Raises:
      FileNotFoundError: There is no such file.
    """
    if isinstance(path, RemotePath) or path.stat().st_size == 0:
        return memoryview(path.read_bytes())
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def map_bytes(path: str) -> np.ndarray | RemoteBytes:
    """Opens a file for reading slices of it, here and there.

    Args:
      path: A local path, or one with a scheme.

    Returns:
      uint8 `[num_bytes]`; of a remote file, something that gives slices of it.
    """
    place = as_path(path)
    if isinstance(place, RemotePath):
        return RemoteBytes(path)
    return np.frombuffer(mapped(place), np.uint8)


def move(path: AnyPath, target: AnyPath) -> None:
    """Moves a file or a folder; a file at `target` is replaced.

    A remote folder is moved file by file, since few stores can move it at once.
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


def link(path: AnyPath, target: AnyPath) -> None:
    """Gives a file another name beside its own; copies it where that cannot be."""
    if isinstance(path, Path):
        try:
            os.link(path, str(target))
        except OSError:
            # Not every file system has links.
            shutil.copyfile(path, str(target))
    else:
        _ask("copy", str(path), str(target), True)


def remove_tree(path: AnyPath) -> None:
    """Removes a folder, if it is there, and all that it holds."""
    if isinstance(path, Path):
        shutil.rmtree(path, ignore_errors=True)
    elif path.is_dir():
        _ask("rmtree", str(path))


def write_whole(path: AnyPath, content: bytes) -> None:
    """Writes a file that appears whole or not at all, see `writing_whole`."""
    with writing_whole(path) as file:
        file.write(content)


@contextlib.contextmanager
def writing_whole(path: AnyPath) -> Iterator[IO[bytes]]:
    """Opens a file that appears when the block ends, whole or not at all.

    Other processes may write the same file at the same time.

    Yields:
      A file of another name, to be written to.

    Raises:
      OSError: The file cannot be written; the error names it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = f"{socket.gethostname()}-{os.getpid()}"
    aside = path.with_name(f".{path.name}.{writer}")
    try:
        with _open_new(aside) as file:
            yield file
        if isinstance(aside, Path):
            _flush(aside)
        move(aside, path)
        if isinstance(path, Path):
            _flush(path.parent)
    except OSError as error:
        # The error of a full disk comes from a write, and does not name the file.
        error.filename = error.filename or str(path)
        raise
    finally:
        aside.unlink(missing_ok=True)


@contextlib.contextmanager
def _open_new(path: AnyPath) -> Iterator[IO[bytes]]:
    """Opens a file for writing; a remote one raises the errors of a local one."""
    translated = (
        contextlib.nullcontext() if isinstance(path, Path) else _translated(str(path))
    )
    with translated, path.open("wb") as file:
        yield file


def _flush(path: Path) -> None:
    """Waits until a file or a folder is on the disk, so that a power cut spares it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _ask(name: str, uri: str, *arguments: Any) -> Any:
    """Calls a function of `tf.io.gfile`."""
    # Takes seconds to import; nobody who uses local paths should have to wait.
    import tensorflow as tf

    with _translated(uri):
        return getattr(tf.io.gfile, name)(uri, *arguments)


@contextlib.contextmanager
def _translated(uri: str) -> Iterator[None]:
    """Turns TensorFlow's errors into those that a local file raises."""
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
      file: The file's path, or an open stream of its bytes.

    Returns:
      The arrays by name, each `[...]` in the shape and dtype that the file gives it.

    Raises:
      ValueError: The file is missing, damaged or no `.npz`, or has an array of Python
        objects, which is a pickle and is not loaded.
    """
    try:
        with np.load(file, allow_pickle=False) as content:
            return {name: content[name] for name in content.files}
    # What a damaged archive raises is documented nowhere: an error of zipfile, of zlib
    # or of the array's header, or MemoryError for the size that a flipped bit asks for.
    except Exception as error:
        raise ValueError(str(error) or type(error).__name__) from error
