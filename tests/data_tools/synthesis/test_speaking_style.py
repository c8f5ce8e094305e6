import dataclasses

import numpy as np
import pytest

from data_tools.synthesis import speaking_style
from data_tools.synthesis.speaking_style import STYLES, Style
from pathnet_tf.data.emotions import EMOTIONS


def drawn_speakers(is_female, num_speakers=40):
    return [
        speaking_style.draw_speaker(np.random.default_rng(seed), is_female=is_female)
        for seed in range(num_speakers)
    ]


def test_every_emotion_has_a_style():
    assert set(STYLES) <= set(EMOTIONS)


@pytest.mark.parametrize(
    ("higher", "lower", "attribute"),
    [
        ("anger", "neutral", "energy_db"),
        ("neutral", "sadness", "energy_db"),
        ("sadness", "anger", "tilt_db"),
        ("fear", "boredom", "tempo_octaves"),
        ("happiness", "boredom", "range_octaves"),
        ("surprise", "neutral", "final_semitones"),
        ("fear", "anger", "tremor_semitones"),
        ("disgust", "calm", "creak"),
    ],
)
def test_speakers_mostly_agree_on_the_direction(higher, lower, attribute):
    agree = [
        getattr(speaker.habits[higher], attribute)
        > getattr(speaker.habits[lower], attribute)
        for speaker in drawn_speakers(is_female=False)
    ]
    assert np.mean(agree) > 0.8


def test_habits_differ_between_speakers():
    energies = {
        speaker.habits["anger"].energy_db for speaker in drawn_speakers(is_female=False)
    }
    assert len(energies) == 40


def test_women_speak_higher():
    means = [
        np.mean([speaker.pitch_hz for speaker in drawn_speakers(is_female)])
        for is_female in (False, True)
    ]
    assert means[1] > 1.5 * means[0]


def test_draw_speaker_is_decided_by_the_stream():
    first, second = (
        speaking_style.draw_speaker(np.random.default_rng(5), is_female=True)
        for _ in range(2)
    )
    assert first == second


def test_express_varies_around_the_habit():
    speaker = drawn_speakers(is_female=True, num_speakers=1)[0]
    rng = np.random.default_rng(0)
    takes = [
        dataclasses.astuple(speaking_style.express(speaker, "anger", rng))[:7]
        for _ in range(400)
    ]
    habit = dataclasses.astuple(speaker.habits["anger"])[:7]
    np.testing.assert_allclose(np.mean(takes, axis=0), habit, atol=0.2)
    assert (np.std(takes, axis=0) > 0).all()


def test_express_is_stronger_at_a_higher_intensity():
    speaker = drawn_speakers(is_female=True, num_speakers=1)[0]
    weak, strong = (
        speaking_style.express(
            speaker, "anger", np.random.default_rng(0), intensity=intensity
        )
        for intensity in (0.5, 1.5)
    )
    gained = strong.energy_db - weak.energy_db
    assert gained == pytest.approx(speaker.habits["anger"].energy_db)


@pytest.mark.parametrize("extreme", [-3.0, 3.0])
def test_express_keeps_tremor_and_creak_in_range(extreme):
    speaker = drawn_speakers(is_female=True, num_speakers=1)[0]
    habit = Style(tremor_semitones=extreme, creak=extreme)
    speaker = dataclasses.replace(speaker, habits={"fear": habit})
    style = speaking_style.express(speaker, "fear", np.random.default_rng(0))
    assert style.tremor_semitones >= 0
    assert 0 <= style.creak <= 0.9
