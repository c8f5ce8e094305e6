"""Reads the frames of a video file one after the other, never more than one at once."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition

from data_tools.container import Container, sniff
from data_tools.media_error import MediaError
from data_tools.riff_header import avi_fault

av.logging.set_level(av.logging.PANIC)

# How far a table's `end` may lie past the last frame: rounding, not error.
_END_TOLERANCE_S = 0.1
_USUAL_FRAMES_PER_S = 25.0
# Containers with an index, where seeking lands before the place that is sought.
_SEEKABLE = ("avi", "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm")
# Damage in them is hidden rather than flagged, unless the decoder is told to stop.
_WITHOUT_CORRUPT_FLAG = ("mjpeg",)


@dataclasses.dataclass(frozen=True)
class Frame:
    """One frame of a video, or a still picture.

    Attributes:
      pixels: uint8 `[height, width, 3]`, RGB, upright.
      time_s: When it is shown, in seconds from the first frame of the file.
      duration_s: How long, in seconds; 0 of a still picture.
    """

    pixels: np.ndarray
    time_s: float
    duration_s: float


def read_frames(
    path: Path, *, start_s: float = 0.0, end_s: float | None = None, stride: int = 1
) -> Iterator[Frame]:
    """Reads a video, or a stretch of it, frame by frame.

    Args:
      path: A video file.
      start_s: Where to start, in seconds.
      end_s: Where to end, in seconds; None is the end of the file.
      stride: Gives every `stride`-th frame of the stretch, from the first one on.

    Yields:
      The frames, turned upright where the file says how the camera was held.

    Raises:
      MediaError: The file is unreadable, empty, truncated or corrupt, has no frames,
        or the stretch lies outside of it; maybe after some frames were given.
    """
    _require_whole(path)
    num_given, length_s = 0, 0.0
    try:
        with av.open(str(path)) as container:
            video = _Video(container, path)
            for frame, time_s, duration_s in video.decode(start_s):
                length_s = max(length_s, time_s + duration_s)
                if time_s < start_s:
                    continue
                if end_s is not None and time_s >= end_s:
                    break
                if num_given % stride == 0:
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
    if num_given == 0 or (end_s or 0) > length_s + _END_TOLERANCE_S:
        end = "its end" if end_s is None else f"{end_s:g} s"
        raise MediaError(
            path, f"is {length_s:.2f} s long, but the clip is {start_s:g} s to {end}"
        )


class _Video:
    """The picture track of an open file."""

    def __init__(self, container: av.container.InputContainer, path: Path) -> None:
        self._container = container
        self._path = path
        tracks = [
            # The cover of an album is no video.
            track
            for track in container.streams.video
            if not track.disposition & Disposition.attached_pic
        ]
        if not tracks:
            raise MediaError(path, "has no video track")
        self._track = tracks[0]
        # Clips are worked on side by side already.
        self._track.codec_context.thread_count = 1
        if self._track.codec_context.name in _WITHOUT_CORRUPT_FLAG:
            self._track.codec_context.options = {"err_detect": "explode"}
        self._first_pts = self._track.start_time or 0
        self._rate = float(self._track.average_rate or _USUAL_FRAMES_PER_S)
        self._last_packet_s = 0.0

    def decode(self, start_s: float) -> Iterator[tuple[av.VideoFrame, float, float]]:
        """Gives every frame from `start_s` on, maybe some before, with its times."""
        if start_s > 0 and self._container.format.name in _SEEKABLE:
            pts = self._first_pts + int(start_s / self._track.time_base)
            self._container.seek(pts, stream=self._track)
        number = 0
        for packet in self._container.demux():
            self._last_packet_s = max(self._last_packet_s, _packet_end_s(packet))
            # Not the packet's own `stream_index`, which is 0 of all that flush.
            if packet.stream.index != self._track.index:
                continue
            for frame in self._track.decode(packet):
                time_s, duration_s = self._times(frame, number)
                if time_s >= start_s and (frame.is_corrupt or packet.is_corrupt):
                    raise MediaError(self._path, f"is corrupt at {time_s:.2f} s")
                yield frame, time_s, duration_s
                number += 1

    def require_end(self) -> None:
        """Checks that what was read reaches as far as the header declares."""
        name, declared_s = self._container.format.name, 0.0
        if name == "matroska,webm" and self._container.duration:
            declared_s = self._container.duration / av.time_base
        elif name in _SEEKABLE and self._track.duration:
            declared_s = float(self._track.duration * self._track.time_base)
        if declared_s - self._last_packet_s > max(0.1, 0.02 * declared_s):
            raise MediaError(
                self._path,
                f"is truncated: its header declares {declared_s:.2f} s, "
                f"{self._last_packet_s:.2f} s are there",
            )

    def _times(self, frame: av.VideoFrame, number: int) -> tuple[float, float]:
        """When a frame is shown and how long, in seconds."""
        base = self._track.time_base
        duration_s = float(frame.duration * base) if frame.duration else 1 / self._rate
        pts = frame.dts if frame.pts is None else frame.pts
        # Raw streams have no clock: their frames are counted.
        time_s = number / self._rate if pts is None else (pts - self._first_pts) * base
        return float(time_s), duration_s


def _require_whole(path: Path) -> None:
    """Checks what can be told before anything is decoded."""
    try:
        container = sniff(path)
        fault = avi_fault(path) if container is Container.AVI else ""
    except OSError as error:
        raise MediaError(path, f"cannot be read ({error.strerror})") from error
    if container is Container.EMPTY:
        raise MediaError(path, "is empty (0 bytes)")
    if fault:
        raise MediaError(path, fault)


def _packet_end_s(packet: av.Packet) -> float:
    # AVI says when to decode a packet, not when to show it.
    pts = packet.dts if packet.pts is None else packet.pts
    if pts is None:
        return 0.0
    return float((pts + (packet.duration or 0)) * packet.time_base)


def _upright(frame: av.VideoFrame) -> np.ndarray:
    pixels = frame.to_ndarray(format="rgb24")
    quarter_turns = round(frame.rotation / 90) % 4
    if quarter_turns == 0:
        return pixels
    return np.ascontiguousarray(np.rot90(pixels, quarter_turns))
