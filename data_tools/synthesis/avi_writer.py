"""Writes an AVI file with sound and pictures; its bytes are always the same."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags

from data_tools.synthesis.face_motion import FRAMES_PER_S

# A constant quantizer, 1 (best) to 31. With 4, faces show no blocks.
_QUANTIZER = 4
_GREY_WIDTH, _GREY_HEIGHT = 64, 48


def num_frames(num_samples: int, sample_rate_hz: int) -> int:
    """Returns how many pictures cover a sound of `num_samples`."""
    return -(-num_samples // (sample_rate_hz // FRAMES_PER_S))


def grey_frames(num_frames: int) -> Iterator[np.ndarray]:
    """Yields plain grey pictures, uint8 `[48, 64, 3]`, RGB."""
    picture = np.full((_GREY_HEIGHT, _GREY_WIDTH, 3), 128, np.uint8)
    for _ in range(num_frames):
        yield picture


def write_avi(
    path: Path,
    samples: np.ndarray,
    *,
    sample_rate_hz: int,
    pictures: Iterable[np.ndarray],
) -> None:
    """Writes sound as 16-bit PCM and pictures as MPEG-4.

    Args:
      path: The file to write; its folder must exist.
      samples: int16 `[num_samples, num_channels]`, one or two channels, not empty.
      sample_rate_hz: Sample rate, a multiple of `FRAMES_PER_S`.
      pictures: As many pictures as `num_frames` returns, each uint8
        `[height, width, 3]`, RGB, of the same even height and width.

    Raises:
      ValueError: There are too few or too many pictures.
    """
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    step = sample_rate_hz // FRAMES_PER_S
    starts = range(0, len(samples), step)
    pictures = iter(pictures)
    first = next(pictures)
    # Without `bitexact` FFmpeg writes its version into the file.
    with av.open(str(path), "w", format="avi", options={"fflags": "+bitexact"}) as file:
        picture = file.add_stream("mpeg4", rate=FRAMES_PER_S)
        picture.height, picture.width = first.shape[:2]
        picture.pix_fmt = "yuv420p"
        picture.codec_context.qmin = picture.codec_context.qmax = _QUANTIZER
        sound = file.add_stream("pcm_s16le", rate=sample_rate_hz, layout=layout)
        for stream in (picture, sound):
            stream.codec_context.flags |= Flags.bitexact
            stream.codec_context.thread_count = 1
        for start, pixels in zip(starts, chain([first], pictures), strict=True):
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
