"""Projects a textured head into a picture and shades it.

A head is a stack of ellipses with half axes a and c (see `face_texture`). Seen from far
away, the point at the azimuth t of an ellipse that is turned by psi lies at

    X = a sin t cos psi + c cos t sin psi = w sin(t + phi),
    w^2 = a^2 cos^2 psi + c^2 sin^2 psi,  phi = atan2(c sin psi, a cos psi)

so that the azimuth t of every pixel follows in closed form. A nod only shifts points up
or down, by how far they stand out. The light is ambient and Lambertian with a little
gloss.
"""

import dataclasses

import cv2
import numpy as np

from data_tools.synthesis import face_texture
from data_tools.synthesis.face_texture import HeadTexture

_GLOSS = 0.10
_ELEVATION = 0.45


@dataclasses.dataclass(frozen=True)
class Pose:
    """Where a head is in one frame and how it is lit.

    Attributes:
      x: Column of the middle of the head, in pixels.
      y: Row of the middle of the head, in pixels.
      size: Half head height, in pixels.
      yaw: Turn, in radians.
      pitch: Nod, in radians.
      roll: Tilt, in radians.
      light_azimuth: Direction of the light, in radians; 0 is the camera.
      light_level: Brightness; 1 is neutral.
      ambience: Share of the light that is ambient.
    """

    x: float
    y: float
    size: float
    yaw: float
    pitch: float
    roll: float
    light_azimuth: float
    light_level: float
    ambience: float


def light_direction(azimuth: float) -> np.ndarray:
    """Returns the unit vector `[3]` to the light: right, down, to the camera."""
    level = np.cos(_ELEVATION)
    return np.array(
        [np.sin(azimuth) * level, -np.sin(_ELEVATION), np.cos(azimuth) * level]
    )


def draw_head(
    picture: np.ndarray, texture: HeadTexture, albedo: np.ndarray, pose: Pose
) -> None:
    """Draws a head over a picture.

    Args:
      picture: uint8 `[height, width, 3]`, RGB; drawn into.
      texture: The shape of the head.
      albedo: uint8 `[face_texture.HEIGHT, face_texture.WIDTH, 3]`, RGB, skin and hair
        with brows, eyes and mouth.
      pose: Place, turn and light; parts of the head may lie outside of the picture.
    """
    ring, _ = _ring(texture.face.width, pose.yaw)
    reach_x = (ring + 0.08 + 0.6 * abs(np.sin(pose.roll))) * pose.size
    reach_y = 1.06 * pose.size
    left, right = _span(pose.x, reach_x, picture.shape[1])
    top, bottom = _span(pose.y, reach_y, picture.shape[0])
    if left >= right or top >= bottom:
        return
    # Geometry and light are smooth, so that half the resolution is enough.
    shape = (bottom - top, right - left)
    across = (np.arange(left, right, 2, np.float32) + 0.5 - pose.x) / pose.size
    down = (np.arange(top, bottom, 2, np.float32) + 0.5 - pose.y)[:, None] / pose.size
    surface = _surface(across, down, texture, pose)
    light = _shade(texture, surface, pose)
    sharp = [
        _enlarged(plane, shape)
        for plane in (surface.columns, surface.rows, surface.inside * pose.size, light)
    ]
    columns, rows, inside, light = sharp

    colour = cv2.remap(albedo, columns, rows, cv2.INTER_LINEAR, None, cv2.BORDER_WRAP)
    part = picture[top:bottom, left:right]
    # Fixed-point bytes are several times as fast as floats here.
    lit = cv2.multiply(colour, _grey_bytes(light * 128), scale=1 / 128)
    lay_over(part, lit, _grey_bytes((inside + 0.5) * 255))


def lay_over(part: np.ndarray, colour: np.ndarray, cover: np.ndarray) -> None:
    """Draws `colour` over `part` where `cover` is 255: uint8 `[height, width, 3]`."""
    kept = cv2.multiply(part, cv2.bitwise_not(cover), scale=1 / 255)
    part[:] = cv2.add(kept, cv2.multiply(colour, cover, scale=1 / 255))


@dataclasses.dataclass(frozen=True)
class _Surface:
    """The point of the head behind every pixel: float32 `[height, width]` each.

    Attributes:
      columns: Column of the texture.
      rows: Row of the texture.
      inside: Distance from the outline, in half head heights; negative outside.
      facing: How squarely the surface faces the camera, 0 to 1.
    """

    columns: np.ndarray
    rows: np.ndarray
    inside: np.ndarray
    facing: np.ndarray


