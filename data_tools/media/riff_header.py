"""Reads the headers of WAV and AVI files: how samples are stored, and what is missing.

WAV is read in its four dialects: RIFF, RIFX (big-endian), and RF64 and BW64 (sizes of
64 bits in a chunk `ds64`).

tensorflow-io 0.37.1 decodes plain RIFF files of 8, 16 and 24-bit PCM and of 32-bit
float correctly. It decodes 32-bit integers as floats, and mu-law in an extensible
header as 8-bit PCM. It fails on chunks of odd size, on bytes after the last chunk, on
sizes that lie, and on all other codecs.
"""

import dataclasses
import struct
from pathlib import Path
from typing import BinaryIO

from data_tools.media.pcm import Pcm

WAV_TAGS = (b"RIFF", b"RIFX", b"RF64", b"BW64")
"""The first four bytes of a WAV file."""

_PCM, _FLOAT, _EXTENSIBLE = 0x0001, 0x0003, 0xFFFE
# ADPCM of Microsoft, IMA and Yamaha, GSM 6.10, and Windows Media. Frames of other
# codecs have sizes that the header does not tell.
_IN_BLOCKS = (0x0002, 0x0011, 0x0020, 0x0031, 0x0160, 0x0161, 0x0162)
_TENSORFLOW_IO_READS = {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_FLOAT, 32)}
_PLAIN_FORMAT_BYTES = (16, 18, 40)
# The ends of the identifiers of codecs that have a number, and of ambisonic recordings.
_IDENTIFIER_ENDS = (
    bytes.fromhex("800000aa00389b71"),
    bytes.fromhex("8644c8c1ca000000"),
)
# A program that writes to a pipe does not know the length. It writes 0, or the largest
# possible number minus the size of the headers.
_STREAMED_FROM = 0x7FFF0000
# Chunks that follow the samples of a streamed file lie this close to its end.
_TAIL_BYTES = 2**16
# Where a program forgot the pad byte of a chunk, one of these names follows at once.
_COMMON_NAMES = (b"data", b"fmt ", b"fact", b"LIST", b"JUNK", b"bext", b"id3 ")
# Programs that write AVI often count a few bytes too many; that does no harm.
_AVI_TOLERANCE = 0.01


@dataclasses.dataclass(frozen=True)
class WavHeader:
    """What the package needs to know from the header of a WAV file.

    Attributes:
      suits_tensorflow_io: Whether tensorflow-io decodes the file correctly.
      fault: Why the file cannot be used; empty if it can.
      rate_hz: The sample rate, whatever the header says.
      pcm: Where and how the samples lie in the file; None if a codec packs them.
      block_bytes: Size of the codec's blocks; 1 if they have no fixed size.
    """

    suits_tensorflow_io: bool = False
    fault: str = ""
    rate_hz: int = 0
    pcm: Pcm | None = None
    block_bytes: int = 1


@dataclasses.dataclass(frozen=True)
class _Chunk:
    """A chunk of a RIFF file: where its content starts and its size, in bytes."""

    name: bytes
    start: int
    size: int

    @property
    def end(self) -> int:
        """Where the content ends, without a pad byte."""
        return self.start + self.size


@dataclasses.dataclass(frozen=True)
class _Format:
    """The chunk `fmt ` of a WAV file.

    Attributes:
      tag: Number of the codec; 0 if an extensible header names an unknown one.
      sample_bits: Bits of a sample, with those that pad it to whole bytes.
      valid_bits: Bits of a sample that count, the upper ones.
      block_bytes: Size of a sample of every channel, or of the block of a codec.
      is_tight: Whether samples follow each other without a bit between them.
      num_bytes: Size of the chunk.
    """

    tag: int
    num_channels: int
    rate_hz: int
    block_bytes: int
    sample_bits: int
    valid_bits: int
    is_extensible: bool
    is_tight: bool
    num_bytes: int

    @property
    def sample_bytes(self) -> int:
        """Bytes of one sample of one channel; 0 if they are not whole."""
        whole, rest = divmod(self.block_bytes, self.num_channels)
        return 0 if rest else whole

    @property
    def fault(self) -> str:
        """Why samples of this format cannot be read; empty if they may be."""
        if not self.num_channels:
            return "is damaged: its header declares 0 channels"
        if self.tag not in (_PCM, _FLOAT):
            return ""
        bits, spare = self.sample_bits, 8 * self.sample_bytes - self.sample_bits
        if self.valid_bits > bits:
            return f"is damaged: {self.valid_bits} of its {bits} bits shall be valid"
        is_float_padded = self.tag == _FLOAT and spare > 0
        is_known_size = self.sample_bytes in (1, 2, 3, 4, 8)
        if bits == 0 or not is_known_size or spare < 0 or is_float_padded:
            return (
                f"is damaged: its header packs {self.num_channels} samples of {bits} "
                f"bits in {self.block_bytes} bytes"
            )
        if spare >= 8 and not self.is_extensible:
            return (
                f"holds samples of {bits} bits in {self.sample_bytes} bytes each, and "
                "does not say in which of them; convert it"
            )
        return ""


