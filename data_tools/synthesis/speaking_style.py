"""How emotions and speakers shape a synthesized voice.

A speaker expresses an emotion by

    expressed = strength * gain * style + scale * (habit + take)

for each attribute. `style` is the same for all speakers, `strength` depends on the
speaker, `gain` and `habit` depend on the speaker and the emotion, and `take` depends on
the clip. Speaker and emotion are therefore confounded, as in real speech.

The directions of the shared styles follow Banse & Scherer 1996, "Acoustic profiles in
vocal emotion expression"; Scherer 2003, "Vocal communication of emotion", table 2;
Juslin & Laukka 2003, "Communication of emotions in vocal expression and music
performance", table 7.
"""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_GAIN_SPREAD = 0.25
_HABIT_SPREAD = 0.2
_TAKE_SPREAD = 0.25


@dataclasses.dataclass(frozen=True)
class Style:
    """How speech differs from the speaker's neutral speech.

    Attributes:
      pitch_semitones: Shift of the mean pitch.
      range_octaves: log2 of the factor on the pitch range.
      final_semitones: Rise of the pitch towards the end.
      tempo_octaves: log2 of the factor on the speaking rate.
      energy_db: Shift of the level.
      tilt_db: Shift of the spectral slope, in dB per octave; a positive shift makes the
        slope steeper and the voice duller.
      breath_db: Shift of the level of the aspiration noise.
      tremor_semitones: Depth of the pitch tremor.
      creak: Share by which every second glottal pulse is weakened, 0 to 1.
    """

    pitch_semitones: float = 0.0
    range_octaves: float = 0.0
    final_semitones: float = 0.0
    tempo_octaves: float = 0.0
    energy_db: float = 0.0
    tilt_db: float = 0.0
    breath_db: float = 0.0
    tremor_semitones: float = 0.0
    creak: float = 0.0


STYLES = {
    "anger": Style(4.0, 0.5, -2.0, 0.22, 9.0, -2.8, -4.0, 0.0, 0.15),
    "boredom": Style(-2.0, -1.3, -1.0, -0.32, -3.0, 0.8, -3.0, 0.0, 0.3),
    "calm": Style(-1.0, -0.5, -0.5, -0.2, -4.5, 1.4, 4.0, 0.0, 0.0),
    "disgust": Style(-1.5, 0.2, -3.0, -0.3, 2.0, -0.8, -2.0, 0.0, 0.7),
    "fear": Style(7.0, -0.1, 1.0, 0.3, 0.0, -0.6, 8.0, 0.8, 0.0),
    "happiness": Style(5.0, 0.9, 2.0, 0.2, 6.0, -1.2, 1.0, 0.0, 0.0),
    "neutral": Style(),
    "sadness": Style(-2.5, -0.7, -1.5, -0.3, -9.0, 2.8, 6.0, 0.2, 0.0),
    "surprise": Style(6.5, 1.0, 9.0, -0.1, 3.0, -0.6, 3.0, 0.0, 0.0),
}

# One unit of habit or take, about the spread of each attribute over the styles.
_SCALE = np.array([2.5, 0.5, 2.0, 0.2, 3.0, 1.0, 2.0, 0.2, 0.15])


@dataclasses.dataclass(frozen=True)
class Speaker:
    """One voice.

    Attributes:
      pitch_hz: Mean pitch of neutral speech.
      tract_scale: Factor on every formant; above 1 for a short vocal tract.
      syllables_per_s: Speaking rate of neutral speech.
      tilt_db: Spectral slope of neutral speech, in dB per octave.
      breath_db: Level of the aspiration noise, relative to the voiced source.
      jitter: Standard deviation of the pulse positions, as a share of a period.
      shimmer: Standard deviation of the pulse amplitudes, as a share.
      level_db: RMS level of a neutral recording, relative to full scale.
      noise_db: RMS level of the room noise, relative to full scale.
      reverberation_s: Time in which the echo of the room falls by 60 dB.
      habits: How the speaker expresses each emotion.
    """

    pitch_hz: float
    tract_scale: float
    syllables_per_s: float
    tilt_db: float
    breath_db: float
    jitter: float
    shimmer: float
    level_db: float
    noise_db: float
    reverberation_s: float
    habits: dict[str, Style]


def draw_speaker(rng: np.random.Generator, *, is_female: bool) -> Speaker:
    """Draws a random voice with its habits.

    Args:
      rng: Source of randomness; the same state gives the same speaker.
      is_female: Women have a higher pitch and a shorter vocal tract.

    Returns:
      The speaker.
    """
    strength = rng.uniform(0.7, 1.2)
    habits = {
        emotion: Style(*draw_habit(STYLES[emotion], _SCALE, strength, rng))
        for emotion in sorted(STYLES)
    }
    return Speaker(
        pitch_hz=rng.normal(205, 20) if is_female else rng.normal(115, 13),
        tract_scale=rng.normal(1.16 if is_female else 1.0, 0.04),
        syllables_per_s=rng.normal(5.4, 0.35),
        tilt_db=rng.normal(6.0, 0.4),
        breath_db=rng.normal(-24.0, 1.5),
        jitter=rng.uniform(0.005, 0.02),
        shimmer=rng.uniform(0.03, 0.1),
        level_db=rng.normal(-33.0, 1.5),
        noise_db=rng.normal(-70.0, 1.5),
        reverberation_s=rng.uniform(0.15, 0.3),
        habits=habits,
    )


def draw_habit(
    shared: "DataclassInstance",
    scale: np.ndarray,
    strength: float,
    rng: np.random.Generator,
) -> list[float]:
    """Draws `strength * gain * shared + scale * habit` for a speaker and an emotion.

    Args:
      shared: What all speakers share, a dataclass of numbers.
      scale: float64 `[num_attributes]`, one unit of habit for each of its attributes.
      strength: How strongly the speaker expresses emotions.
      rng: The speaker's source of randomness.

    Returns:
      `num_attributes` numbers.
    """
    values = np.array(dataclasses.astuple(shared))
    gain = 1 + _GAIN_SPREAD * rng.standard_normal(values.size)
    offset = _HABIT_SPREAD * scale * rng.standard_normal(values.size)
    return (strength * gain * values + offset).tolist()


def express(
    speaker: Speaker,
    emotion: str,
    rng: np.random.Generator,
    *,
    intensity: float = 1.0,
) -> Style:
    """Draws how a speaker expresses an emotion in one clip.

    Args:
      speaker: The voice.
      emotion: A key of `STYLES`.
      rng: The clip's source of randomness.
      intensity: Factor on the speaker's habit.

    Returns:
      The style of the clip, with a tremor of at least 0 and a creak in [0, 0.9].
    """
    habit = np.array(dataclasses.astuple(speaker.habits[emotion]))
    take = _TAKE_SPREAD * _SCALE * rng.standard_normal(habit.size)
    drawn = Style(*(intensity * habit + take).tolist())
    return dataclasses.replace(
        drawn,
        tremor_semitones=max(drawn.tremor_semitones, 0.0),
        creak=min(max(drawn.creak, 0.0), 0.9),
    )
