"""Plays a recording faster or slower, inside a graph.

Its pitch and formants change with the speed, so that it sounds like another speaker.

Reference: Ko et al. 2015, "Audio augmentation for speech recognition".
"""

import fractions
import functools

import numpy as np
import tensorflow as tf

# Zero crossings of the sinc on either side, and the shape of its Kaiser window.
_CROSSINGS, _KAISER_BETA = 32, 8.0
# Share of the band, up to half the sample rate, that is kept.
_KEPT_BAND = 0.95
_MOST_PHASES = 1000


def at_speed(waveform: tf.Tensor, speed: float) -> tf.Tensor:
    """Speeds a waveform up or slows it down.

    Samples between samples are those of a windowed sinc. Of a speed of `step / phases`,
    `phases` samples come from the same weights again and again, each time `step`
    samples later.

    Args:
      waveform: float32 `[num_samples]`.
      speed: Factor on the speed, to three decimal places; above 1 is faster.

    Returns:
      float32 `[ceil(num_samples / speed)]`.
    """
    weights, step = _weights(speed)
    length, phases = weights.shape
    number = -(-tf.shape(waveform)[0] * phases // step)
    num_blocks = -(-number // phases)
    reach = (length - step) // 2
    missing = num_blocks * step + length - reach - tf.shape(waveform)[0]
    padded = tf.pad(waveform, [[reach, missing]])
    frames = tf.signal.frame(padded, length, step)
    return tf.reshape(frames @ tf.constant(weights), [-1])[:number]


@functools.lru_cache(maxsize=8)
def _weights(speed: float) -> tuple[np.ndarray, int]:
    """Weights of samples, `[step + 2 * reach, phases]`, and the step."""
    ratio = fractions.Fraction(speed).limit_denominator(_MOST_PHASES)
    step, phases = ratio.numerator, ratio.denominator
    # What is faster than a sample rate holds must go.
    band = _KEPT_BAND * min(1.0, 1 / speed)
    reach = int(np.ceil(_CROSSINGS / band))
    at = np.arange(phases) * step / phases
    away = np.arange(-reach, step + reach)[:, np.newaxis] - at
    inside = np.sqrt(np.maximum(1 - (away / reach) ** 2, 0))
    kaiser = np.where(
        np.abs(away) < reach, np.i0(_KAISER_BETA * inside) / np.i0(_KAISER_BETA), 0
    )
    return (band * np.sinc(band * away) * kaiser).astype(np.float32), step
