import dataclasses

import numpy as np
import pytest

from data_tools.synthesis import prosody, speaking_style
from data_tools.synthesis.speaking_style import Style


@pytest.fixture
def speaker():
    return speaking_style.draw_speaker(np.random.default_rng(1), is_female=True)


def planned(speaker, style):
    """The same sentence and take for every style."""
    sentence = prosody.draw_sentence(np.random.default_rng(2))
    rng = np.random.default_rng(3)
    return prosody.plan(sentence, speaker=speaker, style=style, rng=rng)


def semitones(controls):
    return 12 * np.log2(controls.pitch_hz)


def test_draw_sentence_has_two_accents():
    sentence = prosody.draw_sentence(np.random.default_rng(0))
    assert sum(syllable.accent > 0.5 for syllable in sentence) == 2


def test_draw_sentence_differs_from_stream_to_stream():
    drawn = {prosody.draw_sentence(np.random.default_rng(seed)) for seed in range(10)}
    assert len(drawn) == 10


def test_plan_has_tracks_of_one_length(speaker):
    controls = planned(speaker, Style())
    num_frames = len(controls.pitch_hz)
    assert controls.formants_hz.shape == (num_frames, 5)
    lengths = {len(controls.voicing), len(controls.noise), len(controls.noise_hz)}
    assert lengths == {num_frames}


def test_plan_shifts_the_pitch(speaker):
    shift = semitones(planned(speaker, Style(pitch_semitones=3.0))) - semitones(
        planned(speaker, Style())
    )
    np.testing.assert_allclose(shift, 3.0)


def test_plan_widens_the_range(speaker):
    wide = np.ptp(semitones(planned(speaker, Style(range_octaves=1.0))))
    neutral = np.ptp(semitones(planned(speaker, Style())))
    assert wide == pytest.approx(2 * neutral)


def test_plan_lets_the_pitch_fall_along_the_sentence(speaker):
    pitch = semitones(planned(speaker, Style()))
    assert pitch[-1] < pitch[0] - 2


def test_plan_raises_the_end(speaker):
    shift = semitones(planned(speaker, Style(final_semitones=8.0))) - semitones(
        planned(speaker, Style())
    )
    np.testing.assert_allclose(shift[[0, -1]], [0.0, 8.0])


def test_plan_tempo_shortens_the_sentence(speaker):
    neutral, fast = (
        len(planned(speaker, Style(tempo_octaves=octaves)).pitch_hz)
        for octaves in (0.0, 1.0)
    )
    # The pauses at either end keep their length.
    assert 0.5 * neutral < fast < 0.6 * neutral


def test_plan_formants_follow_the_vocal_tract(speaker):
    short = dataclasses.replace(speaker, tract_scale=1.2)
    long = dataclasses.replace(speaker, tract_scale=1.0)
    np.testing.assert_allclose(
        planned(short, Style()).formants_hz, 1.2 * planned(long, Style()).formants_hz
    )


def test_plan_begins_and_ends_in_silence(speaker):
    controls = planned(speaker, Style())
    assert controls.voicing[[0, -1]].tolist() == [0.0, 0.0]


def test_plan_keeps_the_pitch_speakable(speaker):
    controls = planned(speaker, Style(pitch_semitones=60.0))
    assert controls.pitch_hz.max() <= 600
