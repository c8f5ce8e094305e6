import dataclasses

import numpy as np
import pytest

from data_tools.synthesis import prosody, speaking_style, voice
from data_tools.synthesis.prosody import Controls

RATE = voice.SAMPLE_RATE_HZ


def steady(pitch_hz=125.0, num_frames=200, **changes):
    """A vowel with formants at 500, 1500, 2500, 3500 and 4500 Hz."""
    controls = Controls(
        pitch_hz=np.full(num_frames, pitch_hz),
        voicing=np.ones(num_frames),
        noise=np.zeros(num_frames),
        noise_hz=np.full(num_frames, 3000.0),
        formants_hz=np.tile([500.0, 1500.0, 2500.0, 3500.0, 4500.0], (num_frames, 1)),
        tilt_db=6.0,
        breath_db=-60.0,
        jitter=0.0,
        shimmer=0.0,
        creak=0.0,
        energy_db=0.0,
    )
    return dataclasses.replace(controls, **changes)


def power(waveform):
    """Power spectrum with a resolution of 1 Hz."""
    middle = waveform[2000:-2000]
    return np.abs(np.fft.rfft(middle * np.hanning(len(middle)), RATE)) ** 2


def band(spectrum, low_hz, high_hz):
    return spectrum[low_hz:high_hz].sum()


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture
def speaker():
    return speaking_style.draw_speaker(np.random.default_rng(1), is_female=False)


@pytest.mark.parametrize("pitch_hz", [100.0, 160.0, 320.0])
def test_render_has_the_planned_pitch(rng, pitch_hz):
    waveform = voice.render(steady(pitch_hz), rng)
    spectrum = np.fft.rfft(waveform, 2 * len(waveform))
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)
    lags = np.arange(RATE // 500, RATE // 70)
    period = lags[np.argmax(correlation[lags])]
    assert RATE / period == pytest.approx(pitch_hz, rel=0.02)


@pytest.mark.parametrize("formant_hz", [500, 1500, 2500])
def test_render_resonates_at_the_formants(rng, formant_hz):
    spectrum = power(voice.render(steady(100.0), rng))
    at_formant = band(spectrum, formant_hz - 100, formant_hz + 100)
    between = band(spectrum, formant_hz + 400, formant_hz + 600)
    assert at_formant > 3 * between


def test_render_formant_is_as_sharp_as_its_bandwidth(rng):
    # By hand, power at 500 over 600 Hz: 39.06 / 4.34 by the first formant of 80 Hz
    # bandwidth, 0.838 by the four others, 1.437 by a slope of 6 dB an octave.
    spectrum = power(voice.render(steady(100.0), rng))
    ratio = band(spectrum, 495, 506) / band(spectrum, 595, 606)
    assert ratio == pytest.approx(39.06 / 4.34 * 0.838 * 1.437, rel=0.1)


def test_render_tilt_takes_away_the_high_frequencies(rng):
    shares = []
    for tilt_db in (3.0, 12.0):
        spectrum = power(voice.render(steady(tilt_db=tilt_db), rng))
        shares.append(band(spectrum, 2000, 5000) / band(spectrum, 50, 1000))
    # Three octaves above the corner of 200 Hz and more: at least 27 dB.
    assert 10 * np.log10(shares[0] / shares[1]) > 20


def test_render_breath_fills_the_gaps_between_harmonics(rng):
    gaps = []
    for breath_db in (-60.0, -10.0):
        spectrum = power(voice.render(steady(200.0, breath_db=breath_db), rng))
        gaps.append(band(spectrum, 480, 520) / band(spectrum, 380, 420))
    assert gaps[1] > 10 * gaps[0]


def test_render_creak_adds_a_subharmonic(rng):
    ratios = []
    for creak in (0.0, 0.7):
        spectrum = power(voice.render(steady(200.0, creak=creak), rng))
        ratios.append(band(spectrum, 490, 510) / band(spectrum, 390, 410))
    assert ratios[1] > 10 * ratios[0]


def test_render_jitter_blurs_the_harmonics(rng):
    ratios = []
    for jitter in (0.0, 0.03):
        spectrum = power(voice.render(steady(200.0, jitter=jitter), rng))
        ratios.append(band(spectrum, 1650, 1750) / band(spectrum, 1550, 1650))
    assert ratios[1] > 3 * ratios[0]


def test_render_frication_sits_at_its_frequency(rng):
    num_frames = 200
    controls = steady(
        voicing=np.zeros(num_frames),
        noise=np.ones(num_frames),
        noise_hz=np.full(num_frames, 5000.0),
    )
    spectrum = power(voice.render(controls, rng))
    assert band(spectrum, 4500, 5500) > 3 * band(spectrum, 1000, 2000)


def test_render_is_silent_without_a_source(rng):
    controls = steady(voicing=np.zeros(200))
    assert not voice.render(controls, rng).any()


def test_render_power_does_not_depend_on_the_pitch(rng):
    # Formants far above the spectrum leave the pulses themselves.
    formants_hz = np.full((200, 5), 1e6)
    low, high = (
        np.mean(
            voice.render(steady(hz, tilt_db=0.0, formants_hz=formants_hz), rng) ** 2
        )
        for hz in (100.0, 200.0)
    )
    assert high == pytest.approx(low, rel=0.1)


@pytest.mark.parametrize("energy_db", [-6.0, 0.0, 6.0])
def test_record_has_the_speakers_level(rng, speaker, energy_db):
    speaker = dataclasses.replace(speaker, noise_db=-120.0)
    samples = voice.record(
        voice.render(steady(), rng),
        speaker=speaker,
        energy_db=energy_db,
        sample_rate_hz=RATE,
        num_channels=1,
        rng=rng,
    )
    level_db = 10 * np.log10(np.mean((samples / 32767.0) ** 2))
    assert level_db == pytest.approx(speaker.level_db + energy_db, abs=0.1)


@pytest.mark.parametrize("num_channels", [1, 2])
@pytest.mark.parametrize("sample_rate_hz", [16000, 44100, 48000])
def test_record_has_the_asked_shape(rng, speaker, sample_rate_hz, num_channels):
    samples = voice.record(
        voice.render(steady(), rng),
        speaker=speaker,
        energy_db=0.0,
        sample_rate_hz=sample_rate_hz,
        num_channels=num_channels,
        rng=rng,
    )
    assert samples.dtype == np.int16
    assert samples.shape == (sample_rate_hz, num_channels)


def test_record_leaves_room_noise_in_the_pauses(rng, speaker):
    waveform = voice.render(steady(), rng)
    waveform[: RATE // 2] = 0
    samples = voice.record(
        waveform,
        speaker=speaker,
        energy_db=0.0,
        sample_rate_hz=RATE,
        num_channels=1,
        rng=rng,
    )
    level_db = 10 * np.log10(np.mean((samples[: RATE // 2] / 32767.0) ** 2))
    assert level_db == pytest.approx(speaker.noise_db, abs=3)


def test_a_sentence_lasts_one_to_three_seconds(rng, speaker):
    style = speaking_style.express(speaker, "neutral", rng)
    sentence = prosody.draw_sentence(rng)
    controls = prosody.plan(sentence, speaker=speaker, style=style, rng=rng)
    assert RATE <= len(voice.render(controls, rng)) <= 3 * RATE
