"""One person in a picture: shoulders, neck, hair, ears and head."""

import cv2
import numpy as np

from data_tools.synthesis import face_features, face_projection, face_texture
from data_tools.synthesis.face_motion import Performance
from data_tools.synthesis.face_projection import Pose
from data_tools.synthesis.face_style import RGB, Face, blend

# Side, in pixels, of the small pictures of neck and hair that every frame transforms.
_SPRITE = 96
# Profile of the nose: share of the way from eyes to tip, and how far the nose stands
# out there, in half head heights.
_PROFILE = np.array([(-0.15, 0.0), (0.2, 0.03), (0.9, 0.11), (1.03, 0.11), (1.15, 0.0)])


class Figure:
    """Draws one person in one clip; holds what is the same in all frames."""

    def __init__(self, performance: Performance, frame_height: int) -> None:
        self.motion = performance.motion
        self._face = performance.face
        self._apex = performance.apex
        self._frame_height = frame_height
        self._texture = face_texture.make_texture(performance.face)
        azimuth = float(np.mean(self.motion.light_azimuth))
        self._neck = _neck_sprite(self._face, azimuth)
        self._mane = _mane_sprite(self._face)

    def draw(self, picture: np.ndarray, index: int) -> None:
        """Draws the person in frame `index` into uint8 `[height, width, 3]`, RGB."""
        motion = self.motion
        height, width = picture.shape[:2]
        pose = Pose(
            x=width / 2 + float(motion.x[index]) * height,
            y=height / 2 + float(motion.y[index]) * height,
            size=float(motion.size[index]) * height,
            yaw=float(motion.yaw[index]),
            pitch=float(motion.pitch[index]),
            roll=float(motion.roll[index]),
            light_azimuth=float(motion.light_azimuth[index]),
            light_level=float(motion.light_level[index]),
            ambience=self._face.ambience,
        )
        expression = blend(
            self._face.rest,
            self._apex,
            float(motion.strength[index]),
            float(motion.speech[index]),
        )
        if self._face.hair_style == "long":
            _paste(picture, self._mane, self._mane_corners(pose), pose.light_level)
        _paste(picture, self._neck, self._neck_corners(pose, width), pose.light_level)
        if self._face.hair_style != "long":
            self._draw_ears(picture, pose)
        self._draw_profile(picture, pose)
        albedo = face_features.draw_features(
            self._texture,
            expression,
            lids=float(motion.lids[index]),
            gaze=float(motion.gaze[index]),
        )
        face_projection.draw_head(picture, self._texture, albedo, pose)

    def draw_shoulders(self, scene: np.ndarray) -> None:
        """Draws the shoulders, which do not move, into uint8 `[height, width, 3]`."""
        height, width = scene.shape[:2]
        x, y, size = self._rest(width)
        # The right half, from the collar to below the picture, in half head heights.
        outline = np.array(
            [(0.3, 1.2), (0.5, 1.3), (1.1, 1.46), (1.5, 1.62), (1.75, 1.9), (1.9, 4)]
        )
        outline = np.concatenate([outline, outline[::-1] * (-1, 1)])
        points = np.round((outline * size + (x, y)) * 16).astype(np.int32)
        mask = np.zeros((height, width), np.uint8)
        cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, 4)
        cover = (mask / np.float32(255))[..., None]
        depth = cv2.GaussianBlur(mask, (0, 0), 0.16 * size) / np.float32(255)
        azimuth = float(np.mean(self.motion.light_azimuth))
        tilt = np.clip((np.arange(width) - x) / (1.6 * size), -1, 1)
        light = (0.45 + 0.55 * depth) * (0.9 + 0.25 * np.sin(azimuth) * tilt)
        cloth = light[..., None] * np.array(self._face.clothes) * 255
        scene[:] = np.clip(scene + (cloth - scene) * cover, 0, 255)

    def _rest(self, frame_width: int) -> tuple[float, float, float]:
        """Returns mean x, y and size of the head, in pixels."""
        height = self._frame_height
        x = frame_width / 2 + float(np.mean(self.motion.x)) * height
        y = height / 2 + float(np.mean(self.motion.y)) * height
        return x, y, float(np.mean(self.motion.size)) * height

    def _neck_corners(self, pose: Pose, frame_width: int) -> np.ndarray:
        """Returns top left, top right and bottom left corner, `[3, 2]`, in pixels.

        The top moves with the jaw; the bottom is the collar, which does not move.
        """
        x, y, size = self._rest(frame_width)
        lean = np.sin(pose.roll)
        top_x, top_y = pose.x - 0.55 * pose.size * lean, pose.y + 0.5 * pose.size
        half = 0.35 * pose.size
        return np.array(
            [(top_x - half, top_y), (top_x + half, top_y), (x - half, y + 1.5 * size)]
        )

    def _mane_corners(self, pose: Pose) -> np.ndarray:
        """Returns top left, top right and bottom left corner, `[3, 2]`, in pixels."""
        cos, sin = np.cos(pose.roll) * pose.size, np.sin(pose.roll) * pose.size
        half = self._face.width * 1.22
        corners = np.array([(-half, -0.93), (half, -0.93), (-half, 1.45)])
        return corners @ np.array([(cos, sin), (-sin, cos)]) + (pose.x, pose.y)

    def _draw_ears(self, picture: np.ndarray, pose: Pose) -> None:
        """Draws both ears into uint8 `[height, width, 3]`."""
        # At a larger yaw the head would cover the ears.
        if abs(pose.yaw) > 1:
            return
        light = face_projection.light_direction(pose.light_azimuth)[0]
        for side in (-1, 1):
            level = pose.light_level * (0.62 + 0.2 * side * light)
            across = side * self._face.width * 0.99 * np.cos(pose.yaw)
            down = self._face.eye_height + 0.09 - side * 0.2 * np.sin(pose.pitch)
            cos, sin = np.cos(pose.roll), np.sin(pose.roll)
            x = pose.x + pose.size * (across * cos - down * sin)
            y = pose.y + pose.size * (across * sin + down * cos)
            angle = np.degrees(pose.roll) + 8 * side
            for share, shade in ((1.0, level), (0.6, 0.75 * level)):
                _ellipse(
                    picture,
                    (x, y),
                    (0.085 * share * pose.size, 0.17 * share * pose.size),
                    angle,
                    _bytes(self._face.skin, shade),
                )

    def _draw_profile(self, picture: np.ndarray, pose: Pose) -> None:
        """Draws the nose that stands out of the outline, into `[height, width, 3]`.

        The head, drawn later, covers the rest of the nose.
        """
        # A nose that points to the camera, or away from it, does not stand out.
        if not 0.3 < abs(pose.yaw) < 2:
            return
        face = self._face
        down = face.eye_height + face.nose_length * _PROFILE[:, 0]
        radius = face.width * face_texture.DEPTH * self._texture.radius(down)
        across = (radius + _PROFILE[:, 1]) * np.sin(pose.yaw)
        cos, sin = np.cos(pose.roll), np.sin(pose.roll)
        turned = np.stack([across * cos - down * sin, across * sin + down * cos], 1)
        points = np.round((turned * pose.size + (pose.x, pose.y)) * 16).astype(np.int32)
        side = np.sin(pose.light_azimuth) * np.sign(pose.yaw)
        tone = _bytes(face.skin, pose.light_level * (0.65 + 0.25 * side))
        cv2.fillPoly(picture, [points], tone, cv2.LINE_AA, 4)


