"""Log-mel front end: a waveform becomes 64x64x3 segments.

    frame energy  E[t, k] = |FFT(hamming * x[t*hop : t*hop + window])[k]|^2
    log-mel       S[t, b] = ln(max(sum_k W[k, b] E[t, k], log_floor))
    delta         D[t]    = sum_{n=1..w} n (S[t+n] - S[t-n]) / (2 sum_{n=1..w} n^2)

and the delta of the delta. The data tools and the exported model run this same
TensorFlow code, so that a model always hears what it was trained on.

Reference: Zhang et al. 2018, "Speech emotion recognition using deep convolutional
neural network and discriminant temporal pyramid matching", section III-A.
"""

import dataclasses
import functools
import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from pathnet_tf.errors import UsageError

LAYOUT = "frame,mel_band,(static,delta,delta_delta)"
TAILS = ("drop", "pad")


@dataclasses.dataclass(frozen=True)
class FrontEnd:
    """The settings of the front end; a dataset's card and a model carry them.

    Attributes:
      sample_rate_hz: Rate of the waveform.
      window_ms: Length of the Hamming window.
      hop_ms: Step between frames.
      num_mel_bands: Triangular filters, evenly spaced on the HTK mel scale.
      low_hz: Lower edge of the first filter.
      high_hz: Upper edge of the last filter, at most half the sample rate.
      segment_frames: Frames in a segment.
      segment_shift_frames: Step between segments.
      tail: `drop` leaves out the frames after the last whole segment, `pad`
        makes one more segment of them by repeating the last frame.
      delta_frames: Frames on either side over which a delta is fitted.
      log_floor: Least mel energy before the logarithm; about the rounding noise
        of 16-bit samples.

    Raises:
      UsageError: A setting is out of its range.
    """

    sample_rate_hz: int = 16000
    window_ms: float = 25.0
    hop_ms: float = 10.0
    num_mel_bands: int = 64
    low_hz: float = 20.0
    high_hz: float = 8000.0
    segment_frames: int = 64
    segment_shift_frames: int = 30
    tail: str = "drop"
    delta_frames: int = 2
    log_floor: float = 1e-6

    def __post_init__(self) -> None:
        """Checks every setting."""
        for name in (
            "sample_rate_hz",
            "window_ms",
            "hop_ms",
            "num_mel_bands",
            "segment_frames",
            "segment_shift_frames",
            "delta_frames",
            "log_floor",
        ):
            if not 0 < getattr(self, name) < math.inf:
                raise UsageError(
                    f"{name} must be positive. Received: {name}={getattr(self, name)}"
                )
        if self.tail not in TAILS:
            raise UsageError(
                f"tail must be one of {TAILS}. Received: tail={self.tail!r}"
            )
        if not 0 <= self.low_hz < self.high_hz <= self.sample_rate_hz / 2:
            raise UsageError(
                "low_hz and high_hz must satisfy 0 <= low_hz < high_hz <= "
                f"{self.sample_rate_hz / 2:g} (half the sample rate). "
                f"Received: low_hz={self.low_hz:g}, high_hz={self.high_hz:g}"
            )
        if self.hop_samples < 1 or self.window_samples < 2:
            raise UsageError(
                "window_ms and hop_ms must cover at least 2 and 1 samples. "
                f"Received: window_ms={self.window_ms:g}, hop_ms={self.hop_ms:g}"
            )

    @property
    def window_samples(self) -> int:
        """Length of the window in samples."""
        return round(self.window_ms * self.sample_rate_hz / 1000)

    @property
    def hop_samples(self) -> int:
        """Step between frames in samples."""
        return round(self.hop_ms * self.sample_rate_hz / 1000)

    @property
    def fft_samples(self) -> int:
        """Length of the FFT: the next power of two that holds a window."""
        return 2 ** math.ceil(math.log2(self.window_samples))

    @property
    def segment_shape(self) -> tuple[int, int, int]:
        """Shape of one segment: frames, mel bands, channels."""
        return (self.segment_frames, self.num_mel_bands, 3)


def waveform_to_segments(waveform: np.ndarray, *, front_end: FrontEnd) -> np.ndarray:
    """Cuts a waveform into overlapping log-mel segments.

    Args:
      waveform: float32 `[num_samples]`, mono, in [-1, 1], at
        `front_end.sample_rate_hz`.
      front_end: The settings.

    Returns:
      float32 `[num_segments, segment_frames, num_mel_bands, 3]`: frame, mel band,
      (static, delta, delta-delta); natural log power. At least one segment: a
      clip with too few frames is padded by repeating its last frame.

    Raises:
      ValueError: `waveform` is not one-dimensional, empty or not finite.

    Reference: Zhang et al. 2018, section III-A.
    """
    waveform = np.asarray(waveform, np.float32)
    if waveform.ndim != 1 or waveform.size == 0:
        raise ValueError(
            "waveform must be one-dimensional and not empty. "
            f"Received: waveform.shape={waveform.shape}"
        )
    if not np.isfinite(waveform).all():
        raise ValueError("waveform must be finite. Received: NaN or infinity")
    return _traced_segments(front_end)(waveform).numpy()


