"""How emotions and speakers shape a synthesized face.

A speaker expresses an emotion by

    expressed = strength * gain * shared + scale * (habit + take)

for each attribute, as in `speaking_style`. `shared` is the same for all speakers,
`strength` depends on the speaker, `gain` and `habit` depend on the speaker and the
emotion, and `take` on the clip. Speaker and emotion are therefore confounded, as in
real faces.

The shared expressions follow the action units (Ekman & Friesen 1978, "Facial action
coding system") that EMFACS gives to the basic emotions (Friesen & Ekman 1983; Ekman &
Friesen 1975, "Unmasking the face"): anger 4+5+7+23, disgust 9+15+16, fear
1+2+4+5+20+26, happiness 6+12, sadness 1+4+15, surprise 1+2+5+26. Calm and boredom have
no action units of their own; here they are relaxed and heavy-lidded.
"""

import dataclasses

import numpy as np

from data_tools.synthesis.speaking_style import draw_habit

_TAKE_SPREAD = 0.2
HAIR_STYLES = ("short", "receding", "fringe", "long")

RGB = tuple[float, float, float]


@dataclasses.dataclass(frozen=True)
class Expression:
    """How a face differs from a face at rest; 1 is about as far as a face can go.

    Attributes:
      brow_height: Brows up (action units 1 and 2) or down (4).
      brow_slant: Inner ends of the brows up (1) or down (4).
      lid_opening: Upper lids up (5) or down (43).
      cheek_raise: Cheeks and lower lids up (6 and 7).
      nose_wrinkle: Nose wrinkled and upper lip up (9 and 10).
      mouth_curve: Corners of the mouth up (12) or down (15).
      mouth_opening: Lips apart and jaw down (25 and 26).
      mouth_width: Lips stretched (20) or tightened (23).
    """

    brow_height: float = 0.0
    brow_slant: float = 0.0
    lid_opening: float = 0.0
    cheek_raise: float = 0.0
    nose_wrinkle: float = 0.0
    mouth_curve: float = 0.0
    mouth_opening: float = 0.0
    mouth_width: float = 0.0


EXPRESSIONS = {
    "anger": Expression(-0.8, -0.9, 0.2, 0.4, 0.2, -0.3, 0.15, -0.3),
    "boredom": Expression(0.1, 0.1, -0.7, 0.0, 0.0, -0.25, 0.0, -0.1),
    "calm": Expression(0.0, 0.1, -0.2, 0.1, 0.0, 0.25, 0.0, 0.0),
    "disgust": Expression(-0.5, -0.4, -0.4, 0.5, 1.0, -0.5, 0.08, 0.0),
    "fear": Expression(0.7, 0.7, 0.8, 0.0, 0.0, -0.25, 0.35, 0.6),
    "happiness": Expression(0.1, 0.0, -0.1, 0.8, 0.1, 0.9, 0.3, 0.6),
    "neutral": Expression(),
    "sadness": Expression(-0.1, 0.9, -0.5, 0.1, 0.0, -0.8, 0.0, -0.2),
    "surprise": Expression(1.0, 0.1, 0.9, 0.0, 0.0, 0.0, 0.85, -0.4),
}

_HAIR = (
    (0.10, 0.08, 0.07),
    (0.24, 0.16, 0.11),
    (0.42, 0.29, 0.18),
    (0.66, 0.52, 0.33),
    (0.48, 0.22, 0.12),
    (0.55, 0.54, 0.53),
)
_HAIR_SHARES = (0.28, 0.3, 0.18, 0.1, 0.06, 0.08)
_IRIS = (
    (0.25, 0.15, 0.09),
    (0.33, 0.22, 0.12),
    (0.28, 0.36, 0.45),
    (0.30, 0.36, 0.25),
)

# One unit of habit or take, about the spread of each attribute over the expressions.
_SCALE = np.array([0.6, 0.5, 0.5, 0.35, 0.35, 0.55, 0.3, 0.35])


