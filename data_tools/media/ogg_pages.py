"""Finds the recordings of an Ogg file, which may hold several in a row.

tensorflow-io 0.37.1 takes the sample rate of the first for all, and overlooks those
that have the same serial number as the first.

Reference: RFC 3533.
"""

import dataclasses
import struct
from pathlib import Path

_PAGE = struct.Struct("<4sBBqIIIB")
_FIRST_PAGE = 2
_VORBIS = struct.Struct("<7s4xBI")


@dataclasses.dataclass(frozen=True)
class VorbisStream:
    """A Vorbis recording in an Ogg file."""

    serial: int
    num_channels: int
    rate_hz: int


def vorbis_streams(path: Path) -> list[VorbisStream]:
    """Lists the Vorbis recordings of a file.

    Args:
      path: A file that starts with `OggS`.

    Returns:
      The recordings, in order; those after damaged pages are not found.

    Raises:
      OSError: The file cannot be read.
    """
    streams = []
    with path.open("rb") as file:
        while len(head := file.read(_PAGE.size)) == _PAGE.size:
            magic, _, flags, _, serial, _, _, num_segments = _PAGE.unpack(head)
            if magic != b"OggS":
                break
            num_bytes = sum(file.read(num_segments))
            end = file.tell() + num_bytes
            if flags & _FIRST_PAGE:
                content = file.read(min(num_bytes, _VORBIS.size))
                if len(content) == _VORBIS.size:
                    name, num_channels, rate_hz = _VORBIS.unpack(content)
                    if name == b"\x01vorbis":
                        streams.append(VorbisStream(serial, num_channels, rate_hz))
            file.seek(end)
    return streams
