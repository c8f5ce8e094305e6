"""What is done to a clip's waveform before it is described."""

import numpy as np
import soxr

from pathnet_tf.features.front_end import FrontEnd

KEPT_SILENCE_S = 0.05
"""How much of the silence before and after a clip's sound stays."""


def without_silence(
    waveform: np.ndarray, silence_db: float, front_end: FrontEnd
) -> np.ndarray:
    """Leaves out the silence before and after a clip's sound.

    Args:
      waveform: float32 `[num_samples]`, at least a window long.
      silence_db: Windows so far below the loudest one are silent; 0 keeps all.
      front_end: Rate, window and hop.

    Returns:
      float32 `[num_left]`, from the first window that is heard to the last one, with
      `KEPT_SILENCE_S` on both sides where there is as much.
    """
    if not silence_db:
        return waveform
    window, hop = front_end.window_samples, front_end.hop_samples
    sums = np.concatenate([[0.0], np.cumsum(np.square(waveform, dtype=np.float64))])
    starts = np.arange(0, len(waveform) - window + 1, hop)
    energies = sums[starts + window] - sums[starts]
    heard = np.flatnonzero(energies >= energies.max() * 10 ** (-silence_db / 10))
    kept = round(KEPT_SILENCE_S * front_end.sample_rate_hz)
    first = max(0, starts[heard[0]] - kept)
    return waveform[first : starts[heard[-1]] + window + kept]


def at_speed(waveform: np.ndarray, speed: float) -> np.ndarray:
    """Speeds a waveform up or slows it down, its pitch and formants with it.

    To a listener it is another speaker. Reference: Ko et al. 2015, Audio augmentation
    for speech recognition.

    Args:
      waveform: float32 `[num_samples]`.
      speed: How many times as fast, above 1, or as slow, below it.

    Returns:
      float32 `[about num_samples / speed]`.
    """
    return soxr.resample(waveform, speed, 1.0, quality="HQ")
