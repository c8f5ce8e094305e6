"""Measures what a recording lacks without being damaged: high frequencies, or level."""

import numpy as np

_WINDOW_SAMPLES = 512
_NUM_BANDS = 32
# Of the bands up to half the sample rate, those in which speech that was recorded at
# this rate still has fricatives and noise. The highest two fade out in any recording.
_UPPER_BANDS = slice(24, 30)
# Of recordings in studios and from broadcasts, the loudest moments of these bands lie
# 60 dB at most below those of the loudest band; of telephone speech, 85 dB at least.
_EMPTY_DB = -70.0
_LOUD_PERCENTILE = 95
# Long recordings are measured by windows that lie further apart.
_MAX_WINDOWS = 4096


def level_db(waveform: np.ndarray) -> float:
    """Returns the root mean square of float32 `[num_samples]` in dB of full scale."""
    power = np.square(waveform, dtype=np.float64).mean()
    return float(10 * np.log10(max(power, np.finfo(float).tiny)))


def band_note(waveform: np.ndarray, sample_rate_hz: int) -> str:
    """Says if the upper bands of a recording are empty, as in telephone speech.

    Args:
      waveform: float32 `[num_samples]`.
      sample_rate_hz: Its sample rate.

    Returns:
      A line; empty if there is sound in all bands, or too little of the recording.
    """
    if len(waveform) < _WINDOW_SAMPLES:
        return ""
    windows = np.lib.stride_tricks.sliding_window_view(waveform, _WINDOW_SAMPLES)
    step = max(_WINDOW_SAMPLES // 2, len(windows) // _MAX_WINDOWS)
    windows = windows[::step] * np.hanning(_WINDOW_SAMPLES).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(windows, axis=1)))[:, :-1]
    bands = power.reshape(len(windows), _NUM_BANDS, -1).mean(axis=2)
    loud = np.percentile(bands, _LOUD_PERCENTILE, axis=0)
    if loud[_UPPER_BANDS].max() >= loud.max() * 10 ** (_EMPTY_DB / 10):
        return ""
    from_khz = _UPPER_BANDS.start / _NUM_BANDS * sample_rate_hz / 2000
    return f"has no sound above {from_khz:g} kHz, like telephone speech"
