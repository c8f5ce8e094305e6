"""Reads samples that lie in a file as plain numbers, and scales numbers to floats."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np

_BLOCK_BYTES = 2**22
# The value of silence, where it is not 0.
_ZERO = {np.dtype(np.uint8): 128}


@dataclasses.dataclass(frozen=True)
class Pcm:
    """Where samples lie in a file, and how each is stored.

    Attributes:
      start: Where the first sample lies, in bytes.
      num_bytes: Size of all samples; the rest below one sample of each channel does not
        count.
      num_channels: Channels, whose samples alternate.
      sample_bytes: Bytes of a sample: 1 (unsigned), 2, 3, 4 or 8; 4 or 8 for floats.
      is_float: Whether samples are floats; otherwise they are integers.
      is_big_endian: Whether the highest byte of a sample comes first.
    """

    start: int
    num_bytes: int
    num_channels: int
    sample_bytes: int
    is_float: bool = False
    is_big_endian: bool = False


def read_pcm(path: Path, pcm: Pcm) -> Iterator[np.ndarray]:
    """Reads samples block by block.

    Args:
      path: The file.
      pcm: Where the samples lie, and how.

    Yields:
      A block, float32 `[num_samples, num_channels]`.

    Raises:
      OSError: The file cannot be read.
    """
    frame_bytes = pcm.num_channels * pcm.sample_bytes
    num_left = pcm.num_bytes // frame_bytes
    with path.open("rb") as file:
        file.seek(pcm.start)
        while num_left:
            count = min(num_left, max(1, _BLOCK_BYTES // frame_bytes))
            num_left -= count
            numbers = _numbers(file.read(count * frame_bytes), pcm)
            yield to_float(numbers.reshape(-1, pcm.num_channels))


def _numbers(content: bytes, pcm: Pcm) -> np.ndarray:
    """Returns the numbers `[num_samples]` that bytes stand for."""
    if pcm.sample_bytes == 1:
        return np.frombuffer(content, np.uint8)
    if pcm.sample_bytes == 3:
        # As the upper bytes of four.
        packed = np.frombuffer(content, np.uint8).reshape(-1, 3)
        padded = np.zeros((len(packed), 4), np.uint8)
        padded[:, 1:] = packed[:, ::-1] if pcm.is_big_endian else packed
        return padded.reshape(-1).view("<i4")
    order = ">" if pcm.is_big_endian else "<"
    stored = np.dtype(f"{order}{'f' if pcm.is_float else 'i'}{pcm.sample_bytes}")
    return np.frombuffer(content, stored).astype(stored.newbyteorder("="))


def to_float(samples: np.ndarray) -> np.ndarray:
    """Scales integer samples `[num_samples, num_channels]` to float32 in [-1, 1).

    Integers use the full range of their type. Float samples keep their scale.
    """
    if samples.dtype.kind == "f":
        # What is too large becomes infinite, and is found as such.
        with np.errstate(over="ignore"):
            return samples.astype(np.float32)
    full_scale = 2.0 ** (8 * samples.dtype.itemsize - 1)
    zero = _ZERO.get(samples.dtype, 0)
    return ((samples.astype(np.float64) - zero) / full_scale).astype(np.float32)
