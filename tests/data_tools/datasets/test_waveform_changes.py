import numpy as np
import pytest

from data_tools.datasets.functionals_plan import (
    KEPT_SILENCE_S,
    at_speed,
    without_silence,
)
from pathnet_tf.features.front_end import FrontEnd

FRONT_END = FrontEnd()
KEPT = round(16000 * KEPT_SILENCE_S)


def tone(seconds, frequency=200.0):
    return np.sin(2 * np.pi * frequency * np.arange(round(16000 * seconds)) / 16000)


def test_silence_around_a_clip_is_left_out(rng):
    noise = rng.normal(0, 1e-3, 48000)
    waveform = noise.copy()
    # A second of sound with a pause in its middle, which stays.
    waveform[16000:20000] += tone(0.25)
    waveform[28000:32000] += tone(0.25)
    got = without_silence(waveform.astype(np.float32), 35, FRONT_END)
    window = FRONT_END.window_samples
    assert abs(len(got) - (16000 + 2 * KEPT)) <= 2 * window
    start = int(np.argmax(np.isin(waveform.astype(np.float32), got[:1])))
    assert abs(start - (16000 - KEPT)) <= window
    np.testing.assert_array_equal(
        got, waveform.astype(np.float32)[start : start + len(got)]
    )


@pytest.mark.parametrize(("silence_db", "seconds"), [(35.0, 1.5), (25.0, 0.5)])
def test_silence_is_told_in_decibels_of_power(silence_db, seconds):
    # The first second is 30 dB below the rest.
    waveform = np.concatenate([tone(1) * 10 ** (-30 / 20), tone(0.5)])
    got = without_silence(waveform.astype(np.float32), silence_db, FRONT_END)
    assert len(got) / 16000 == pytest.approx(seconds, abs=KEPT_SILENCE_S + 0.025)


@pytest.mark.parametrize("silence_db", [0.0, 35.0])
def test_a_clip_without_silence_stays_as_it_is(silence_db):
    waveform = tone(0.5).astype(np.float32)
    got = without_silence(waveform, silence_db, FRONT_END)
    # The rest after the last whole window is no longer than a hop.
    assert len(waveform) - len(got) <= FRONT_END.hop_samples
    np.testing.assert_array_equal(got, waveform[: len(got)])


def test_a_clip_of_one_window_stays_as_it_is():
    waveform = tone(0.025).astype(np.float32)
    np.testing.assert_array_equal(without_silence(waveform, 35, FRONT_END), waveform)


@pytest.mark.parametrize("speed", [0.8, 1.25])
def test_speed_changes_length_and_pitch(speed):
    got = at_speed(tone(1).astype(np.float32), speed)
    assert got.dtype == np.float32
    assert len(got) == pytest.approx(16000 / speed, abs=2)
    spectrum = np.abs(np.fft.rfft(got * np.hanning(len(got))))
    frequency = spectrum.argmax() * 16000 / len(got)
    assert frequency == pytest.approx(200 * speed, abs=1.5)
