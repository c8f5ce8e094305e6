"""Reads the frames of a video file one by one; only one is in memory at a time."""

import collections
import dataclasses
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition

from data_tools.media.container import sniff_usable
from data_tools.media_error import MediaError
from data_tools.workers import supervision

av.logging.set_level(av.logging.PANIC)

# How far the end of a clip may lie past the last frame, because of rounding.
_END_TOLERANCE_S = 0.1
# Tables and Matroska round times to milliseconds.
_ROUNDING_S = 0.001
_USUAL_FRAMES_PER_S = 25.0
_MOV, _MATROSKA = "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"
# Containers with an index of times: seeking stops before the time that is sought.
_SEEKABLE = (_MOV, _MATROSKA)
# Containers whose header declares the length; for others FFmpeg guesses it.
_DECLARING = (_MATROSKA, "flv", "asf")
# Decoders that hide damage instead of flagging it, unless they are told to stop.
_WITHOUT_CORRUPT_FLAG = ("mjpeg",)


@dataclasses.dataclass(frozen=True)
class Frame:
    """One frame of a video, or a still picture.

    Attributes:
      pixels: uint8 `[height, width, 3]`, RGB, upright.
      time_s: When the frame is shown, in seconds from the beginning of the file.
      duration_s: How long the frame is shown, in seconds; 0 for a still picture.
    """

    pixels: np.ndarray
    time_s: float
    duration_s: float


def read_frames(
    path: Path,
    *,
    start_s: float = 0.0,
    end_s: float | None = None,
    stride: int = 1,
    frames_per_second: float | None = None,
) -> Iterator[Frame]:
    """Reads a video, or a part of it, frame by frame.

    Args:
      path: A video file.
      start_s: Where to start, in seconds.
      end_s: Where to end, in seconds; None is the end of the file.
      stride: Yields only every `stride`-th frame, beginning with the first.
      frames_per_second: Yields only the first frame of each interval of 1 /
        `frames_per_second` seconds, counted from the first frame, so that videos of
        any rate give as many frames; None yields all.

    Yields:
      The frames, turned upright if the file says how the camera was held.

    Raises:
      MediaError: The file is unreadable, empty, truncated or corrupt, has no frames, or
        the part lies outside of it. Some frames may have been yielded before.
    """
    sniff_usable(path)
    num_given, length_s, is_cut = 0, 0.0, False
    is_first_of_interval = _interval_starts(frames_per_second)
    try:
        # An absolute path, since FFmpeg takes a name such as `http:a.avi` for a URL.
        with av.open(str(path.absolute())) as container:
            video = _Video(container, path)
            for frame, time_s, duration_s in video.decode(start_s - _ROUNDING_S):
                length_s = max(length_s, time_s + duration_s)
                if time_s < start_s - _ROUNDING_S:
                    continue
                if end_s is not None and time_s >= end_s - _ROUNDING_S:
                    is_cut = True
                    break
                if num_given % stride == 0 and is_first_of_interval(time_s):
                    yield Frame(_upright(frame), time_s, duration_s)
                num_given += 1
            else:
                video.require_end()
    except av.EOFError as error:
        raise MediaError(path, "ends behind its header and holds no frames") from error
    except av.FFmpegError as error:
        raise MediaError(path, f"cannot be decoded ({error.strerror})") from error
    if length_s == 0:
        raise MediaError(path, "holds no frames")
    if is_cut and num_given == 0:
        raise MediaError(path, f"shows no new frame from {start_s:g} s to {end_s:g} s")
    if num_given == 0 or (end_s or 0) > length_s + _END_TOLERANCE_S:
        end = "its end" if end_s is None else f"{end_s:g} s"
        raise MediaError(
            path, f"is {length_s:.2f} s long, but the clip is {start_s:g} s to {end}"
        )


def _interval_starts(per_second: float | None) -> Callable[[float], bool]:
    """Makes a function that tells whether a frame is the first of its interval.

    It takes the time of each frame in turn, in seconds. Times may jump back where files
    were joined.
    """
    if per_second is None:
        return lambda time_s: True
    first_s = interval = None

    def is_first_of_interval(time_s: float) -> bool:
        nonlocal first_s, interval
        first_s = time_s if first_s is None else first_s
        # Both times may be rounded, and a frame must not fall behind its interval.
        since_s = time_s - first_s + 2 * _ROUNDING_S
        last, interval = interval, math.floor(since_s * per_second)
        return interval != last

    return is_first_of_interval


