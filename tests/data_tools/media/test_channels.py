"""Channels that are dead or inverted, and samples above full scale."""

import numpy as np
import pytest
import soundfile

from data_tools.media.audio import TOO_LOUD, decode
from data_tools.media.channels import DEAD, INVERTED
from data_tools.media.sound_quality import band_note, level_db
from data_tools.media_error import MediaError


@pytest.fixture
def read(tmp_path):
    """Writes channels to a file, and decodes it."""

    def make(*channels, subtype="FLOAT"):
        path = tmp_path / "a.wav"
        soundfile.write(path, np.stack(channels, axis=1), 16000, subtype=subtype)
        return decode(path, sample_rate_hz=16000)

    return make


@pytest.fixture
def voice(rng):
    return rng.normal(0, 0.1, 16000).astype(np.float32)


@pytest.mark.parametrize("place", [0, 1, 5])
@pytest.mark.parametrize("noise", [0.0, 2e-4])
def test_dead_channels_do_not_weaken_the_others(read, voice, rng, place, noise):
    channels = [rng.normal(0, 1, len(voice)) * noise for _ in range(place + 1)]
    recording = read(*channels[:place], voice, channels[place])
    assert recording.notes == (DEAD,)
    np.testing.assert_allclose(recording.waveform, voice, atol=6 * 6 * noise + 1e-7)


@pytest.mark.parametrize("gain", [1.0, 0.1])
def test_live_channels_are_averaged_without_a_note(read, voice, rng, gain):
    other = (gain * rng.normal(0, 0.1, len(voice))).astype(np.float32)
    recording = read(voice, other)
    assert recording.notes == ()
    np.testing.assert_allclose(recording.waveform, (voice + other) / 2, atol=1e-6)


def test_speakers_who_take_turns_on_two_channels_are_both_alive(read, voice):
    one, other = voice.copy(), voice.copy()
    one[:8000] = other[8000:] = 0
    recording = read(one, other)
    assert recording.notes == ()
    np.testing.assert_allclose(recording.waveform, voice / 2, atol=1e-6)


@pytest.mark.parametrize("rest", [0.0, 1e-3, 0.3])
def test_channels_that_cancel_out_are_refused(read, voice, rest):
    with pytest.raises(MediaError, match="cancel each other out"):
        read(voice, -(1 - rest) * voice)


def test_an_inverted_channel_among_others_is_noted(read, voice):
    recording = read(voice, voice, -voice, voice)
    assert recording.notes == (INVERTED,)
    np.testing.assert_allclose(recording.waveform, voice / 2, atol=1e-6)


def test_silence_on_all_channels_is_not_inverted(read):
    recording = read(np.zeros(999), np.zeros(999))
    assert recording.notes == ()


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
@pytest.mark.parametrize("peak", [1.01, 3.0])
def test_floats_above_full_scale_are_scaled_with_a_note(read, voice, subtype, peak):
    samples = voice / np.abs(voice).max()
    recording = read(samples * peak, subtype=subtype)
    assert recording.notes == (TOO_LOUD,)
    np.testing.assert_allclose(recording.waveform, samples, atol=1e-6)


@pytest.mark.parametrize("subtype", ["FLOAT", "PCM_16"])
def test_full_scale_is_no_note(read, voice, subtype):
    assert read(voice / np.abs(voice).max(), subtype=subtype).notes == ()


@pytest.mark.parametrize("value", [1e38, np.nan, np.inf])
def test_values_that_cancel_out_are_found(read, voice, value):
    wrong = voice.copy()
    wrong[7] = value
    with pytest.raises(MediaError, match=r"not finite|scale them"):
        read(wrong, -wrong)


def test_level_is_in_decibels_of_full_scale():
    assert level_db(np.full(10, 0.1, np.float32)) == pytest.approx(-20)


@pytest.mark.parametrize(("cutoff_hz", "has_note"), [(4000, True), (8000, False)])
@pytest.mark.parametrize("level", [0.3, 0.003])
def test_empty_upper_bands_are_noted(rng, cutoff_hz, has_note, level):
    spectrum = np.fft.rfft(rng.normal(0, level, 16000))
    spectrum[cutoff_hz:] = 0
    waveform = np.fft.irfft(spectrum).astype(np.float32)
    told = "has no sound above 6 kHz, like telephone speech" if has_note else ""
    assert band_note(waveform, 16000) == told


def test_too_short_a_recording_has_no_bands():
    assert band_note(np.ones(100, np.float32), 16000) == ""
