"""Pitch and prosody of sounds whose pitch is known."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

from pathnet_tf.features import prosody
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.features.pitch import MIDDLE_HZ
from pathnet_tf.features.prosody import COLOURS, VOICES, describe_frames
from pathnet_tf.features.prosody_vector import (
    prosody_vectors,
    traced_vectors,
    value_names,
)
from pathnet_tf.features.resampling import at_speed

FRONT_END = FrontEnd()
RATE_HZ = FRONT_END.sample_rate_hz
NAMES = value_names(FRONT_END)


def times(seconds=1.0):
    return np.arange(round(RATE_HZ * seconds)) / RATE_HZ


def voice(hz, rng, noise=1e-4):
    """Pulses of a pitch `[num_samples]` through three formants."""
    phase = 2 * np.pi * np.cumsum(hz) / RATE_HZ
    pulses = sum(
        np.cos(n * phase) * (n * hz < 0.45 * RATE_HZ)
        for n in range(1, int(0.45 * RATE_HZ / hz.min()) + 1)
    )
    for formant_hz, width_hz in ((500, 60), (1500, 90), (2500, 120)):
        radius = np.exp(-np.pi * width_hz / RATE_HZ)
        bend = -2 * radius * np.cos(2 * np.pi * formant_hz / RATE_HZ)
        pulses = scipy.signal.lfilter([1], [1, bend, radius**2], pulses)
    sound = 0.5 * pulses / np.abs(pulses).max()
    return (sound + noise * rng.standard_normal(len(hz))).astype(np.float32)


def described(waveform):
    frames = describe_frames(tf.constant(waveform), front_end=FRONT_END)
    return prosody.Frames(*(one.numpy() for one in frames))


def pitch_hz(frames):
    return MIDDLE_HZ * 2 ** (frames.voice[:, 0] / 12)


def middle_of(frames):
    """Samples `[num_frames]` in the middle of the frames."""
    hop, window = FRONT_END.hop_samples, FRONT_END.window_samples
    return hop * np.arange(len(frames.is_voiced)) + window // 2


def vector(waveform, silence_db=0.0, speeds=()):
    return traced_vectors(FRONT_END, silence_db, speeds)(waveform.astype(np.float32))


@pytest.mark.parametrize("hz", [62, 110, 155.5, 233, 330, 480])
def test_a_steady_voice_has_its_pitch(hz, rng):
    frames = described(voice(np.full(RATE_HZ // 2, hz), rng))
    # At the ends a window holds less than two periods of a low voice.
    assert frames.is_voiced[2:-2].all()
    np.testing.assert_allclose(pitch_hz(frames)[2:-2], hz, rtol=0.01)


@pytest.mark.parametrize(
    "octave_trap",
    [
        lambda phase: np.sin(2 * phase) + np.sin(3 * phase),
        lambda phase: np.sin(phase) + 3 * np.sin(2 * phase),
        lambda phase: np.sin(phase) + 0.1 * np.sin(5 * phase),
        np.sin,
    ],
)
def test_no_octave_is_mistaken(octave_trap):
    """The fundamental is missing, or weak, or has no harmonics."""
    waveform = (0.2 * octave_trap(2 * np.pi * 140 * times())).astype(np.float32)
    frames = described(waveform)
    assert frames.is_voiced.all()
    np.testing.assert_allclose(pitch_hz(frames), 140, rtol=0.01)


def test_pitch_follows_a_glide(rng):
    hz = 120 * 2 ** (times() * 1.2)
    frames = described(voice(hz, rng))
    expected = hz[middle_of(frames)]
    error = 12 * np.abs(np.log2(pitch_hz(frames) / expected))
    assert frames.is_voiced.all()
    assert error.max() < 0.5


def test_noise_and_silence_are_unvoiced(rng):
    noise = (0.1 * rng.standard_normal(RATE_HZ)).astype(np.float32)
    silence = np.zeros(RATE_HZ, np.float32)
    assert described(noise).is_voiced.mean() < 0.05
    assert not described(silence).is_voiced.any()
    # A voice far quieter than the loudest one is silence too.
    speech = voice(np.full(RATE_HZ, 150.0), rng, noise=0)
    frames = described(np.concatenate([speech, 1e-3 * speech]))
    assert frames.is_voiced[:95].all()
    assert not frames.is_voiced[105:].any()


def test_harmonics_stand_out_of_the_noise_by_its_decibels(rng):
    found = []
    for ratio_db in (5, 20):
        sound = np.sin(2 * np.pi * 200 * times()) + np.sin(2 * np.pi * 400 * times())
        noise = rng.standard_normal(RATE_HZ) * 10 ** (-ratio_db / 20)
        frames = described((0.1 * (sound + noise)).astype(np.float32))
        found.append(np.median(frames.voice[frames.is_voiced, 1]))
    np.testing.assert_allclose(found, [5, 20], atol=1.5)


def test_a_harmonic_is_louder_by_its_decibels():
    phase = 2 * np.pi * 200 * times()
    waveform = 0.1 * (np.sin(phase) + 0.5 * np.sin(2 * phase) + 0.1 * np.sin(3 * phase))
    frames = described(waveform.astype(np.float32))
    np.testing.assert_allclose(np.median(frames.voice[:, 2]), 6.02, atol=0.5)
    np.testing.assert_allclose(np.median(frames.voice[:, 3]), 20, atol=0.5)


def test_gain_changes_loudness_alone(rng):
    speech = voice(150 + 30 * np.sin(6 * times()), rng, noise=0.01)
    loud, quiet = described(speech), described(0.25 * speech)
    same = [COLOURS.index(name) for name in ("centroid_octaves", "entropy", "mfcc_1")]
    np.testing.assert_allclose(quiet.colour[:, same], loud.colour[:, same], atol=0.02)
    np.testing.assert_array_equal(quiet.is_voiced, loud.is_voiced)
    kept = loud.is_voiced
    voices = slice(0, VOICES.index("level_db"))
    np.testing.assert_allclose(
        quiet.voice[kept, voices], loud.voice[kept, voices], atol=0.02
    )
    change = loud.voice[:, -1] - quiet.voice[:, -1]
    np.testing.assert_allclose(change, 12.04, atol=0.01)


def test_blocks_change_nothing(rng, monkeypatch):
    speech = voice(150 + 30 * np.sin(6 * times()), rng, noise=0.01)
    whole = described(speech)
    monkeypatch.setattr(prosody, "_FRAMES_AT_ONCE", 17)
    for one, other in zip(described(speech), whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_values_bear_their_names(rng):
    hz = 220 * 2 ** (-times() / 2)
    waveform = np.concatenate([voice(hz, rng), np.zeros(RATE_HZ // 2)])
    (values,) = vector(waveform)
    assert len(set(NAMES)) == len(NAMES) == len(values)
    found = dict(zip(NAMES, values, strict=True))
    assert found["voiced_share"] == pytest.approx(2 / 3, abs=0.02)
    assert found["voiced_run_s/most"] == pytest.approx(1, abs=0.03)
    assert found["unvoiced_run_s/mean"] == pytest.approx(0.5, abs=0.03)
    assert found["length_s"] == pytest.approx(1.5, abs=0.03)
    # Half an octave down in a second, from 6.6 semitones above the middle.
    assert found["pitch_semitones_voiced/mean"] == pytest.approx(3.63, abs=0.2)
    assert found["pitch_semitones_voiced/slope"] == pytest.approx(-6, abs=0.2)
    assert found["pitch_semitones_voiced/range_25_75"] == pytest.approx(3, abs=0.2)
    assert found["pitch_semitones_change/mean"] == pytest.approx(-0.06, abs=0.01)
    mel = described(waveform.astype(np.float32)).log_mel
    assert found["mel_20/mean"] == pytest.approx(mel[:, 20].mean(), abs=1e-4)
    colour = described(waveform.astype(np.float32)).colour
    place = COLOURS.index("mfcc_2")
    assert found["mfcc_2/percentile_95"] == pytest.approx(
        np.percentile(colour[:, place], 95), abs=1e-3
    )


def test_silent_frames_may_be_left_out(rng):
    speech = voice(np.full(RATE_HZ, 150.0), rng)
    gap = np.concatenate([speech, np.zeros(RATE_HZ), speech])
    place = NAMES.index("length_s")
    assert vector(gap)[0, place] == pytest.approx(3, abs=0.05)
    assert vector(gap, 35)[0, place] == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("num_samples", [1, 100, 400, 560, 720, 900])
@pytest.mark.parametrize("is_silent", [True, False])
def test_short_and_silent_clips_have_finite_vectors(num_samples, is_silent, rng):
    waveform = rng.uniform(-1, 1, num_samples) * (not is_silent)
    found = vector(waveform, 35, (1.14,))
    assert found.shape == (2, len(NAMES))
    assert np.isfinite(found).all()


def test_graph_and_eager_agree(rng):
    speech = voice(150 + 30 * np.sin(6 * times()), rng, noise=0.01)
    eager = prosody_vectors(
        tf.constant(speech), front_end=FRONT_END, silence_db=35, speeds=(1.14,)
    )
    np.testing.assert_allclose(vector(speech, 35, (1.14,)), eager, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("speed", [0.5, 0.88, 1.14, 1.337, 2.0])
def test_speed_changes_pitch_and_length(speed):
    hz = 1000
    sound = np.sin(2 * np.pi * hz * times(0.5)).astype(np.float32)
    found = at_speed(tf.constant(sound), speed).numpy()
    assert len(found) == int(np.ceil(len(sound) / np.round(speed, 3)))
    expected = np.sin(2 * np.pi * hz * speed * np.arange(len(found)) / RATE_HZ)
    inside = slice(100, -100)
    np.testing.assert_allclose(found[inside], expected[inside], atol=1e-3)


def test_what_is_too_high_when_faster_is_left_out():
    sound = np.sin(2 * np.pi * 7000 * times(0.5)).astype(np.float32)
    found = at_speed(tf.constant(sound), 1.5).numpy()
    assert np.abs(found[200:-200]).max() < 1e-3


def test_pitch_of_real_speech_is_what_another_method_finds(real_corpus):
    """YIN's, where the pitch stands still: it looks at other stretches of the sound."""
    soundfile = pytest.importorskip("soundfile")
    errors = []
    for path in sorted((real_corpus("emodb") / "wav").glob("*.wav"))[::60]:
        waveform, _ = soundfile.read(path, dtype="float32")
        frames = described(waveform)
        semitones = frames.voice[:, 0]
        still = np.abs(np.gradient(semitones)) < 0.3
        for frame in np.flatnonzero(still & frames.is_voiced)[::4]:
            hz = yin(waveform, middle_of(frames)[frame])
            if hz:
                errors.append(12 * np.log2(hz / MIDDLE_HZ) - semitones[frame])
    assert len(errors) > 50
    assert np.mean(np.abs(errors) < 0.5) > 0.9


def yin(waveform, middle, width=512):
    """Pitch in Hz about a sample, by de Cheveigne and Kawahara 2002; 0 if unclear."""
    longest = round(RATE_HZ / 55)
    start = middle - (width + longest // 3) // 2
    if start < 0 or start + width + longest > len(waveform):
        return 0.0
    here = waveform[start : start + width].astype(float)
    differences = np.array(
        [
            np.sum((here - waveform[start + lag : start + lag + width]) ** 2)
            for lag in range(longest)
        ]
    )
    means = np.cumsum(differences[1:]) / np.arange(1, longest)
    relative = differences[1:] / np.maximum(means, 1e-12)
    below = np.flatnonzero(relative[:-1] < 0.1)
    below = below[below >= 31]
    if not below.size:
        return 0.0
    lag = below[0]
    while lag + 1 < len(relative) and relative[lag + 1] < relative[lag]:
        lag += 1
    return RATE_HZ / (lag + 1)