def _neck_sprite(face: Face, azimuth: float) -> np.ndarray:
    """Draws a cylinder in the chin's shadow, uint8 `[_SPRITE, _SPRITE, 4]`, RGBA."""
    x = np.linspace(-1, 1, _SPRITE)
    y = np.linspace(0, 1, _SPRITE)[:, None]
    light = face_projection.light_direction(azimuth)
    shade = np.maximum(light[0] * x + light[2] * np.sqrt(1 - x * x), 0)
    shade = face.ambience + (1.1 - face.ambience) * shade
    shadow = 0.5 + 0.4 / (1 + np.exp(-(y - 0.78 + 0.1 * x * x) / 0.05))
    rgb = (shade * shadow)[..., None] * np.array(face.skin) * 255
    # The lower edge, the collar, is round.
    alpha = np.clip((0.8 + 0.2 * np.sqrt(1 - x * x) - y) * 40, 0, 1)
    return _rgba(rgb, alpha)


def _mane_sprite(face: Face) -> np.ndarray:
    """Draws long hair behind the head, uint8 `[_SPRITE, _SPRITE, 4]`, RGBA."""
    rng = np.random.default_rng([face.texture_seed, 2])
    noise = cv2.GaussianBlur(
        rng.standard_normal((_SPRITE, _SPRITE)), (0, 0), 0.9, sigmaY=9
    )
    x = np.linspace(-1, 1, _SPRITE)
    y = np.linspace(0, 1, _SPRITE)[:, None]
    shade = (0.5 + 0.14 * noise / noise.std()) * (1 - 0.35 * x * x)
    rgb = shade[..., None] * np.array(face.hair) * 255
    # A dome on top, nearly straight sides, and thin tips.
    half = np.where(
        y < 0.4, np.sqrt(1 - 0.98 * (np.maximum(0.4 - y, 0) / 0.4) ** 2), 1 - 0.12 * y
    )
    half = half * (0.9 + 0.03 * np.sin(9 * y))
    alpha = np.clip((half - np.abs(x)) * 14, 0, 1)
    alpha *= np.clip((1 - y - 0.03 * np.abs(noise / noise.std())) * 12, 0, 1)
    return _rgba(rgb, alpha)