@dataclasses.dataclass(frozen=True)
class Face:
    """One person's head, and the room in which it is filmed.

    Lengths are in half head heights; colours are RGB, 0 to 1.

    Attributes:
      width: Half width of the head.
      jaw: Exponent of the outline below the cheeks; above 2.5 the jaw is square.
      eye_distance: Distance from the middle of the face to the middle of an eye.
      eye_size: Half width of an eye.
      eye_height: How far the eyes lie below the middle of the head.
      brow_thickness: Thickness of the brows.
      nose_length: Distance from the eyes to the tip of the nose.
      nose_width: Half width of the tip of the nose.
      mouth_width: Half width of the closed mouth.
      lip_height: Height of both lips together.
      skin: Colour of the skin.
      hair: Colour of hair, brows and beard.
      iris: Colour of the irises.
      lips: Colour of the lips.
      clothes: Colour of the clothes.
      wall: Colour of the background.
      hair_style: One of `HAIR_STYLES`.
      hairline: Height of the hair's edge above the middle of the head.
      beard: How dense, 0 (shaven) to 1.
      size: Half head height, as a share of the frame height.
      yaw: Mean turn of the head, in radians.
      light_azimuth: Mean direction of the light, in radians; 0 is the camera.
      light_level: Mean brightness; 1 is neutral.
      ambience: Share of the light that is ambient.
      noise: Standard deviation of the sensor noise, in grey levels.
      rest: The expression at rest, which is never quite neutral.
      habits: How the person expresses every emotion.
      texture_seed: Seed of the hair's strands, the skin's grain and the background.
    """

    width: float
    jaw: float
    eye_distance: float
    eye_size: float
    eye_height: float
    brow_thickness: float
    nose_length: float
    nose_width: float
    mouth_width: float
    lip_height: float
    skin: RGB
    hair: RGB
    iris: RGB
    lips: RGB
    clothes: RGB
    wall: RGB
    hair_style: str
    hairline: float
    beard: float
    size: float
    yaw: float
    light_azimuth: float
    light_level: float
    ambience: float
    noise: float
    rest: Expression
    habits: dict[str, Expression]
    texture_seed: int


def draw_face(rng: np.random.Generator, *, is_female: bool) -> Face:
    """Draws a random person with habits, clothes and a room.

    Args:
      rng: Source of randomness; the same state gives the same person.
      is_female: Women have a rounder jaw, thinner brows, fuller lips, more often long
        hair, and no beard.

    Returns:
      The person.
    """
    strength = rng.uniform(0.7, 1.1)
    habits = {
        emotion: Expression(*draw_habit(EXPRESSIONS[emotion], _SCALE, strength, rng))
        for emotion in sorted(EXPRESSIONS)
    }
    rest = 0.15 * _SCALE * rng.standard_normal(_SCALE.size)
    skin = mixed((0.90, 0.73, 0.63), (0.55, 0.38, 0.28), rng.beta(1.0, 2.4))
    hair_tone = rng.choice(len(_HAIR), p=_HAIR_SHARES)
    styles = ("long", "long", "fringe") if is_female else ("short", *HAIR_STYLES[:3])
    has_beard = not is_female and rng.random() < 0.4
    return Face(
        width=float(np.clip(rng.normal(0.71 if is_female else 0.73, 0.025), 0.66, 0.8)),
        jaw=float(np.clip(rng.normal(2.2 if is_female else 2.6, 0.2), 1.8, 3.1)),
        eye_distance=float(np.clip(rng.normal(0.275, 0.012), 0.25, 0.3)),
        eye_size=float(np.clip(rng.normal(0.125, 0.007), 0.11, 0.14)),
        eye_height=float(np.clip(rng.normal(0.07, 0.02), 0.03, 0.11)),
        brow_thickness=rng.uniform(0.03, 0.045)
        if is_female
        else rng.uniform(0.045, 0.07),
        nose_length=float(np.clip(rng.normal(0.36, 0.02), 0.31, 0.41)),
        nose_width=float(np.clip(rng.normal(0.095, 0.01), 0.075, 0.12)),
        mouth_width=float(np.clip(rng.normal(0.215, 0.015), 0.18, 0.25)),
        lip_height=float(rng.normal(0.105 if is_female else 0.085, 0.01)),
        skin=skin,
        hair=mixed(_HAIR[hair_tone], (0.2, 0.15, 0.1), rng.uniform(0, 0.3)),
        iris=_IRIS[rng.integers(len(_IRIS))],
        lips=mixed(skin, (0.70, 0.22, 0.24), rng.uniform(0.4, 0.6)),
        clothes=_drawn_colour(rng, 0.1, 0.7),
        wall=_drawn_colour(rng, 0.35, 0.8),
        hair_style=str(rng.choice(styles)),
        hairline=float(np.clip(rng.normal(0.56, 0.04), 0.48, 0.64)),
        beard=rng.uniform(0.25, 0.9) if has_beard else 0.0,
        size=float(np.clip(rng.normal(0.3, 0.015), 0.27, 0.33)),
        yaw=float(np.clip(rng.normal(0, 0.07), -0.15, 0.15)),
        light_azimuth=rng.uniform(-0.7, 0.7),
        light_level=rng.uniform(0.85, 1.1),
        ambience=rng.uniform(0.35, 0.55),
        noise=rng.uniform(1.5, 3.0),
        rest=Expression(*rest.tolist()),
        habits=habits,
        texture_seed=int(rng.integers(2**31)),
    )