def read_wav_header(path: Path, start: int = 0) -> WavHeader:
    """Reads the header of a WAV file.

    Args:
      path: A file that holds `RIFF....WAVE`, or the same with another of `WAV_TAGS`.
      start: Where it holds that, in bytes; other data may lie before.

    Returns:
      The header.

    Raises:
      OSError: The file cannot be read.
    """
    num_bytes = path.stat().st_size
    with path.open("rb") as file:
        file.seek(start)
        tag = file.read(4)
        order = ">" if tag == b"RIFX" else "<"
        riff_bytes = struct.unpack(order + "I4x", file.read(8))[0]
        chunks = _chunks(file, order)
        named = {chunk.name: chunk for chunk in reversed(chunks)}
        for name in (b"fmt ", b"data"):
            if name not in named:
                title = name.decode().strip()
                return WavHeader(fault=f"is truncated: it has no {title!r} chunk")
            if sum(chunk.name == name for chunk in chunks) > 1:
                title = name.decode().strip()
                return WavHeader(fault=f"holds several {title!r} chunks; convert it")
        if any(chunk.name in WAV_TAGS for chunk in chunks):
            return WavHeader(fault="holds several WAV files in a row; split it")
        form = _format(file, named[b"fmt "], order)
        data = named[b"data"]
        is_streamed = data.size >= _STREAMED_FROM and tag in (b"RIFF", b"RIFX")
        if data.size == 0:
            is_streamed = not _are_chunks(chunks[chunks.index(data) + 1 :], num_bytes)
        tail = _tail_bytes(file, data.start, num_bytes, order) if is_streamed else 0
    if form is None:
        size = named[b"fmt "].size
        return WavHeader(fault=f"is damaged: its 'fmt' chunk has {size} bytes, not 16")
    held = max(0, num_bytes - tail - data.start)
    if held == 0 or (data.size == 0 and not is_streamed):
        return WavHeader(fault="holds no samples")
    if form.fault:
        return WavHeader(fault=form.fault)
    # Less than a block may be missing, such as the pad byte of a chunk of odd size.
    if data.size // form.block_bytes > held // form.block_bytes and not is_streamed:
        return WavHeader(
            fault=f"is truncated: its header declares {data.size} bytes of samples, "
            f"{held} are there"
        )
    is_tidy = (
        (tag, start) == (b"RIFF", 0)
        and riff_bytes + 8 == num_bytes == chunks[-1].end
        and chunks[0].name == b"fmt "
        and form.num_bytes in _PLAIN_FORMAT_BYTES
        and all(chunk.size % 2 == 0 for chunk in chunks)
        and data.size % form.block_bytes == 0
        and form.is_tight
        and not is_streamed
    )
    pcm = None
    if form.tag == _PCM or (form.tag == _FLOAT and form.sample_bytes in (4, 8)):
        pcm = Pcm(
            start=data.start,
            num_bytes=held if is_streamed else min(held, data.size),
            num_channels=form.num_channels,
            sample_bytes=form.sample_bytes,
            is_float=form.tag == _FLOAT,
            is_big_endian=order == ">",
        )
    elif order == ">":
        return WavHeader(
            fault=f"is a big-endian WAV file (RIFX) of codec {form.tag:#06x}, which is "
            "not read; convert it"
        )
    return WavHeader(
        suits_tensorflow_io=is_tidy
        and (form.tag, form.sample_bits) in _TENSORFLOW_IO_READS,
        rate_hz=form.rate_hz,
        pcm=pcm,
        block_bytes=form.block_bytes,
    )


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
    return _cut_short(declared, num_bytes)


