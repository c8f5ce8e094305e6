"""Plans the control tracks of a voice from a sentence and a style.

A sentence is a sequence of syllables, each a consonant and a vowel. At the time t, from
0 to 1, the pitch in semitones above the speaker's mean is

    pitch + range * (2.5 accents(t) + 3 (1/2 - t)) + final * ramp(t) + tremor(t)

where 3 (1/2 - t) is the declination of declarative speech. The formants of the vowels
are rounded averages of men's vowels. Reference: Peterson & Barney 1952, "Control
methods used in a study of the vowels".
"""

import dataclasses

import numpy as np

from data_tools.synthesis.speaking_style import Speaker, Style

FRAME_MS = 5.0

_UPPER_FORMANTS_HZ = (3500.0, 4500.0)
_VOWELS_HZ = {
    "a": (730.0, 1090.0, 2440.0),
    "ae": (660.0, 1720.0, 2410.0),
    "e": (530.0, 1840.0, 2480.0),
    "i": (270.0, 2290.0, 3010.0),
    "o": (570.0, 840.0, 2410.0),
    "schwa": (500.0, 1500.0, 2500.0),
    "u": (300.0, 870.0, 2240.0),
}


@dataclasses.dataclass(frozen=True)
class Consonant:
    """A consonant.

    Attributes:
      duration_s: Length at the neutral speaking rate, in seconds.
      closure: Share of the length, at the beginning, that is silent.
      voicing: Amplitude of the voiced source, relative to a vowel.
      noise: Amplitude of the frication or burst, relative to a vowel.
      noise_hz: Frequency at which the noise is strongest.
    """

    duration_s: float
    closure: float
    voicing: float
    noise: float
    noise_hz: float


_CONSONANTS = {
    "f": Consonant(0.07, 0.0, 0.0, 0.10, 4200.0),
    "k": Consonant(0.08, 0.6, 0.0, 0.40, 2000.0),
    "l": Consonant(0.06, 0.0, 0.45, 0.0, 3000.0),
    "m": Consonant(0.06, 0.0, 0.30, 0.0, 3000.0),
    "p": Consonant(0.07, 0.7, 0.0, 0.30, 1000.0),
    "s": Consonant(0.09, 0.0, 0.0, 0.30, 6000.0),
    "sh": Consonant(0.09, 0.0, 0.0, 0.35, 3200.0),
    "t": Consonant(0.07, 0.65, 0.0, 0.45, 4500.0),
    "z": Consonant(0.07, 0.0, 0.25, 0.15, 5500.0),
}


@dataclasses.dataclass(frozen=True)
class Syllable:
    """A consonant, a vowel, and the strength of the accent on them, 0 to 1."""

    consonant: str
    vowel: str
    accent: float


@dataclasses.dataclass(frozen=True)
class Controls:
    """Control tracks of a voice, one value every `FRAME_MS`, float64.

    Attributes:
      pitch_hz: `[num_frames]`, the pitch.
      voicing: `[num_frames]`, amplitude of the voiced source.
      noise: `[num_frames]`, amplitude of frication and bursts.
      noise_hz: `[num_frames]`, frequency at which that noise is strongest.
      formants_hz: `[num_frames, 5]`, the formants.
      tilt_db: Spectral slope of the voiced source, in dB per octave.
      breath_db: Level of the aspiration noise, relative to the voiced source.
      jitter: Standard deviation of the pulse positions, as a share of a period.
      shimmer: Standard deviation of the pulse amplitudes, as a share.
      creak: Share by which every second pulse is weakened, 0 to 1.
      energy_db: Level of the clip, relative to the speaker's neutral level.
    """

    pitch_hz: np.ndarray
    voicing: np.ndarray
    noise: np.ndarray
    noise_hz: np.ndarray
    formants_hz: np.ndarray
    tilt_db: float
    breath_db: float
    jitter: float
    shimmer: float
    creak: float
    energy_db: float


def draw_sentence(rng: np.random.Generator) -> tuple[Syllable, ...]:
    """Draws a random sentence of seven or eight syllables."""
    num_syllables = int(rng.integers(7, 9))
    consonants = rng.choice(sorted(_CONSONANTS), num_syllables)
    vowels = rng.choice(sorted(_VOWELS_HZ), num_syllables)
    accents = np.full(num_syllables, 0.15)
    accents[rng.choice(num_syllables, 2, replace=False)] = rng.uniform(0.7, 1.0, 2)
    return tuple(
        Syllable(str(consonant), str(vowel), float(accent))
        for consonant, vowel, accent in zip(consonants, vowels, accents, strict=True)
    )