def _rgba(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Joins colour `[height, width, 3]`, 0 to 255, and alpha, 0 to 1, as uint8."""
    joined = np.concatenate([rgb, 255 * alpha[..., None]], axis=-1)
    return np.clip(joined, 0, 255).astype(np.uint8)


def _paste(
    picture: np.ndarray, sprite: np.ndarray, corners: np.ndarray, level: float
) -> None:
    """Draws an RGBA sprite onto a parallelogram.

    Args:
      picture: uint8 `[height, width, 3]`; drawn into.
      sprite: uint8 `[_SPRITE, _SPRITE, 4]`.
      corners: `[3, 2]`, where the top left, top right and bottom left corners of the
        sprite go, in pixels.
      level: Factor on the colours.
    """
    fourth = corners[1] + corners[2] - corners[0]
    every = np.concatenate([corners, [fourth]])
    left, top = np.maximum(np.floor(every.min(axis=0)), 0).astype(int)
    right, bottom = np.ceil(every.max(axis=0)).astype(int) + 1
    right, bottom = min(right, picture.shape[1]), min(bottom, picture.shape[0])
    if left >= right or top >= bottom:
        return
    edge = _SPRITE - 1
    source = np.array([(0, 0), (edge, 0), (0, edge)], np.float32)
    target = (corners - (left, top)).astype(np.float32)
    matrix = cv2.getAffineTransform(source, target)
    warped = cv2.warpAffine(sprite, matrix, (int(right - left), int(bottom - top)))
    colour = cv2.convertScaleAbs(warped[..., :3], alpha=level)
    cover = cv2.cvtColor(warped[..., 3], cv2.COLOR_GRAY2RGB)
    face_projection.lay_over(picture[top:bottom, left:right], colour, cover)


def _ellipse(
    picture: np.ndarray,
    centre: tuple[float, float],
    axes: tuple[float, float],
    angle: float,
    colour: RGB,
) -> None:
    """Draws a filled ellipse into uint8 `[height, width, 3]`; `angle` in degrees.

    Centre and axes, in pixels, are rounded to 16ths.
    """
    x, y, across, along = (round(16 * value) for value in (*centre, *axes))
    cv2.ellipse(
        picture, (x, y), (across, along), angle, 0, 360, colour, -1, cv2.LINE_AA, 4
    )


def _bytes(colour: RGB, level: float) -> RGB:
    """Scales a colour in [0, 1] to [0, 255]."""
    red, green, blue = (min(round(255 * level * channel), 255) for channel in colour)
    return red, green, blue
