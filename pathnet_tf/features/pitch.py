"""Follows the pitch of a voice: which frames are voiced, how high, how clearly.

The autocorrelation of a windowed frame, divided by that of the window, peaks at the
periods of the frame. Its highest peaks are the candidates of the frame, and to be
unvoiced is one more. Of them is taken what lies on the best path through the frames:
one of strong candidates and few jumps. The reference seeks the path through a whole
recording. Here each frame has the best path through a few frames on either side, so
that all frames are decided at once.

Reference: Boersma 1993, "Accurate short-term analysis of the fundamental frequency and
the harmonics-to-noise ratio of a sampled sound". Costs and thresholds are those that
its author's program has by default.
"""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

LOWEST_HZ, HIGHEST_HZ = 55.0, 500.0
MIDDLE_HZ = 150.0
"""Pitch in semitones is counted from here."""
WINDOW_MS = 45.0
"""Length of the Hann window: two and a half periods of the lowest pitch."""
NUM_STATES = 6
"""What a frame may be: unvoiced, or of one of five candidates."""
# By how much an octave higher is preferred, what a jump of an octave costs, and what it
# costs to begin or to end a voiced stretch.
_OCTAVE_COST, _JUMP_COST, _VOICING_COST = 0.01, 0.35, 0.14
# A weaker candidate is rather unvoiced, and a frame whose peak is a smaller share of
# the recording's is rather silent.
_VOICING_STRENGTH, _SILENT_PEAK = 0.45, 0.03
# Frames on either side through which a path leads.
_REACH = 12
# Of a candidate that a frame lacks.
_NO_STRENGTH = -10.0
# Least share of noise, or of periodic sound, in the power of a voiced frame: 40 dB.
_LEAST_SHARE = 1e-4


class Candidates(NamedTuple):
    """What each frame may be; the first state is to be unvoiced.

    Attributes:
      strength: float32 `[num_frames, NUM_STATES]`, what speaks for each state.
      octaves: float32 `[num_frames, NUM_STATES]`, log2 of the pitch in Hz.
      periodicity: float32 `[num_frames, NUM_STATES]`, height of the peak: the share of
        power that is periodic.
    """

    strength: tf.Tensor
    octaves: tf.Tensor
    periodicity: tf.Tensor


class Pitch(NamedTuple):
    """The pitch of each frame. Values of unvoiced frames mean nothing.

    Attributes:
      state: int32 `[num_frames]`, which candidate was chosen; 0 is unvoiced.
      semitones: float32 `[num_frames]`, above `MIDDLE_HZ`.
      hnr_db: float32 `[num_frames]`, harmonics-to-noise ratio, from -40 to 40.
    """

    state: tf.Tensor
    semitones: tf.Tensor
    hnr_db: tf.Tensor

    @property
    def is_voiced(self) -> tf.Tensor:
        """Tells which frames have a pitch: bool `[num_frames]`."""
        return self.state > 0


def window(sample_rate_hz: int) -> np.ndarray:
    """Makes the window that frames are multiplied by: float32 `[window_samples]`."""
    number = round(WINDOW_MS * sample_rate_hz / 1000)
    phase = 2 * np.pi * (np.arange(number) + 0.5) / number
    return (0.5 - 0.5 * np.cos(phase)).astype(np.float32)


def fft_samples(sample_rate_hz: int) -> int:
    """Length of the FFT: a power of two that holds a window and the longest period."""
    longest = math.ceil(sample_rate_hz / LOWEST_HZ) + 2
    return 2 ** math.ceil(math.log2(len(window(sample_rate_hz)) + longest))


