"""Draws the pictures of a clip: a room, the people in it, and sensor noise."""

from collections.abc import Iterator

import cv2
import numpy as np

from data_tools.synthesis.face_figure import Figure
from data_tools.synthesis.face_motion import Performance
from data_tools.synthesis.face_style import Face

# Each frame takes its noise from a larger field, shifted by up to this many pixels.
_NOISE_SHIFT = 48
_NOISE_MIDDLE = 64


def draw_frames(
    performances: tuple[Performance, ...],
    *,
    width: int,
    height: int,
    rng: np.random.Generator,
) -> Iterator[np.ndarray]:
    """Draws the frames of a clip.

    Args:
      performances: The speaker, in whose room the clip is filmed, then bystanders.
      width: Width of a frame, in pixels.
      height: Height of a frame, in pixels.
      rng: The clip's source of randomness, for the sensor noise.

    Yields:
      Frames, each uint8 `[height, width, 3]`, RGB.
    """
    speaker = performances[0]
    figures = [Figure(performance, height) for performance in performances]
    noise = _noise_field(speaker.face.noise, width, height, rng)
    scenes: dict[tuple[int, ...], np.ndarray] = {}
    for index in range(len(speaker.motion.yaw)):
        # The speaker is in front of the others and so is drawn last.
        seen = tuple(
            number
            for number in reversed(range(len(figures)))
            if figures[number].motion.is_visible[index]
        )
        if seen not in scenes:
            scenes[seen] = _room(speaker.face, width, height)
            for number in seen:
                figures[number].draw_shoulders(scenes[seen])
        level = float(speaker.motion.light_level[index])
        picture = cv2.convertScaleAbs(scenes[seen], alpha=level)
        for number in seen:
            figures[number].draw(picture, index)
        top, left = rng.integers(0, _NOISE_SHIFT, 2)
        grain = noise[top : top + height, left : left + width]
        yield cv2.addWeighted(picture, 1, grain, 1, -_NOISE_MIDDLE)


def _room(face: Face, width: int, height: int) -> np.ndarray:
    """Draws a wall with blurred things on it, uint8 `[height, width, 3]`, RGB."""
    rng = np.random.default_rng([face.texture_seed, 1])
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    light = 0.9 + 0.22 * np.sin(face.light_azimuth) * x - 0.12 * y - 0.1 * x * x
    wall = light[..., None] * np.array(face.wall) * 255
    for _ in range(int(rng.integers(1, 4))):
        left, top = rng.uniform(-0.1, 0.8) * width, rng.uniform(-0.1, 0.5) * height
        across, down = rng.uniform(0.15, 0.35, 2) * (width, 1.6 * height)
        rows = slice(max(round(top), 0), round(top + down))
        columns = slice(max(round(left), 0), round(left + across))
        wall[rows, columns] = wall[height // 2, width // 2] * rng.uniform(0.65, 1.25)
    wall = cv2.GaussianBlur(wall, (0, 0), height / 120)
    return np.clip(wall, 0, 255).astype(np.uint8)


def _noise_field(
    spread: float, width: int, height: int, rng: np.random.Generator
) -> np.ndarray:
    """Draws noise around `_NOISE_MIDDLE`, from which every frame cuts its own part.

    `spread` is the standard deviation in grey levels. Returns uint8
    `[height + _NOISE_SHIFT, width + _NOISE_SHIFT, 3]`.
    """
    shape = (height + _NOISE_SHIFT, width + _NOISE_SHIFT)
    grey = rng.standard_normal((*shape, 1), np.float32)
    tint = rng.standard_normal((*shape, 3), np.float32)
    return np.round(_NOISE_MIDDLE + spread * (0.8 * grey + 0.6 * tint)).astype(np.uint8)
