import numpy as np
import pytest
import scipy.signal
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.features.log_mel import (
    log_mel,
    mel_filters,
    segment_blocks,
    segments,
    waveform_to_segments,
)
from pathnet_tf.runtime.errors import UsageError

PAPER = FrontEnd()


def tone(hz, seconds=1.0):
    return np.sin(2 * np.pi * hz * np.arange(int(16000 * seconds)) / 16000)


def reference_log_mel(waveform):
    """What `librosa.feature.melspectrogram` gives, by its filters and SciPy's windows.

    To import that function compiles for half a minute.
    """
    filters = pytest.importorskip("librosa.filters").mel(
        sr=16000, n_fft=512, n_mels=64, fmin=20, fmax=8000, htk=True, norm=None
    )
    frames = np.lib.stride_tricks.sliding_window_view(waveform, 400)[::160]
    spectra = np.fft.rfft(frames * scipy.signal.get_window("hamming", 400), 512)
    return np.log(np.maximum(np.abs(spectra) ** 2 @ filters.T, 1e-6))


def test_log_mel_agrees_with_librosas_filters_on_real_speech(real_corpus):
    soundfile = pytest.importorskip("soundfile")
    for path in sorted((real_corpus("emodb") / "wav").glob("*.wav"))[::40]:
        waveform, _ = soundfile.read(path, dtype="float32")
        ours = log_mel(waveform, front_end=PAPER).numpy()
        np.testing.assert_allclose(ours, reference_log_mel(waveform), atol=1e-3)


def test_log_mel_agrees_with_librosas_filters_on_noise(rng):
    noise = (0.1 * rng.standard_normal(16000)).astype(np.float32)
    ours = log_mel(noise, front_end=PAPER).numpy()
    np.testing.assert_allclose(ours, reference_log_mel(noise), atol=1e-3)


def test_deltas_agree_with_savitzky_golay(rng):
    """As `librosa.feature.delta` calls it."""
    spectrogram = rng.standard_normal((64, 64)).astype(np.float32)
    got = segments(tf.constant(spectrogram), front_end=PAPER).numpy()[0]

    def delta(values):
        return scipy.signal.savgol_filter(
            values, 5, polyorder=1, deriv=1, axis=0, mode="nearest"
        )

    once = delta(spectrogram)
    np.testing.assert_allclose(got[..., 0], spectrogram)
    np.testing.assert_allclose(got[..., 1], once, atol=1e-5)
    np.testing.assert_allclose(got[..., 2], delta(once), atol=1e-5)


@pytest.mark.parametrize("band", [3, 20, 40, 62])
def test_a_pure_tone_peaks_in_its_band(band):
    mels = np.linspace(
        2595 * np.log10(1 + 20 / 700), 2595 * np.log10(1 + 8000 / 700), 66
    )
    centre_hz = 700 * (10 ** (mels[band + 1] / 2595) - 1)
    spectrogram = log_mel(tone(centre_hz).astype(np.float32), front_end=PAPER).numpy()
    assert (spectrogram.argmax(axis=1) == band).all()


def test_every_filter_sees_a_bin():
    assert (mel_filters(PAPER).max(axis=0) > 0.1).all()


@pytest.mark.parametrize(
    ("num_frames", "tail", "expected"),
    [
        (1, "drop", 1),
        (64, "drop", 1),
        (93, "drop", 1),
        (94, "drop", 2),
        (124, "drop", 3),
        (1, "pad", 1),
        (64, "pad", 1),
        (65, "pad", 2),
        (94, "pad", 2),
        (95, "pad", 3),
    ],
)
def test_number_of_segments(num_frames, tail, expected, rng):
    waveform = rng.standard_normal(400 + 160 * (num_frames - 1)).astype(np.float32)
    got = waveform_to_segments(waveform, front_end=FrontEnd(tail=tail))
    assert got.shape == (expected, 64, 64, 3)


def test_segments_are_thirty_frames_apart(rng):
    waveform = rng.standard_normal(16000 * 2).astype(np.float32)
    got = waveform_to_segments(waveform, front_end=PAPER)
    np.testing.assert_array_equal(got[0, 30:], got[1, :34])
    np.testing.assert_array_equal(got[1, 30:], got[2, :34])


def test_a_short_clip_repeats_its_last_frame(rng):
    waveform = rng.standard_normal(400 + 160 * 9).astype(np.float32)  # 10 frames.
    got = waveform_to_segments(waveform, front_end=PAPER)[0]
    np.testing.assert_array_equal(got[10:, :, 0], np.tile(got[9, :, 0], (54, 1)))
    assert (got[14:, :, 1:] == 0).all()


def test_a_segment_spans_655_milliseconds():
    assert PAPER.hop_ms * 63 + PAPER.window_ms == 655
    one = waveform_to_segments(tone(300, 0.655).astype(np.float32), front_end=PAPER)
    two = waveform_to_segments(tone(300, 0.955).astype(np.float32), front_end=PAPER)
    assert (len(one), len(two)) == (1, 2)


@pytest.mark.parametrize(
    ("waveform", "message"),
    [
        (np.zeros(0), "not empty"),
        (np.zeros((2, 100)), "one-dimensional"),
        (np.array([0.0, np.nan]), "must be finite"),
        (np.array([0.0, np.inf]), "must be finite"),
    ],
)
def test_wrong_waveforms_are_refused(waveform, message):
    with pytest.raises(ValueError, match=message):
        waveform_to_segments(waveform, front_end=PAPER)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"hop_ms": -5}, "hop_ms must be positive. Received: hop_ms=-5"),
        ({"tail": "cut"}, "tail must be one of"),
        ({"high_hz": 9000}, "half the sample rate"),
        ({"hop_ms": 0.01}, "must cover at least"),
    ],
)
def test_wrong_settings_are_refused(values, message):
    with pytest.raises(UsageError, match=message):
        FrontEnd(**values)


@given(
    seconds=st.floats(0.001, 6),
    shift=st.integers(1, 40),
    tail=st.sampled_from(["drop", "pad"]),
    reach=st.integers(1, 4),
    segments_a_block=st.integers(1, 9),
)
@settings(max_examples=40)
def test_blocks_are_the_segments_of_the_whole(
    seconds, shift, tail, reach, segments_a_block
):
    front_end = FrontEnd(
        sample_rate_hz=2000,
        high_hz=1000,
        num_mel_bands=8,
        segment_shift_frames=shift,
        tail=tail,
        delta_frames=reach,
    )
    rng = np.random.default_rng(round(1000 * seconds))
    waveform = rng.uniform(-1, 1, max(1, round(2000 * seconds))).astype(np.float32)
    whole = waveform_to_segments(waveform, front_end=front_end)
    blocks = list(
        segment_blocks(waveform, front_end=front_end, segments_a_block=segments_a_block)
    )
    assert all(len(block) <= segments_a_block + 1 for block in blocks)
    np.testing.assert_allclose(np.concatenate(blocks), whole, atol=2e-5)
