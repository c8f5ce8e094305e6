"""Writes an AVI file with a sound and a picture track, the same bytes every time."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags

FRAMES_PER_S = 25
_WIDTH, _HEIGHT = 64, 48


def grey_frames(num_frames: int) -> Iterator[np.ndarray]:
    """Yields plain grey pictures, uint8 `[48, 64, 3]`."""
    picture = np.full((_HEIGHT, _WIDTH, 3), 128, np.uint8)
    for _ in range(num_frames):
        yield picture


def write_avi(path: Path, samples: np.ndarray, *, sample_rate_hz: int) -> None:
    """Writes a recording as 16-bit PCM beside a Motion JPEG track as long as it.

    Args:
      path: The file to write; its folder exists.
      samples: int16 `[num_samples, num_channels]`, one or two channels.
      sample_rate_hz: Rate of `samples`, a multiple of `FRAMES_PER_S`.
    """
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    step = sample_rate_hz // FRAMES_PER_S
    starts = range(0, len(samples), step)
    # Without `bitexact` the versions of the libraries stand in the file.
    with av.open(str(path), "w", format="avi", options={"fflags": "+bitexact"}) as file:
        picture = file.add_stream("mjpeg", rate=FRAMES_PER_S)
        picture.width, picture.height = _WIDTH, _HEIGHT
        picture.pix_fmt = "yuvj420p"
        sound = file.add_stream("pcm_s16le", rate=sample_rate_hz, layout=layout)
        for stream in (picture, sound):
            stream.codec_context.flags |= Flags.bitexact
            stream.codec_context.thread_count = 1
        for start, pixels in zip(starts, grey_frames(len(starts)), strict=True):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = start // step
            file.mux(picture.encode(frame))
            interleaved = samples[start : start + step].reshape(1, -1)
            chunk = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(interleaved), format="s16", layout=layout
            )
            chunk.sample_rate = sample_rate_hz
            chunk.pts = start
            file.mux(sound.encode(chunk))
        file.mux(picture.encode(None))
        file.mux(sound.encode(None))