def w64_fault(path: Path) -> str:
    """Checks whether a W64 file was cut short; see `avi_fault`."""
    num_bytes = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(24)
    if len(head) < 24:
        return "is truncated: its header is not whole"
    declared = struct.unpack("<16xQ", head)[0]
    # A program that writes to a pipe does not know the length.
    is_streamed = declared >= 2**62
    return (
        "" if declared <= num_bytes or is_streamed else _cut_short(declared, num_bytes)
    )


def _cut_short(declared: int, num_bytes: int) -> str:
    return f"is truncated: its header declares {declared} bytes, {num_bytes} are there"


def _chunks(file: BinaryIO, order: str) -> list[_Chunk]:
    """Lists the chunks from the file position on; chunks of odd size are padded."""
    chunks: list[_Chunk] = []
    data_bytes = None
    has_data = False
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack(order + "4sI", head)
        if has_data and name == bytes(4):
            # Padding up to the end of the file.
            break
        if name == b"ds64":
            content = file.read(16)
            data_bytes = struct.unpack("<8xQ", content)[0] if len(content) == 16 else 0
            file.seek(-len(content), 1)
        if name == b"data":
            has_data = True
            if size == 0xFFFFFFFF and data_bytes is not None:
                size = data_bytes
        chunks.append(_Chunk(name, file.tell(), size))
        file.seek(chunks[-1].end)
        if size % 2 and file.read(4) in _COMMON_NAMES:
            file.seek(chunks[-1].end)
        else:
            file.seek(chunks[-1].end + size % 2)
    return chunks


def _are_chunks(chunks: list[_Chunk], num_bytes: int) -> bool:
    """Whether chunks fill a file to its end, as they do unless they are samples."""
    if not chunks:
        return False
    are_named = all(chunk.name.isascii() for chunk in chunks)
    return are_named and 0 <= num_bytes - chunks[-1].end <= 1


def _tail_bytes(file: BinaryIO, start: int, end: int, order: str) -> int:
    """Returns the size of the chunk that ends a streamed file; 0 if samples end it."""
    file.seek(max(start, end - _TAIL_BYTES))
    tail = file.read()
    for name in (b"LIST", b"id3 ", b"ID3 "):
        place = tail.rfind(name)
        if place >= 0 and len(tail) - place >= 8:
            size = struct.unpack_from(order + "I", tail, place + 4)[0]
            if 0 <= len(tail) - (place + 8 + size) <= 1:
                return len(tail) - place
    return 0


def _format(file: BinaryIO, chunk: _Chunk, order: str) -> _Format | None:
    """Reads the chunk `fmt `; None if the chunk is too short."""
    file.seek(chunk.start)
    content = file.read(min(chunk.size, 40))
    if len(content) < 16:
        return None
    tag, channels, rate_hz, _, block_bytes, bits = struct.unpack(
        order + "HHIIHH", content[:16]
    )
    valid_bits = bits
    is_extensible = tag == _EXTENSIBLE and len(content) == 40
    if is_extensible:
        # RIFX files have the number in the second half, or, by SoX, in the first one.
        halves = struct.unpack(order + "HH", content[24:28])
        tag = sum(halves) if content[32:40] in _IDENTIFIER_ENDS else 0
        valid_bits = struct.unpack(order + "H", content[18:20])[0] or bits
    is_tight = 8 * block_bytes == channels * bits
    if tag in (_PCM, _FLOAT):
        # Some programs leave it out.
        block_bytes = block_bytes or channels * -(-bits // 8)
    elif tag not in _IN_BLOCKS:
        block_bytes = 1
    return _Format(
        tag=tag,
        num_channels=channels,
        rate_hz=rate_hz,
        block_bytes=max(1, block_bytes),
        sample_bits=bits,
        valid_bits=valid_bits,
        is_extensible=is_extensible,
        is_tight=is_tight,
        num_bytes=chunk.size,
    )
