"""Projects a textured head into a picture and shades it.

With a turn of psi a ring of the stack of ellipses (see `face_texture`), seen from afar,
spans

    X = a sin t cos psi + c cos t sin psi = w sin(t + phi),
    w^2 = a^2 cos^2 psi + c^2 sin^2 psi,  phi = atan2(c sin psi, a cos psi)

so that the azimuth t of every pixel follows in closed form; a nod only shifts heights
by how far a point stands out. Light is ambient, Lambertian, and a little gloss.
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
      x: Column of its middle, in pixels.
      y: Row of its middle, in pixels.
      size: Half head height, in pixels.
      yaw: Turn, in radians.
      pitch: Nod, in radians.
      roll: Tilt, in radians.
      light_azimuth: Where the light comes from, in radians; 0 is the camera.
      light_level: Brightness of all light.
      ambience: Share of the light that comes from everywhere.
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
    """Unit vector to a light somewhat above the camera: right, down, to the camera."""
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
      texture: The head.
      albedo: uint8 `[face_texture.HEIGHT, face_texture.WIDTH, 3]`, with features.
      pose: Where and how; parts beyond the picture are cut off.
    """
    ring, _ = _ring(texture.face.width, pose.yaw)
    reach_x = (ring + 0.08 + 0.6 * abs(np.sin(pose.roll))) * pose.size
    reach_y = 1.06 * pose.size
    left, right = _span(pose.x, reach_x, picture.shape[1])
    top, bottom = _span(pose.y, reach_y, picture.shape[0])
    if left >= right or top >= bottom:
        return
    # Geometry and light are smooth enough for half the resolution.
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
    # Bytes with a fixed point are several times as fast as floats here.
    lit = cv2.multiply(colour, _grey_bytes(light * 128), scale=1 / 128)
    lay_over(part, lit, _grey_bytes((inside + 0.5) * 255))


def lay_over(part: np.ndarray, colour: np.ndarray, cover: np.ndarray) -> None:
    """Draws a picture over a part of another; all are uint8 `[height, width, 3]`."""
    kept = cv2.multiply(part, cv2.bitwise_not(cover), scale=1 / 255)
    part[:] = cv2.add(kept, cv2.multiply(colour, cover, scale=1 / 255))


@dataclasses.dataclass(frozen=True)
class _Surface:
    """What lies behind every pixel: float32 `[height, width]` each.

    Attributes:
      columns: Column of the texture.
      rows: Row of the texture.
      inside: Distance from the outline in half head heights, negative outside.
      facing: How squarely the surface faces the camera, 0 to 1.
    """

    columns: np.ndarray
    rows: np.ndarray
    inside: np.ndarray
    facing: np.ndarray


def _surface(
    across: np.ndarray, down: np.ndarray, texture: HeadTexture, pose: Pose
) -> _Surface:
    ring, phase = _ring(texture.face.width, pose.yaw)
    cos, sin = np.cos(pose.roll), np.sin(pose.roll)
    x, y = across * cos + down * sin, down * cos - across * sin
    # How far a point stands out depends on its height, which depends on how far.
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
    near, far = width * np.cos(yaw), width * face_texture.DEPTH * np.sin(yaw)
    return float(np.hypot(near, far)), float(np.arctan2(far, near))


def _span(middle: float, reach: float, limit: int) -> tuple[int, int]:
    first, last = int(np.floor(middle - reach)), int(np.ceil(middle + reach)) + 1
    return max(first, 0), min(last, limit)


def _enlarged(plane: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Doubles the resolution and cuts to `shape`."""
    height, width = plane.shape
    doubled = cv2.resize(plane.astype(np.float32), (2 * width, 2 * height))
    return doubled[: shape[0], : shape[1]]


def _grey_bytes(plane: np.ndarray) -> np.ndarray:
    """Rounds to uint8 `[height, width, 3]`, three times the same."""
    return cv2.cvtColor(np.clip(plane, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2RGB)


def _shade(texture: HeadTexture, surface: _Surface, pose: Pose) -> np.ndarray:
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
    # Less of the room's light reaches surfaces that are seen at a grazing angle.
    return shade * (0.72 + 0.28 * surface.facing) * pose.light_level


def _to_head(direction: np.ndarray, pose: Pose) -> np.ndarray:
    """Turns a direction seen by the camera into the head's own axes."""
    x, y, z = direction
    cos, sin = np.cos(pose.roll), np.sin(pose.roll)
    x, y = x * cos + y * sin, y * cos - x * sin
    cos, sin = np.cos(pose.pitch), np.sin(pose.pitch)
    y, z = y * cos - z * sin, z * cos + y * sin
    cos, sin = np.cos(pose.yaw), np.sin(pose.yaw)
    return np.array([x * cos - z * sin, y, z * cos + x * sin])
