"""The values of a dataset's segments, shared by all processes of a machine.

A dataset's values lie at known offsets inside its TFRecord shards. A `StoredValues`
that is sent to another process carries those offsets but no values. Every process maps
the same files, so that the machine holds the values once, in its page cache. The values
can also be copied into one file, one segment after the other, which is faster to read
from.
"""

import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from pathnet_tf.runtime import storage

CACHES = ("memory", "disk", "none")
COPY_ROWS = 1024
# TensorFlow uses memory without a copy if its address is a multiple of this.
ALIGNMENT = 64

# On a machine without the copy: the values that a worker holds itself, by the name of
# the missing copy.
_own_copies: dict[str, np.ndarray] = {}


class Values(Protocol):
    """The values of segments: an array, or something that can be indexed like one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """`[num_segments, *segment_shape]`."""

    @property
    def dtype(self) -> np.dtype:
        """Type of the stored values."""

    def __getitem__(self, rows: Any) -> np.ndarray:
        """Reads rows, given as int `[num_rows]`: `[num_rows, *segment_shape]`."""


class StoredValues:
    """Values that are stored in the files of a dataset.

    Attributes:
      shape: `[num_segments, *segment_shape]`.
      dtype: Little-endian type of a value.
    """

    def __init__(
        self,
        files: Sequence[str],
        file: np.ndarray,
        offset: np.ndarray,
        segment_shape: tuple[int, ...],
        dtype: str,
        *,
        copy: Path | None = None,
        is_in_memory: bool = False,
    ) -> None:
        """Remembers where the values are, without opening a file yet.

        Args:
          files: Files that hold values.
          file: int32 `[num_segments]`, index of each segment's file in `files`.
          offset: int64 `[num_segments]`, where each segment begins in its file, in
            bytes.
          segment_shape: Shape of a segment.
          dtype: NumPy name of the values' type.
          copy: A file that holds all values, one segment after the other.
          is_in_memory: Whether the mapped copy is used like an array in memory. If not,
            batches are read from it.
        """
        self.shape = (len(file), *segment_shape)
        self.dtype = np.dtype(dtype).newbyteorder("<")
        self._files = tuple(files)
        self._file = file
        self._offset = offset
        self._copy = copy
        self._is_in_memory = is_in_memory
        self._maps: dict[int, np.ndarray | storage.RemoteBytes] = {}
        self._array: np.ndarray | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Leaves out mapped files, which another process maps itself."""
        return self.__dict__ | {"_maps": {}, "_array": None}

    def __len__(self) -> int:
        """Number of segments."""
        return self.shape[0]

    def __getitem__(self, rows: Any) -> np.ndarray:
        """Reads the rows of an integer array: `[num_rows, *segment_shape]`."""
        rows = np.asarray(rows)
        values = aligned_empty((len(rows), *self.shape[1:]), self.dtype)
        if self._copy is not None:
            if len(rows) and not 0 <= rows.min() <= rows.max() < len(self):
                raise IndexError(f"No such row among {len(self)}: {rows}")
            # Checked above: NumPy would buffer the output to check for itself.
            return np.take(self._copied(), rows, axis=0, out=values, mode="clip")
        raw = values.view(np.uint8).reshape(len(rows), -1)
        for place, row in enumerate(rows):
            raw[place] = self._read(int(self._file[row]), int(self._offset[row]))
        return values

    def array(self) -> np.ndarray | None:
        """All values `[num_segments, *segment_shape]`; None if not kept in memory."""
        return self._copied() if self._copy and self._is_in_memory else None

    def release(self) -> None:
        """Unmaps the files, until values are read again."""
        self._maps, self._array = {}, None

    def select(self, rows: np.ndarray) -> "StoredValues":
        """Selects the segments at int `[num_selected]` indices, without the copy."""
        return StoredValues(
            self._files,
            self._file[rows],
            self._offset[rows],
            self.shape[1:],
            self.dtype.name,
        )

    def cached(self, copy: Path, *, is_in_memory: bool) -> "StoredValues":
        """Copies all values into one file, unless that file exists.

        Args:
          copy: The file. Its name must differ for other values.
          is_in_memory: Whether the mapped copy is used like an array in memory.

        Returns:
          The same values, which are read from the copy.

        Raises:
          OSError: The file cannot be written.
        """
        cached = StoredValues(
            self._files,
            self._file,
            self._offset,
            self.shape[1:],
            self.dtype.name,
            copy=copy,
            is_in_memory=is_in_memory,
        )
        cached._copied()
        return cached

    @property
    def _segment_bytes(self) -> int:
        return int(np.prod(self.shape[1:])) * self.dtype.itemsize

    def _copied(self) -> np.ndarray:
        """Maps the copy, `[num_segments, *segment_shape]`; makes it if need be."""
        assert self._copy is not None
        if self._array is None:
            size = self._segment_bytes * len(self)
            if not self._copy.exists() or self._copy.stat().st_size != size:
                if self._is_in_memory and not self._copy.parent.exists():
                    self._array = self._own_copy(str(self._copy))
                    return self._array
                self._write_copy()
            # Copy-on-write, as TensorFlow does not accept read-only memory.
            mapped = np.memmap(self._copy, self.dtype, mode="c", shape=self.shape)
            self._array = np.asarray(mapped)
        return self._array

    def _own_copy(self, name: str) -> np.ndarray:
        """Reads all values `[num_segments, *segment_shape]` once in this process."""
        if name not in _own_copies:
            values = aligned_empty(self.shape, self.dtype)
            for start, stop, chunk in self._chunks():
                values[start:stop] = chunk
            _own_copies[name] = values
        return _own_copies[name]

    def _chunks(self) -> Iterator[tuple[int, int, np.ndarray]]:
        """Reads `[stop - start, *segment_shape]` at a time, with start and stop."""
        bare = self.select(np.arange(len(self)))
        for start in range(0, len(self), COPY_ROWS):
            stop = min(start + COPY_ROWS, len(self))
            yield start, stop, bare[np.arange(start, stop)]
            # Else the files of a large dataset would all stay mapped.
            bare.release()

    def _write_copy(self) -> None:
        assert self._copy is not None
        self._copy.parent.mkdir(parents=True, exist_ok=True)
        aside = self._copy.with_name(f"{self._copy.name}.{os.getpid()}")
        try:
            with aside.open("wb") as file:
                for _, _, chunk in self._chunks():
                    file.write(chunk.data)
            # Other workers may do the same at the same time; all write the same bytes.
            aside.replace(self._copy)
        finally:
            aside.unlink(missing_ok=True)

    def _read(self, file: int, offset: int) -> np.ndarray:
        """Reads the bytes of one segment: uint8 `[segment_bytes]`."""
        if file not in self._maps:
            self._maps[file] = storage.map_bytes(self._files[file])
        return self._maps[file][offset : offset + self._segment_bytes]


def aligned_empty(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Makes an array `[*shape]` that TensorFlow can use without copying it."""
    num_bytes = math.prod(shape) * dtype.itemsize
    raw = np.empty(num_bytes + ALIGNMENT, np.uint8)
    first = -raw.ctypes.data % ALIGNMENT
    return raw[first : first + num_bytes].view(dtype).reshape(shape)


def joined(parts: Sequence[Values]) -> Values:
    """Joins the segments of several datasets, one dataset after the other."""
    stored = [part for part in parts if isinstance(part, StoredValues)]
    if len(stored) < len(parts):
        return np.concatenate([part[np.arange(part.shape[0])] for part in parts])
    firsts = np.cumsum([0] + [len(part._files) for part in stored])
    return StoredValues(
        [file for part in stored for file in part._files],
        np.concatenate([p._file + f for p, f in zip(stored, firsts, strict=False)]),
        np.concatenate([part._offset for part in stored]),
        stored[0].shape[1:],
        stored[0].dtype.name,
    )