def find_candidates(
    power: tf.Tensor, loudness: tf.Tensor, sample_rate_hz: int
) -> Candidates:
    """Finds what each frame may be; works inside a graph.

    Args:
      power: float32 `[num_frames, fft_samples / 2 + 1]`, power spectra of frames
        without their mean, under the window.
      loudness: float32 `[num_frames]`, the largest absolute sample of each frame, as a
        share of the recording's largest.
      sample_rate_hz: Rate of the samples.

    Returns:
      The candidates.
    """
    shortest = math.floor(sample_rate_hz / HIGHEST_HZ)
    longest = math.ceil(sample_rate_hz / LOWEST_HZ)
    # A peak needs a neighbour on either side.
    lags = slice(shortest - 1, longest + 2)
    spectrum = np.fft.rfft(window(sample_rate_hz), fft_samples(sample_rate_hz))
    of_window = np.fft.irfft(np.abs(spectrum) ** 2)
    scale = tf.constant((of_window[0] / of_window[lags]).astype(np.float32))
    correlation = tf.signal.irfft(tf.cast(power, tf.complex64))
    # Digital silence stays 0.
    total = tf.maximum(correlation[:, :1], 1e-12)
    correlation = correlation[:, lags] / total * scale
    before, here, after = correlation[:, :-2], correlation[:, 1:-1], correlation[:, 2:]
    is_peak = (here > before) & (here >= after) & (here > 0)
    # The top of the parabola through a peak and its neighbours.
    bend = tf.minimum(before - 2 * here + after, -1e-9)
    shift = tf.clip_by_value((before - after) / (2 * bend), -0.5, 0.5)
    height = here - (before - after) * shift / 4
    # A peak that dividing by the window's raised above 1 is a weak one.
    height = tf.minimum(height, 1 / tf.maximum(height, 1.0))
    period = tf.range(shortest, longest + 1, dtype=tf.float32) + shift
    octaves = math.log2(sample_rate_hz) - tf.math.log(period) / math.log(2)
    strength = height + _OCTAVE_COST * (octaves - math.log2(LOWEST_HZ))
    strength, places = tf.math.top_k(
        tf.where(is_peak, strength, _NO_STRENGTH), NUM_STATES - 1
    )
    silence = 2 - loudness * (1 + _VOICING_STRENGTH) / _SILENT_PEAK
    unvoiced = _VOICING_STRENGTH + tf.maximum(silence, 0.0)

    def with_unvoiced(first: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
        return tf.concat([first[:, tf.newaxis], others], axis=1)

    zero = tf.zeros_like(unvoiced)
    return Candidates(
        with_unvoiced(unvoiced, strength),
        with_unvoiced(zero, tf.gather(octaves, places, batch_dims=1)),
        with_unvoiced(zero, tf.gather(height, places, batch_dims=1)),
    )


def follow(found: Candidates) -> Pitch:
    """Chooses what each frame is; works inside a graph.

    Args:
      found: Of all frames of a recording, one or more.

    Returns:
      The pitch.
    """
    strength, octaves = found.strength, found.octaves
    is_voiced = np.arange(NUM_STATES) > 0
    jump = _JUMP_COST * tf.abs(octaves[:-1, :, tf.newaxis] - octaves[1:, tf.newaxis, :])
    change = _VOICING_COST * (is_voiced[:, np.newaxis] ^ is_voiced).astype(np.float32)
    cost = tf.where(is_voiced[:, np.newaxis] & is_voiced, jump, change)
    # What the best paths are worth that lead to a state, and that come from it.
    to, since = strength, strength
    for _ in range(_REACH):
        best = tf.reduce_max(to[:-1, :, tf.newaxis] - cost, axis=1)
        to = strength + tf.pad(best, [[1, 0], [0, 0]])
        best = tf.reduce_max(since[1:, tf.newaxis, :] - cost, axis=2)
        since = strength + tf.pad(best, [[0, 1], [0, 0]])
    state = tf.argmax(to + since - strength, axis=1, output_type=tf.int32)
    share = tf.gather(found.periodicity, state, batch_dims=1)
    share = tf.clip_by_value(share, _LEAST_SHARE, 1 - _LEAST_SHARE)
    hnr_db = 10 / math.log(10) * tf.math.log(share / (1 - share))
    above = tf.gather(octaves, state, batch_dims=1) - math.log2(MIDDLE_HZ)
    return Pitch(state, 12 * above, hnr_db)
