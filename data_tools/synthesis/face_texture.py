"""The texture of a synthesized head (skin and hair), and the shape of the head.

A head is a stack of ellipses. With the azimuth t (0 is the middle of the face) and the
height v (-1 is the crown, 1 the chin) the surface is

    x = width r(v) sin t,  y = v,  z = DEPTH width r(v) cos t

in half head heights: x to the right of the picture, y down, z to the camera. A texture
has one column for each azimuth and one row for each height. Nose, brows, eye sockets,
cheeks, lips and chin are a relief, which changes the normals but not the outline.

Below, `t`, `x` and `y` are float32 `[HEIGHT, WIDTH]`: azimuth in radians, and place in
half head heights, of every pixel of the texture.
"""

import dataclasses

import cv2
import numpy as np

from data_tools.synthesis.face_style import Face

WIDTH, HEIGHT = 480, 256
DEPTH = 1.15

_RADIUS_STEPS = 1024
_EAR = 1.62


@dataclasses.dataclass(frozen=True)
class HeadTexture:
    """One person's head at rest, without eyes, brows and mouth.

    Attributes:
      face: The person.
      albedo: uint8 `[HEIGHT, WIDTH, 3]`, RGB, the colours under full light.
      normals: float32 `[HEIGHT / 2, WIDTH / 2, 3]`, unit vectors.
      mouth_height: How far the mouth lies below the middle of the head, in half head
        heights.
      radii: float32 `[_RADIUS_STEPS + 1]`, the function r of the formula above,
        from the crown to the chin.
    """

    face: Face
    albedo: np.ndarray
    normals: np.ndarray
    mouth_height: float
    radii: np.ndarray

    def radius(self, heights: np.ndarray) -> np.ndarray:
        """Returns r, float32, for heights of any shape; same shape. Outside it is 0."""
        steps = (heights + 1) * (_RADIUS_STEPS / 2)
        return self.radii[np.clip(steps, 0, _RADIUS_STEPS).astype(np.int32)]

    def pixels(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Converts points of the face, seen from the front, to pixels of the texture.

        Args:
          x: float `[num_points]`, half head heights from the middle of the face.
          y: float `[num_points]`, half head heights from the middle of the head.

        Returns:
          float64 `[num_points, 2]`, column and row.
        """
        share = x / (self.face.width * np.maximum(self.radius(y), 0.1))
        azimuth = np.arcsin(np.clip(share, -1, 1))
        columns = (0.5 + azimuth / (2 * np.pi)) * WIDTH
        return np.stack([columns, (y + 1) / 2 * HEIGHT], axis=1)


def make_texture(face: Face) -> HeadTexture:
    """Paints a person's skin and hair and shapes the relief of the face."""
    rng = np.random.default_rng(face.texture_seed)
    mouth_height = face.eye_height + face.nose_length + 0.2
    radii = _radii(face.jaw)
    v = (np.arange(HEIGHT) + 0.5) / HEIGHT * 2 - 1
    r = np.interp(v, np.linspace(-1, 1, len(radii)), radii)
    azimuth = ((np.arange(WIDTH) + 0.5) / WIDTH - 0.5) * 2 * np.pi
    t, y = np.meshgrid(azimuth.astype(np.float32), v.astype(np.float32))
    r = r.astype(np.float32)
    # Behind the ears there is no face; there x keeps its largest value.
    x = face.width * r[:, None] * np.sin(np.clip(t, -np.pi / 2, np.pi / 2))

    skin = np.array(face.skin, np.float32) * _complexion(face, x, y, mouth_height, rng)
    is_bearded = face.beard * _beard(x, y, mouth_height, rng)[..., None]
    is_bearded *= np.clip((_EAR - np.abs(t)) / 0.25, 0, 1)[..., None]
    hair = np.array(face.hair, np.float32) * _strands(y, rng)[..., None]
    stubble = np.array(face.hair, np.float32) * 0.85
    skin = skin * (1 - is_bearded) + stubble * is_bearded
    is_hair = _hair_cover(face, t, x, y, rng)[..., None]
    albedo = skin * (1 - is_hair) + hair * is_hair
    if face.hair_style != "long":
        is_ear, shade = _ears(face, t, y)
        ear = np.array(face.skin, np.float32) * shade[..., None]
        albedo += is_ear[..., None] * (ear - albedo)
    return HeadTexture(
        face=face,
        albedo=np.round(np.clip(albedo, 0, 1) * 255).astype(np.uint8),
        normals=_normals(face, x, y, t, r, mouth_height, is_hair[..., 0], rng),
        mouth_height=mouth_height,
        radii=radii.astype(np.float32),
    )


def spot(
    x: np.ndarray,
    y: np.ndarray,
    centre: tuple[float, float],
    spread: tuple[float, float],
) -> np.ndarray:
    """Returns a Gaussian of height 1 on each side of the face, `[HEIGHT, WIDTH]`."""
    across = (np.abs(x) - centre[0]) / spread[0]
    along = (y - centre[1]) / spread[1]
    return np.exp(-0.5 * (across**2 + along**2))


def grain(rng: np.random.Generator, spread: tuple[float, float]) -> np.ndarray:
    """Draws smooth noise of unit variance.

    Args:
      rng: Source of randomness.
      spread: Size of a grain, in columns and rows, each at least 1.

    Returns:
      float32 `[HEIGHT, WIDTH]`.
    """
    columns, rows = round(WIDTH / spread[0]) + 1, round(HEIGHT / spread[1]) + 1
    coarse = rng.standard_normal((rows, columns), np.float32)
    noise = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return noise / noise.std()


def _radii(jaw: float) -> np.ndarray:
    """Returns r from the crown to the chin, float64 `[_RADIUS_STEPS + 1]`."""
    v = np.linspace(-1, 1, _RADIUS_STEPS + 1)
    skull = (1 - np.abs(v) ** 2.7) ** (1 / 2.3)
    chin = (1 - np.abs(v) ** jaw) ** 0.55
    return np.where(v < 0, skull, chin)


def _complexion(
    face: Face,
    x: np.ndarray,
    y: np.ndarray,
    mouth_height: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Returns a factor on the colour of the skin, `[HEIGHT, WIDTH, 3]`.

    It darkens hollows, which light hardly reaches, and reddens cheeks and nose.
    """
    eye, tip = face.eye_height, face.eye_height + face.nose_length
    shade = 1 - 0.34 * spot(x, y, (face.eye_distance, eye - 0.015), (0.14, 0.075))
    shade *= 1 - 0.20 * spot(x, y, (0.10, eye), (0.045, 0.07))
    shade *= 1 - 0.14 * spot(x, y, (face.eye_distance, eye + 0.1), (0.11, 0.025))
    shade *= 1 - 0.30 * spot(x, y, (0.0, tip + 0.065), (0.10, 0.025))
    shade *= 1 - 0.16 * spot(x, y, (face.nose_width + 0.03, tip), (0.025, 0.06))
    shade *= 1 - 0.20 * spot(x, y, (0.0, mouth_height + 0.13), (0.13, 0.035))
    shade *= 1 - 0.30 * np.clip((y - 0.86) / 0.14, 0, 1)
    shade *= 1 + 0.02 * grain(rng, (12, 12)) + 0.012 * grain(rng, (2, 2))
    red = spot(x, y, (0.36, tip - 0.05), (0.12, 0.10))
    red += 0.7 * spot(x, y, (0.0, tip), (0.08, 0.06))
    tint = np.stack([0.02 * red, -0.07 * red, -0.06 * red], axis=-1)
    return shade[..., None] * (1 + tint)


def _beard(
    x: np.ndarray, y: np.ndarray, mouth_height: float, rng: np.random.Generator
) -> np.ndarray:
    """Returns how much of the skin a full beard covers, `[HEIGHT, WIDTH]`, 0 to 1."""
    edge = mouth_height - 0.12
    edge = edge + 0.28 * np.exp(-0.5 * ((np.abs(x) - 0.33) / 0.08) ** 2)
    edge = edge - 0.5 / (1 + np.exp(-(np.abs(x) - 0.57) / 0.03))
    cover = 1 / (1 + np.exp(-(y - edge) / 0.025))
    thin = 1 - 0.35 * spot(x, y, (0.5, 0.25), (0.12, 0.3))
    return cover * thin * np.clip(0.8 + 0.12 * grain(rng, (1.5, 2.5)), 0, 1)


def _strands(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Returns a factor on the colour of the hair, `[HEIGHT, WIDTH]`."""
    sheen = 0.35 * np.exp(-0.5 * ((y + 0.74) / 0.09) ** 2)
    strands = 0.16 * grain(rng, (1.6, 40)) + 0.1 * grain(rng, (8, 60))
    return np.clip(0.95 + sheen + strands, 0.3, 2)


def _hair_cover(
    face: Face,
    t: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Returns how much of the head hair covers, `[HEIGHT, WIDTH]`, 0 to 1."""
    brim = -face.hairline - 0.06
    knots = [0.0, 0.7, 1.0, 1.2, 1.3, 1.42, 1.48, 1.75, 1.9, np.pi]
    edges = [
        brim,
        brim + 0.03,
        brim + 0.16,
        brim + 0.3,
        0.02,
        0.1,
        -0.1,
        -0.1,
        0.6,
        0.7,
    ]
    if face.hair_style == "long":
        knots = [0.0, 0.6, 0.85, 1.0, 1.15, 1.4, 1.7, np.pi]
        edges = [brim, brim + 0.05, brim + 0.3, 0.1, 0.5, 0.65, 1.2, 1.2]
    if face.hair_style == "fringe":
        edges[:2] = [brim + 0.24, brim + 0.22]
    if face.hair_style == "receding":
        edges[:3] = [brim - 0.06, brim - 0.2, brim - 0.02]
    edge = np.interp(np.abs(t), knots, edges)
    rough = 0.014 if face.hair_style == "fringe" else 0.008
    edge = edge + rough * (grain(rng, (7, 100)) + 0.6 * grain(rng, (1.6, 30)))
    # The hair is combed to one side, which raises its edge on the other side.
    side = rng.choice([-1, 1])
    edge = edge + rng.uniform(0.08, 0.25) * side * x * np.exp(-((x / 0.35) ** 2))
    edge = edge - 0.06 * np.exp(-0.5 * ((x + side * 0.22) / 0.13) ** 2)
    return 1 / (1 + np.exp(np.clip((y - edge) / 0.018, -50, 50)))


def _ears(face: Face, t: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns where the ears are, 0 to 1, and a factor on their colour.

    Both are `[HEIGHT, WIDTH]`.
    """
    across = (np.abs(t) - _EAR) / 0.15
    along = (y - face.eye_height - 0.09) / 0.17
    distance = np.hypot(across, along + 0.3 * across)
    shade = 0.8 - 0.35 * np.exp(-0.5 * ((distance - 0.55) / 0.16) ** 2)
    return np.clip((1 - distance) * 8, 0, 1), shade


def _normals(
    face: Face,
    x: np.ndarray,
    y: np.ndarray,
    t: np.ndarray,
    r: np.ndarray,
    mouth_height: float,
    is_hair: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Returns `HeadTexture.normals`; `r` is float32 `[HEIGHT]`, `is_hair` 0 to 1."""
    relief = _relief(face, x, y, mouth_height) * (1 - is_hair)
    relief += 0.004 * is_hair * grain(rng, (1.6, 30))
    relief[np.abs(t) > 1.4] *= 0.3
    relief = cv2.GaussianBlur(relief, (0, 0), 1.2)
    across_step = 2 * np.pi / WIDTH * face.width * np.maximum(r, 0.3)[:, None]
    across = np.gradient(relief, axis=1) / across_step
    along = np.gradient(relief, axis=0) / (2 / HEIGHT)
    slope = np.clip(np.gradient(r) / (2 / HEIGHT), -3, 3)[:, None]
    normals = np.stack(
        [
            np.sin(t) - across * np.cos(t),
            -slope * face.width - along,
            np.cos(t) / DEPTH + across * np.sin(t),
        ],
        axis=-1,
    )
    normals = cv2.resize(
        normals, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA
    )
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return normals.astype(np.float32)


def _relief(
    face: Face, x: np.ndarray, y: np.ndarray, mouth_height: float
) -> np.ndarray:
    """Returns how far features stand out, `[HEIGHT, WIDTH]`, in half head heights."""
    eye, tip = face.eye_height, face.eye_height + face.nose_length
    rise = np.clip((y - eye + 0.06) / (face.nose_length + 0.06), 0, 1)
    # The nose ends steeply below its tip.
    ridge = (0.02 + 0.1 * rise) / (
        1 + np.exp(np.clip((y - tip - 0.03) / 0.015, -50, 50))
    )
    spread = 0.042 + (0.55 * face.nose_width - 0.01) * rise**2
    nose = np.where(y > eye - 0.12, ridge, 0) * np.exp(-0.5 * (x / spread) ** 2)
    return (
        nose
        + 0.030 * spot(x, y, (face.nose_width, tip), (0.03, 0.035))
        - 0.045 * spot(x, y, (face.eye_distance, eye), (0.12, 0.08))
        + 0.022 * spot(x, y, (face.eye_distance, eye), (0.09, 0.05))
        + 0.020 * spot(x, y, (face.eye_distance, eye - 0.15), (0.16, 0.05))
        + 0.030 * spot(x, y, (0.38, tip - 0.08), (0.12, 0.10))
        + 0.025 * spot(x, y, (0.0, mouth_height), (0.15, 0.07))
        - 0.015 * spot(x, y, (0.0, mouth_height + 0.14), (0.12, 0.03))
        + 0.030 * spot(x, y, (0.0, mouth_height + 0.25), (0.11, 0.07))
    )
