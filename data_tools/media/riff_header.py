"""Reads the headers of WAV and AVI files: the codec, and whether the file is complete.

tensorflow-io 0.37.1 decodes plain WAV files of 8, 16 and 24-bit PCM and of 32-bit float
correctly. It decodes 32-bit integers as floats, and mu-law in an extensible header as
8-bit PCM. It fails on chunks of odd size, on bytes after the last chunk, and on all
other codecs.
"""

import dataclasses
import struct
from pathlib import Path
from typing import BinaryIO

_PCM, _FLOAT, _EXTENSIBLE = 0x0001, 0x0003, 0xFFFE
_TENSORFLOW_IO_READS = {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_FLOAT, 32)}
# A program that writes to a pipe does not know the length. It writes 0, or the largest
# possible number minus the size of the headers.
_STREAMED_FROM = 0x7FFF0000
# Programs that write AVI often count a few bytes too many; that does no harm.
_AVI_TOLERANCE = 0.01


@dataclasses.dataclass(frozen=True)
class WavHeader:
    """What the package needs to know from the header of a WAV file.

    Attributes:
      suits_tensorflow_io: Whether tensorflow-io decodes the file correctly.
      fault: Why the file cannot be used; empty if it can.
    """

    suits_tensorflow_io: bool = False
    fault: str = ""


@dataclasses.dataclass(frozen=True)
class _Chunk:
    """A chunk of a RIFF file: where its content starts and its size, in bytes."""

    name: bytes
    start: int
    size: int


def read_wav_header(path: Path) -> WavHeader:
    """Reads the header of a WAV file.

    Args:
      path: A file that starts with `RIFF....WAVE`.

    Returns:
      The header.

    Raises:
      OSError: The file cannot be read.
    """
    num_bytes = path.stat().st_size
    with path.open("rb") as file:
        riff_bytes = struct.unpack("<4xI4x", file.read(12))[0]
        chunks = _chunks(file)
        by_name = {chunk.name: chunk for chunk in reversed(chunks)}
        for name in (b"fmt ", b"data"):
            if name not in by_name:
                title = name.decode().strip()
                return WavHeader(fault=f"is truncated: it has no {title!r} chunk")
        codec = _codec(file, by_name[b"fmt "])
    data = by_name[b"data"]
    held = num_bytes - data.start
    is_streamed = data.size >= _STREAMED_FROM or (
        data.size == 0 and riff_bytes + 8 != num_bytes
    )
    if held == 0 or (data.size == 0 and not is_streamed):
        return WavHeader(fault="holds no samples")
    if data.size > held and not is_streamed:
        return WavHeader(
            fault=f"is truncated: its header declares {data.size} bytes of samples, "
            f"{held} are there"
        )
    is_tidy = (
        chunks[0].name == b"fmt "
        and all(chunk.size % 2 == 0 for chunk in chunks)
        and chunks[-1].start + chunks[-1].size == num_bytes
        and not is_streamed
    )
    return WavHeader(suits_tensorflow_io=is_tidy and codec in _TENSORFLOW_IO_READS)


def avi_fault(path: Path) -> str:
    """Checks whether an AVI file was cut short.

    Args:
      path: A file that starts with `RIFF....AVI `.

    Returns:
      Why the file cannot be used; empty if it can.

    Raises:
      OSError: The file cannot be read.
    """
    num_bytes = path.stat().st_size
    with path.open("rb") as file:
        declared = struct.unpack("<4xI", file.read(8))[0] + 8
    missing = declared - num_bytes
    if declared >= _STREAMED_FROM or missing <= _AVI_TOLERANCE * declared:
        return ""
    return f"is truncated: its header declares {declared} bytes, {num_bytes} are there"


def _chunks(file: BinaryIO) -> list[_Chunk]:
    """Lists the chunks from the file position on; chunks of odd size are padded."""
    chunks = []
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        chunks.append(_Chunk(name, file.tell(), size))
        file.seek(size + size % 2, 1)
    return chunks


def _codec(file: BinaryIO, chunk: _Chunk) -> tuple[int, int]:
    """Returns format tag and bits per sample; tag 0 if the packing is unusual."""
    file.seek(chunk.start)
    content = file.read(min(chunk.size, 40))
    if len(content) < 16:
        return (0, 0)
    tag, channels, _, _, block_bytes, bits = struct.unpack("<HHIIHH", content[:16])
    if tag == _EXTENSIBLE and len(content) >= 26:
        tag = struct.unpack("<H", content[24:26])[0]
    is_tight = 8 * block_bytes == channels * bits
    return (tag if is_tight else 0, bits)
