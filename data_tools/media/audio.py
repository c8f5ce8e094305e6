"""Decodes the sound of any audio or video file to a mono waveform."""

import array
import dataclasses
from pathlib import Path

import numpy as np
import soxr

from data_tools.media.audio_blocks import read_blocks
from data_tools.media.channels import Channels
from data_tools.media_error import MediaError
from data_tools.workers import supervision

END_TOLERANCE_S = 0.05
"""How far the end of a clip may lie past the end of its file, because of rounding."""
MAX_AMPLITUDE = 4.0
"""Largest float sample: lossy codecs overshoot 1, but beyond 4 the scale is wrong."""
TOO_LOUD = "has samples above full scale; it is scaled down as a whole"


@dataclasses.dataclass(frozen=True)
class Recording:
    """The sound of a file.

    Attributes:
      waveform: float32 `[num_samples]`, mean of the channels, in [-1, 1].
      notes: What is odd about the file and what was done about it, a line each.
    """

    waveform: np.ndarray
    notes: tuple[str, ...] = ()


def decode(path: Path, *, sample_rate_hz: int) -> Recording:
    """Decodes the sound of a whole file.

    Args:
      path: An audio file, or a video file with sound.
      sample_rate_hz: Sample rate of the result.

    Returns:
      The sound. Dead channels do not weaken the mean of the others. A recording with
      floats above 1 is scaled down by its largest one.

    Raises:
      MediaError: The file is unreadable, empty or truncated, has no sound, has samples
        that are not finite or far above 1, or channels that cancel each other out.
        Silence is no error here.
    """
    # An array grows in place; joining blocks would need twice the memory.
    waveform = array.array("f")
    resampler: soxr.ResampleStream | None = None
    channels: Channels | None = None
    for samples, rate_hz in read_blocks(path):
        supervision.getting_on()
        _require_amplitude(samples, path)
        channels = channels or Channels(samples.shape[1])
        mono = channels.mean(samples)
        if rate_hz != sample_rate_hz:
            resampler = resampler or soxr.ResampleStream(
                rate_hz, sample_rate_hz, num_channels=1, quality="HQ"
            )
            mono = resampler.resample_chunk(mono)
        waveform.frombytes(mono.tobytes())
    if resampler:
        rest = resampler.resample_chunk(np.empty(0, np.float32), last=True)
        waveform.frombytes(rest.tobytes())
    if not waveform or channels is None:
        raise MediaError(path, "holds no samples")
    if channels.cancel_out:
        raise MediaError(
            path,
            "has channels that cancel each other out (one is inverted); take one of "
            "them, or invert it",
        )
    notes = channels.notes
    gain = channels.gain
    if gain * channels.peak > 1:
        notes += (TOO_LOUD,)
        gain = 1 / channels.peak
    result = np.frombuffer(waveform, np.float32)
    if gain != 1:
        result *= np.float32(gain)
    # Resampling overshoots where samples were cut off at full scale.
    return Recording(np.clip(result, -1, 1, out=result), notes)


def _require_amplitude(samples: np.ndarray, path: Path) -> None:
    """Checks the values of float32 `[num_samples, num_channels]`."""
    peak = float(np.abs(samples).max(initial=0))
    if not np.isfinite(peak):
        raise MediaError(path, "holds samples that are not finite (NaN or infinity)")
    if peak > MAX_AMPLITUDE:
        raise MediaError(
            path, f"holds float samples up to {peak:g}; scale them to [-1, 1]"
        )


def cut(
    waveform: np.ndarray,
    path: Path,
    *,
    start_s: float,
    end_s: float | None,
    sample_rate_hz: int,
) -> np.ndarray:
    """Cuts a clip out of a decoded file and checks that it is not silent.

    Args:
      waveform: float32 `[num_samples]`, the whole file.
      path: The file, for error messages.
      start_s: Where the clip starts, in seconds.
      end_s: Where the clip ends, in seconds; None is the end of the file.
      sample_rate_hz: Sample rate of `waveform`.

    Returns:
      float32 `[num_clip_samples]`, a view of `waveform`.

    Raises:
      MediaError: The clip is silent or lies outside of the file.
    """
    is_whole = start_s == 0 and end_s is None
    length_s = len(waveform) / sample_rate_hz
    name = "it" if is_whole else f"the clip from {start_s:g} s"
    if start_s >= length_s or (end_s or 0) > length_s + END_TOLERANCE_S:
        end = "its end" if end_s is None else f"{end_s:g} s"
        raise MediaError(
            path,
            f"is {length_s:.3f} s long, but the clip is {start_s:g} s to {end}",
        )
    stop = None if end_s is None else round(end_s * sample_rate_hz)
    stretch = waveform[round(start_s * sample_rate_hz) : stop]
    if stretch.size == 0:
        raise MediaError(path, f"{name} holds no samples")
    if stretch.min() == stretch.max():
        raise MediaError(path, f"{name} is silent (all samples are equal)")
    return stretch