class _Video:
    """The picture track of an open file."""

    def __init__(self, container: av.container.InputContainer, path: Path) -> None:
        self._container = container
        self._path = path
        tracks = [
            # The cover of an album is not a video.
            track
            for track in container.streams.video
            if not track.disposition & Disposition.attached_pic
        ]
        if not tracks:
            raise MediaError(path, "has no video track")
        self._track = tracks[0]
        codec = self._track.codec_context
        if codec is None:
            raise MediaError(
                path, "has a video codec that FFmpeg does not know; convert it"
            )
        # Several processes work on clips already.
        codec.thread_count = 1
        if codec.name in _WITHOUT_CORRUPT_FLAG:
            codec.options = {"err_detect": "explode"}
        self._rate = float(self._track.average_rate or _USUAL_FRAMES_PER_S)
        self._start_s = (container.start_time or 0) / av.time_base
        self._is_avi = container.format.name == "avi"
        # Times of packets whose frames have not come out of the decoder yet.
        self._places: collections.deque[int] = collections.deque()
        self._num_packets = 0
        self._last_packet_s = 0.0
        self._has_sought = False

    def decode(self, start_s: float) -> Iterator[tuple[av.VideoFrame, float, float]]:
        """Yields (frame, time in s, duration in s) from `start_s`, or earlier, on."""
        if start_s > 0 and self._container.format.name in _SEEKABLE:
            place = int((start_s + self._start_s) / self._track.time_base)
            self._container.seek(place, stream=self._track)
            self._has_sought = True
        for packet in self._container.demux():
            # Also for frames before the clip, which may start an hour into the file.
            supervision.getting_on()
            self._last_packet_s = max(self._last_packet_s, self._end_s(packet))
            # `packet.stream_index` would be wrong: it is 0 for all flush packets.
            if packet.stream.index != self._track.index:
                continue
            if packet.size:
                place = self._num_packets if packet.dts is None else packet.dts
                self._places.append(place)
                self._num_packets += 1
            for frame in self._track.decode(packet):
                time_s, duration_s = self._times(frame)
                if time_s >= start_s and (frame.is_corrupt or packet.is_corrupt):
                    raise MediaError(self._path, f"is corrupt at {time_s:.2f} s")
                yield frame, time_s, duration_s

    def require_end(self) -> None:
        """Checks that the packets reach as far as the header declares."""
        name = self._container.format.name
        if name == _MOV and not self._has_sought:
            missing = self._track.frames - self._num_packets
            if missing > 0:
                raise MediaError(
                    self._path,
                    f"is truncated: its header declares {self._track.frames} frames, "
                    f"{missing} are missing",
                )
        declared_s = 0.0
        if name in _DECLARING and self._container.duration:
            declared_s = self._container.duration / av.time_base
        if declared_s - self._last_packet_s > max(0.1, 0.02 * declared_s):
            raise MediaError(
                self._path,
                f"is truncated: its header declares {declared_s:.2f} s, "
                f"{self._last_packet_s:.2f} s are there",
            )

    def _times(self, frame: av.VideoFrame) -> tuple[float, float]:
        """Returns when a frame is shown and for how long, in seconds."""
        base = self._track.time_base
        place = self._places.popleft() if self._places else 0
        if self._is_avi or frame.pts is None:
            # AVI only stores when packets are decoded, one packet per frame. FFmpeg
            # guesses when frames are shown, wrongly if they are coded out of order.
            return float(place * base) - self._start_s, 1 / self._rate
        duration_s = float(frame.duration * base) if frame.duration else 1 / self._rate
        return float(frame.pts * base) - self._start_s, duration_s

    def _end_s(self, packet: av.Packet) -> float:
        """Returns when a packet ends, in seconds; 0 if the packet has no time."""
        pts = packet.dts if packet.pts is None else packet.pts
        if pts is None:
            return 0.0
        end = (pts + (packet.duration or 0)) * packet.time_base
        return float(end) - self._start_s


def _upright(frame: av.VideoFrame) -> np.ndarray:
    """Returns the pixels, uint8 `[height, width, 3]`, turned as the file says."""
    pixels = frame.to_ndarray(format="rgb24")
    quarter_turns = round(frame.rotation / 90) % 4
    if quarter_turns == 0:
        return pixels
    return np.ascontiguousarray(np.rot90(pixels, quarter_turns))
