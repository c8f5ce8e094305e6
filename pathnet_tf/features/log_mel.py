"""Log-mel front end: a waveform becomes 64x64x3 segments.

    frame energy  E[t, k] = |FFT(hamming * x[t*hop : t*hop + window])[k]|^2
    log-mel       S[t, b] = ln(max(sum_k W[k, b] E[t, k], log_floor))
    delta         D[t]    = sum_{n=1..w} n (S[t+n] - S[t-n]) / (2 sum_{n=1..w} n^2)

and the delta of the delta. The data tools and the exported model run this same
TensorFlow code, so that a model gets the same features in use as in training.

Reference: Zhang et al. 2018, "Speech emotion recognition using deep convolutional
neural network and discriminant temporal pyramid matching", section III-A.
"""

import functools
import math
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf

from pathnet_tf.features.front_end import FrontEnd


def waveform_to_segments(waveform: np.ndarray, *, front_end: FrontEnd) -> np.ndarray:
    """Cuts a waveform into overlapping log-mel segments.

    Args:
      waveform: float32 `[num_samples]`, mono, in [-1, 1], at
        `front_end.sample_rate_hz`.
      front_end: The settings.

    Returns:
      float32 `[num_segments, segment_frames, num_mel_bands, 3]`: frame, mel band,
      (static, delta, delta-delta); natural log power. There is at least one segment: a
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
    try:
        return _traced_segments(front_end)(waveform).numpy()
    except tf.errors.ResourceExhaustedError as error:
        raise MemoryError(f"{waveform.size} samples are too many") from error


def segment_blocks(
    waveform: np.ndarray, *, front_end: FrontEnd, segments_a_block: int = 512
) -> Iterator[np.ndarray]:
    """Cuts a waveform of any length into segments, a block of segments at a time.

    Args:
      waveform: float32 `[num_samples]`, see `waveform_to_segments`.
      front_end: The settings.
      segments_a_block: Number of segments in a block.

    Yields:
      Blocks of the segments that `waveform_to_segments` returns, in order.

    Raises:
      ValueError: See `waveform_to_segments`.
    """
    shift, length = front_end.segment_shift_frames, front_end.segment_frames
    hop, window = front_end.hop_samples, front_end.window_samples
    num_frames = 1 + max(len(waveform) - window, 0) // hop
    # Segments that need no padding; a padded one becomes part of the last block.
    num_whole = 1 + max(num_frames - length, 0) // shift
    # Segments to cut on either side of a block and then drop, so that the delta of the
    # delta, which needs 2 * delta_frames frames on either side, is exact.
    margin = -(-2 * front_end.delta_frames // shift)
    for first in range(0, num_whole, segments_a_block):
        end = first + segments_a_block
        left = min(first, margin)
        start = (first - left) * shift * hop
        if end >= num_whole:
            yield waveform_to_segments(waveform[start:], front_end=front_end)[left:]
            return
        last_frame = min((end - 1 + margin) * shift + length, num_frames) - 1
        stretch = waveform[start : last_frame * hop + window]
        cut = waveform_to_segments(stretch, front_end=front_end)
        yield cut[left : left + segments_a_block]


def log_mel(waveform: tf.Tensor, *, front_end: FrontEnd) -> tf.Tensor:
    """Computes the static log-mel spectrogram; works inside a graph.

    Args:
      waveform: float32 `[num_samples]`, mono. If it is shorter than a window, it is
        padded with zeros to the length of a window.
      front_end: The settings.

    Returns:
      float32 `[num_frames, num_mel_bands]`, natural log power, with
      `num_frames = 1 + (num_samples - window) // hop`: neither end is padded.
    """
    power = power_spectrum(waveform, front_end=front_end)
    return mel_of_power(power, front_end=front_end)


def power_spectrum(waveform: tf.Tensor, *, front_end: FrontEnd) -> tf.Tensor:
    """Computes the power of each frame; works inside a graph.

    Args:
      waveform: float32 `[num_samples]`, see `log_mel`.
      front_end: The settings.

    Returns:
      float32 `[num_frames, fft_samples / 2 + 1]`.
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
    return tf.square(tf.abs(spectrum))


def mel_of_power(power: tf.Tensor, *, front_end: FrontEnd) -> tf.Tensor:
    """Gathers power in mel bands; works inside a graph.

    Args:
      power: float32 `[num_frames, fft_samples / 2 + 1]`.
      front_end: The settings.

    Returns:
      float32 `[num_frames, num_mel_bands]`, natural log power.
    """
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
    channels = with_deltas(spectrogram, front_end.delta_frames)
    starts = shift * tf.range(num_segments)
    return tf.gather(channels, starts[:, None] + tf.range(length)[None, :])


def with_deltas(frames: tf.Tensor, reach: int) -> tf.Tensor:
    """Adds the slope at each frame and the slope of that; works inside a graph.

    Args:
      frames: float32 `[num_frames, num_values]`, one frame or more.
      reach: Frames on either side over which a slope is fitted.

    Returns:
      float32 `[num_frames, num_values, 3]`: static, delta, delta-delta.
    """
    delta = _delta(frames, reach)
    return tf.stack([frames, delta, _delta(delta, reach)], axis=-1)


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
    """Fits the slope at each frame: `[num_frames, num_mel_bands]` -> the same shape.

    The slope is fitted over `reach` frames on either side; edge frames are repeated.
    """
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
    """Appends the last of `[num_frames, ...]` frames: `[num_frames + times, ...]`."""
    return tf.concat([frames, tf.repeat(frames[-1:], times, axis=0)], axis=0)


@functools.lru_cache(maxsize=8)
def _traced_segments(front_end: FrontEnd) -> Callable[[np.ndarray], tf.Tensor]:
    """Makes a graph that maps float32 `[num_samples]` of any length to segments."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def traced(waveform: tf.Tensor) -> tf.Tensor:
        return segments(log_mel(waveform, front_end=front_end), front_end=front_end)

    return traced