def plan(
    sentence: tuple[Syllable, ...],
    *,
    speaker: Speaker,
    style: Style,
    rng: np.random.Generator,
) -> Controls:
    """Plans how a speaker says a sentence.

    Args:
      sentence: The syllables.
      speaker: The voice.
      style: The style of the clip.
      rng: The clip's source of randomness, for lengths and accents.

    Returns:
      The control tracks.
    """
    num_syllables = len(sentence)
    accents = np.array([syllable.accent for syllable in sentence])
    accents = accents * rng.uniform(0.7, 1.3, num_syllables)
    rate = speaker.syllables_per_s / 5.4 * 2.0**style.tempo_octaves
    stretch = rng.uniform(0.85, 1.15, num_syllables) / rate
    stretch[-1] *= 1.3  # The last syllable of an utterance is lengthened.

    # A row for each stretch of speech: voicing, noise, noise_hz, formants.
    pause = (0.0, 0.0, 3000.0, *_VOWELS_HZ["schwa"], *_UPPER_FORMANTS_HZ)
    rows = [pause]
    seconds = [rng.uniform(0.06, 0.12)]
    centres_s = []
    for syllable, accent, factor in zip(sentence, accents, stretch, strict=True):
        consonant = _CONSONANTS[syllable.consonant]
        formants = (*_VOWELS_HZ[syllable.vowel], *_UPPER_FORMANTS_HZ)
        rows.append((0.0, 0.0, consonant.noise_hz, *formants))
        seconds.append(consonant.duration_s * consonant.closure * factor)
        rows.append((consonant.voicing, consonant.noise, consonant.noise_hz, *formants))
        seconds.append(consonant.duration_s * (1 - consonant.closure) * factor)
        vowel_s = (0.09 + 0.05 * accent) * factor
        centres_s.append(sum(seconds) + vowel_s / 2)
        rows.append((10 ** (0.25 * accent - 0.1), 0.0, consonant.noise_hz, *formants))
        seconds.append(vowel_s)
    rows.append(pause)
    seconds.append(rng.uniform(0.08, 0.15))

    ends = np.round(np.cumsum(seconds) * 1000 / FRAME_MS).astype(int)
    tracks = np.repeat(np.array(rows), np.diff(ends, prepend=0), axis=0)
    # In loud speech the mouth opens wider, which raises the first formant.
    formants_hz = _smoothed(tracks[:, 3:], 13) * speaker.tract_scale
    formants_hz[:, 0] *= 1 + 0.012 * style.energy_db
    levels = _smoothed(tracks[:, :2], 5)
    return Controls(
        pitch_hz=_pitch_hz(
            len(tracks), np.array(centres_s), accents, speaker, style, rng
        ),
        voicing=levels[:, 0],
        noise=levels[:, 1],
        noise_hz=tracks[:, 2],
        formants_hz=formants_hz,
        tilt_db=max(speaker.tilt_db + style.tilt_db, 0.5),
        breath_db=min(speaker.breath_db + style.breath_db, -6.0),
        jitter=speaker.jitter * (1 + 2 * style.tremor_semitones + style.creak),
        shimmer=speaker.shimmer,
        creak=style.creak,
        energy_db=style.energy_db,
    )


def _pitch_hz(
    num_frames: int,
    centres_s: np.ndarray,
    accents: np.ndarray,
    speaker: Speaker,
    style: Style,
    rng: np.random.Generator,
) -> np.ndarray:
    """Returns the pitch, float64 `[num_frames]`, in Hz.

    `centres_s` and `accents` are `[num_syllables]`: the middle of each vowel, in
    seconds, and the strength of its accent.
    """
    time_s = np.arange(num_frames) * FRAME_MS / 1000
    t = time_s / time_s[-1]
    bumps = np.exp(-0.5 * ((time_s[:, None] - centres_s) / 0.07) ** 2) @ accents
    tremor = np.sin(2 * np.pi * (6.0 + rng.random()) * time_s)
    semitones = (
        style.pitch_semitones
        + 2.0**style.range_octaves * (2.5 * bumps + 3 * (0.5 - t))
        + style.final_semitones * np.clip((t - 0.6) / 0.35, 0, 1)
        + style.tremor_semitones * tremor
    )
    return np.clip(speaker.pitch_hz * 2 ** (semitones / 12), 50, 600)


def _smoothed(tracks: np.ndarray, num_frames: int) -> np.ndarray:
    """Smooths tracks `[num_frames, num_tracks]`, as articulators glide; same shape.

    `num_frames`, the length of the smoothing window, is odd.
    """
    kernel = np.hanning(num_frames + 2)[1:-1]
    kernel /= kernel.sum()
    reach = num_frames // 2
    padded = np.pad(tracks, ((reach, reach), (0, 0)), mode="edge")
    columns = [np.convolve(column, kernel, mode="valid") for column in padded.T]
    return np.stack(columns, axis=1)
