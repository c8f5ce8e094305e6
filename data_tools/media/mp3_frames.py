"""Walks through the frames of an MP3 file.

tensorflow-io 0.37.1 stops at the number of frames that the first frame tells, also if
another recording follows, and leaves out up to ten frames before bytes that are none.

Reference: ISO/IEC 11172-3 and 13818-3.
"""

import dataclasses
import mmap
import struct
from pathlib import Path

# By the version's two bits: MPEG 2.5, none, MPEG 2, MPEG 1.
_RATES_HZ = (
    (11025, 12000, 8000),
    (),
    (22050, 24000, 16000),
    (44100, 48000, 32000),
)
_MPEG_1 = 3
_KBITS_MPEG_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_MPEG_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_ID3V1_BYTES = 128
# The header of a frame, and the tag that counts frames if it has one.
_HEAD_BYTES = 4 + 32 + 12


@dataclasses.dataclass(frozen=True)
class _Frame:
    """The header of a frame.

    Attributes:
      counted: Frames that follow, if the frame tells that instead of sound.
    """

    num_bytes: int
    rate_hz: int
    is_mono: bool
    counted: int | None


@dataclasses.dataclass(frozen=True)
class Mp3Header:
    """What the package needs to know of the frames of an MP3 file.

    Attributes:
      suits_tensorflow_io: Whether tensorflow-io decodes the file to its end.
      fault: Why the file cannot be used; empty if it can.
      end: Where the sound ends, in bytes, if padding follows; otherwise None.
    """

    suits_tensorflow_io: bool = False
    fault: str = ""
    end: int | None = None


def read_mp3_header(path: Path, start: int) -> Mp3Header:
    """Walks through the frames of an MP3 file, as far as they follow each other.

    Args:
      path: An MP3 file.
      start: Where its first frame starts, in bytes.

    Returns:
      What the headers of the frames tell.

    Raises:
      OSError: The file cannot be read.
    """
    frames: list[_Frame] = []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=1) as content:
        end = len(content)
        if content[max(0, end - _ID3V1_BYTES) :][:3] == b"TAG":
            end -= _ID3V1_BYTES
        place = start
        while place < end and (frame := _frame(content[place : place + _HEAD_BYTES])):
            frames.append(frame)
            place += frame.num_bytes
        has_more = place < end
        more = content[place : place + 3] if has_more else b""
        is_padded = has_more and not content[place:end].strip(b"\0")
    counts = [frame.counted for frame in frames if frame.counted is not None]
    if more == b"ID3" or len(counts) > 1:
        return Mp3Header(fault="holds several MP3 files in a row; split it")
    if len({(frame.rate_hz, frame.is_mono) for frame in frames}) > 1:
        return Mp3Header(
            fault="joins MP3 of several sample rates or channels; split it"
        )
    num_frames = len(frames) - len(counts)
    # A last frame may be cut.
    num_whole = num_frames - (place > end)
    if counts and not has_more and num_whole < counts[0]:
        return Mp3Header(
            fault=f"is truncated: its header declares {counts[0]} frames, {num_whole} "
            "are there"
        )
    return Mp3Header(
        suits_tensorflow_io=not has_more and counts in ([], [num_frames]),
        end=place if is_padded else None,
    )


def _frame(head: bytes) -> _Frame | None:
    """Reads the header of a frame; None if the bytes are none."""
    bits = int.from_bytes(head[:4], "big")
    version, layer, rate = bits >> 19 & 3, bits >> 17 & 3, bits >> 10 & 3
    kbits, is_padded = bits >> 12 & 15, bits >> 9 & 1
    if bits >> 21 != 0x7FF or layer != 1 or rate == 3 or kbits in (0, 15):
        return None
    if len(head) < 4 or not _RATES_HZ[version]:
        return None
    is_mpeg_1 = version == _MPEG_1
    rate_hz = _RATES_HZ[version][rate]
    kbits_a_s = (_KBITS_MPEG_1 if is_mpeg_1 else _KBITS_MPEG_2)[kbits]
    num_bytes = (144 if is_mpeg_1 else 72) * 1000 * kbits_a_s // rate_hz + is_padded
    is_mono = bits >> 6 & 3 == 3
    # The tag stands behind the side information, which is 0.
    side = (17 if is_mono else 32) if is_mpeg_1 else (9 if is_mono else 17)
    tag = head[4 + side :]
    counted = None
    if tag[:4] in (b"Xing", b"Info") and len(tag) >= 12:
        flags, number = struct.unpack(">II", tag[4:12])
        counted = number if flags & 1 else None
    return _Frame(num_bytes, rate_hz, is_mono, counted)