def _surface(
    across: np.ndarray, down: np.ndarray, texture: HeadTexture, pose: Pose
) -> _Surface:
    """Finds the point of the head behind every pixel.

    `across` `[width]` and `down` `[height, 1]` are the places of the pixels from the
    middle of the head, in half head heights.
    """
    ring, phase = _ring(texture.face.width, pose.yaw)
    cos, sin = np.cos(pose.roll), np.sin(pose.roll)
    x, y = across * cos + down * sin, down * cos - across * sin
    # Depth and height of a point depend on each other: two iterations are enough.
    height = y
    for _ in range(2):
        width = texture.radius(height) * ring
        depth = np.sqrt(np.maximum(width * width - x * x, 0))
        height = (y - depth * np.sin(pose.pitch)) / np.cos(pose.pitch)
    width = texture.radius(height) * ring
    sine = np.clip(x / np.maximum(width, 1e-3), -1, 1)
    azimuth = np.arcsin(sine) - phase
    beyond = np.minimum(1 - np.abs(height), 0)
    return _Surface(
        columns=(azimuth / (2 * np.pi) + 0.5) * face_texture.WIDTH - 0.5,
        rows=(height + 1) / 2 * face_texture.HEIGHT - 0.5,
        inside=width - np.abs(x) + beyond,
        facing=np.sqrt(1 - sine * sine),
    )


def _ring(width: float, yaw: float) -> tuple[float, float]:
    """Returns w (in half head heights) and phi (in radians) of the formula above."""
    near, far = width * np.cos(yaw), width * face_texture.DEPTH * np.sin(yaw)
    return float(np.hypot(near, far)), float(np.arctan2(far, near))


def _span(middle: float, reach: float, limit: int) -> tuple[int, int]:
    """Returns the first pixel within reach and the one behind the last."""
    first, last = int(np.floor(middle - reach)), int(np.ceil(middle + reach)) + 1
    return max(first, 0), min(last, limit)


def _enlarged(plane: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Doubles the resolution of `[height, width]` and cuts to `shape`, as float32."""
    height, width = plane.shape
    doubled = cv2.resize(plane.astype(np.float32), (2 * width, 2 * height))
    return doubled[: shape[0], : shape[1]]


def _grey_bytes(plane: np.ndarray) -> np.ndarray:
    """Converts `[height, width]` to grey, uint8 `[height, width, 3]`."""
    return cv2.cvtColor(np.clip(plane, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2RGB)


def _shade(texture: HeadTexture, surface: _Surface, pose: Pose) -> np.ndarray:
    """Returns the brightness of every pixel, `[height, width]`; 1 is neutral."""
    light = _to_head(light_direction(pose.light_azimuth), pose)
    halfway = light + _to_head(np.array([0.0, 0.0, 1.0]), pose)
    halfway /= np.linalg.norm(halfway)
    scale = texture.normals.shape[1] / face_texture.WIDTH
    columns, rows = (
        (grid + 0.5) * scale - 0.5 for grid in (surface.columns, surface.rows)
    )
    normals = cv2.remap(
        texture.normals,
        columns.astype(np.float32),
        rows.astype(np.float32),
        cv2.INTER_LINEAR,
        None,
        cv2.BORDER_WRAP,
    )
    diffuse = np.maximum(normals @ light.astype(np.float32), 0)
    gloss = np.maximum(normals @ halfway.astype(np.float32), 0) ** 16
    shade = pose.ambience + (1.18 - pose.ambience) * diffuse + _GLOSS * gloss
    # Surfaces at a grazing angle are darker.
    return shade * (0.72 + 0.28 * surface.facing) * pose.light_level


def _to_head(direction: np.ndarray, pose: Pose) -> np.ndarray:
    """Turns a direction `[3]` from the axes of the camera into those of the head."""
    x, y, z = direction
    cos, sin = np.cos(pose.roll), np.sin(pose.roll)
    x, y = x * cos + y * sin, y * cos - x * sin
    cos, sin = np.cos(pose.pitch), np.sin(pose.pitch)
    y, z = y * cos - z * sin, z * cos + y * sin
    cos, sin = np.cos(pose.yaw), np.sin(pose.yaw)
    return np.array([x * cos - z * sin, y, z * cos + x * sin])