def express_face(
    face: Face,
    emotion: str,
    rng: np.random.Generator,
    *,
    intensity: float = 1.0,
) -> Expression:
    """Draws how a person's face expresses an emotion in one clip.

    Args:
      face: The person.
      emotion: A key of `EXPRESSIONS`.
      rng: The clip's source of randomness.
      intensity: Factor on the person's habit.

    Returns:
      The expression at its apex: attributes in [-1.3, 1.3]; in [0, 1.3] for mouth
      opening, nose wrinkle and cheeks.
    """
    habit = np.array(dataclasses.astuple(face.habits[emotion]))
    take = _TAKE_SPREAD * _SCALE * rng.standard_normal(habit.size)
    return _possible(np.clip(intensity * habit + take, -1.3, 1.3))


def blend(
    rest: Expression, apex: Expression, strength: float, speech: float
) -> Expression:
    """Mixes rest and apex, and adds the movements of speech.

    Args:
      rest: The expression at rest.
      apex: The expression at its strongest.
      strength: 0 gives the expression at rest, 1 the apex.
      speech: How far the voice opens the mouth, 0 to 1.

    Returns:
      The expression of one frame.
    """
    low, high = (np.array(dataclasses.astuple(end)) for end in (rest, apex))
    silent = _possible(low + strength * (high - low))
    return dataclasses.replace(
        silent,
        mouth_opening=silent.mouth_opening + 0.4 * speech,
        mouth_width=silent.mouth_width - 0.15 * speech,
    )


def _possible(attributes: np.ndarray) -> Expression:
    """Makes an expression of float64 `[8]`, with 0 for values that no face can have.

    Cheeks, nose wrinkle and mouth opening cannot be negative.
    """
    drawn = Expression(*attributes.tolist())
    return dataclasses.replace(
        drawn,
        cheek_raise=max(drawn.cheek_raise, 0.0),
        nose_wrinkle=max(drawn.nose_wrinkle, 0.0),
        mouth_opening=max(drawn.mouth_opening, 0.0),
    )


def mixed(one: RGB, other: RGB, share: float) -> RGB:
    """Mixes two colours: `share` 0 gives the first one, 1 the other one."""
    red, green, blue = (
        float((1 - share) * a + share * b) for a, b in zip(one, other, strict=True)
    )
    return red, green, blue


def _drawn_colour(rng: np.random.Generator, low: float, high: float) -> RGB:
    """Draws a muted colour: grey, from `low` to `high`, with a tint."""
    grey = rng.uniform(low, high)
    red, green, blue = np.clip(grey + rng.uniform(-0.07, 0.07, 3), 0, 1).tolist()
    return red, green, blue