def log_mel(waveform: tf.Tensor, *, front_end: FrontEnd) -> tf.Tensor:
    """Computes the static log-mel spectrogram; works inside a graph.

    Args:
      waveform: float32 `[num_samples]`, mono. Shorter than one window, it is
        padded with zeros to one.
      front_end: The settings.

    Returns:
      float32 `[num_frames, num_mel_bands]`, natural log power. No padding at
      either end: `num_frames = 1 + (num_samples - window) // hop`.
    """
    missing = tf.maximum(front_end.window_samples - tf.shape(waveform)[0], 0)
    waveform = tf.pad(waveform, [[0, missing]])
    spectrum = tf.signal.stft(
        waveform,
        frame_length=front_end.window_samples,
        frame_step=front_end.hop_samples,
        fft_length=front_end.fft_samples,
        window_fn=functools.partial(tf.signal.hamming_window, periodic=True),
    )
    power = tf.square(tf.abs(spectrum))
    mel = power @ tf.constant(mel_filters(front_end))
    return tf.math.log(tf.maximum(mel, front_end.log_floor))


def segments(spectrogram: tf.Tensor, *, front_end: FrontEnd) -> tf.Tensor:
    """Adds deltas and cuts a log-mel spectrogram into segments; works inside a graph.

    Args:
      spectrogram: float32 `[num_frames, num_mel_bands]`, `num_frames` >= 1.
      front_end: The settings.

    Returns:
      float32 `[num_segments, segment_frames, num_mel_bands, 3]`.
    """
    length, shift = front_end.segment_frames, front_end.segment_shift_frames
    num_frames = tf.shape(spectrogram)[0]
    if front_end.tail == "pad":
        num_segments = 1 + tf.maximum(num_frames - length + shift - 1, 0) // shift
    else:
        num_segments = 1 + tf.maximum(num_frames - length, 0) // shift
    needed = length + shift * (num_segments - 1)
    spectrogram = _repeat_last(spectrogram, tf.maximum(needed - num_frames, 0))
    delta = _delta(spectrogram, front_end.delta_frames)
    delta_delta = _delta(delta, front_end.delta_frames)
    channels = tf.stack([spectrogram, delta, delta_delta], axis=-1)
    starts = shift * tf.range(num_segments)
    return tf.gather(channels, starts[:, None] + tf.range(length)[None, :])


def mel_filters(front_end: FrontEnd) -> np.ndarray:
    """Makes the triangular mel filters.

    A filter rises linearly in Hz from its left edge to 1 at its centre and falls
    to 0 at its right edge; edges and centres are evenly spaced on the HTK mel
    scale, mel = 2595 log10(1 + f / 700).

    Args:
      front_end: The settings.

    Returns:
      float32 `[fft_samples / 2 + 1, num_mel_bands]`.
    """
    low, high = (
        2595 * math.log10(1 + hz / 700) for hz in (front_end.low_hz, front_end.high_hz)
    )
    mels = np.linspace(low, high, front_end.num_mel_bands + 2)
    edges_hz = 700 * (10 ** (mels / 2595) - 1)
    bins_hz = np.linspace(0, front_end.sample_rate_hz / 2, _num_bins(front_end))
    left, centre, right = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    rising = (bins_hz[:, None] - left) / (centre - left)
    falling = (right - bins_hz[:, None]) / (right - centre)
    return np.maximum(np.minimum(rising, falling), 0).astype(np.float32)


def _num_bins(front_end: FrontEnd) -> int:
    return front_end.fft_samples // 2 + 1


def _delta(spectrogram: tf.Tensor, reach: int) -> tf.Tensor:
    """Fits a slope over `reach` frames on either side; edge frames are repeated."""
    first = tf.repeat(spectrogram[:1], reach, axis=0)
    padded = _repeat_last(tf.concat([first, spectrogram], axis=0), reach)
    num_frames = tf.shape(spectrogram)[0]
    slope = tf.zeros_like(spectrogram)
    for n in range(1, reach + 1):
        after = padded[reach + n : reach + n + num_frames]
        before = padded[reach - n : reach - n + num_frames]
        slope += float(n) * (after - before)
    return slope / (2.0 * sum(n * n for n in range(1, reach + 1)))


def _repeat_last(frames: tf.Tensor, times: tf.Tensor | int) -> tf.Tensor:
    return tf.concat([frames, tf.repeat(frames[-1:], times, axis=0)], axis=0)


@functools.lru_cache(maxsize=8)
def _traced_segments(front_end: FrontEnd) -> Callable[[np.ndarray], tf.Tensor]:
    """One graph per settings: clips of every length share it."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def traced(waveform: tf.Tensor) -> tf.Tensor:
        return segments(log_mel(waveform, front_end=front_end), front_end=front_end)

    return traced
