"""Draws the parts of a face that an expression moves: brows, eyes, folds and mouth.

Everything is drawn into a copy of the head's texture, so that it turns with the head.
Lengths are in half head heights: x to the right of the picture from the middle of the
face, y down from the middle of the head. Each `_sketch_*` function adds one part to a
sketch; `side` is -1 for the left half of the picture and 1 for the right half.
"""

import cv2
import numpy as np

from data_tools.synthesis.face_style import RGB, Expression, mixed
from data_tools.synthesis.face_texture import HeadTexture

# OpenCV takes points in 16ths of a pixel.
_SHIFT = 4

_SIDES = (-1.0, 1.0)
_ALONG = np.linspace(-1, 1, 17)
_CIRCLE = np.exp(1j * np.linspace(0, 2 * np.pi, 20, endpoint=False))
_TEETH: RGB = (0.88, 0.85, 0.78)
_SCLERA: RGB = (0.86, 0.84, 0.81)
_DARK: RGB = (0.16, 0.06, 0.06)


def draw_features(
    texture: HeadTexture, expression: Expression, *, lids: float, gaze: float
) -> np.ndarray:
    """Draws the expression of one frame on a head.

    Args:
      texture: The head.
      expression: The expression, including the movements of speech.
      lids: Factor on the opening of the lids; 0 is closed.
      gaze: Where the eyes look, -1 (left of the picture) to 1.

    Returns:
      uint8 `[HEIGHT, WIDTH, 3]`, RGB: the head's albedo with brows, eyes and mouth.
    """
    sketch = _Sketch()
    _sketch_forehead(sketch, texture, expression)
    for side in _SIDES:
        _sketch_folds(sketch, texture, expression, side)
        _sketch_eye(sketch, texture, expression, side, lids, gaze)
        _sketch_brow(sketch, texture, expression, side)
    _sketch_nose(sketch, texture, expression)
    _sketch_mouth(sketch, texture, expression)
    return sketch.drawn_on(texture)


class _Sketch:
    """Lines and polygons, in the order in which they are drawn.

    Points are float `[num_points]`, x and y in half head heights.
    """

    def __init__(self) -> None:
        self._x: list[np.ndarray] = []
        self._y: list[np.ndarray] = []
        self._styles: list[tuple[RGB, int]] = []

    def line(self, x: np.ndarray, y: np.ndarray, colour: RGB, thickness: int) -> None:
        """Adds an open line of points `[num_points]`; thickness in texture pixels."""
        self._x.append(x)
        self._y.append(y)
        self._styles.append((colour, thickness))

    def polygon(self, x: np.ndarray, y: np.ndarray, colour: RGB) -> None:
        """Adds a filled polygon with corners `[num_points]`."""
        self.line(x, y, colour, 0)

    def between(
        self, x: np.ndarray, upper: np.ndarray, lower: np.ndarray, colour: RGB
    ) -> None:
        """Fills the area between two curves, `[num_points]` each."""
        both = np.concatenate([x, x[::-1]]), np.concatenate([upper, lower[::-1]])
        self.polygon(*both, colour)

    def drawn_on(self, texture: HeadTexture) -> np.ndarray:
        """Draws everything on a copy of a head's albedo, uint8 `[HEIGHT, WIDTH, 3]`."""
        picture = texture.albedo.copy()
        pixels = texture.pixels(np.concatenate(self._x), np.concatenate(self._y))
        # To OpenCV the middle of the first pixel, not its edge, is 0.
        points = np.round((pixels - 0.5) * 2**_SHIFT).astype(np.int32)
        start = 0
        for x, (colour, thickness) in zip(self._x, self._styles, strict=True):
            shape = [points[start : start + len(x)]]
            start += len(x)
            tone = tuple(round(255 * channel) for channel in colour)
            if thickness:
                cv2.polylines(
                    picture, shape, False, tone, thickness, cv2.LINE_AA, _SHIFT
                )
            else:
                cv2.fillPoly(picture, shape, tone, cv2.LINE_AA, _SHIFT)
        return picture


def _sketch_eye(
    sketch: _Sketch,
    texture: HeadTexture,
    expression: Expression,
    side: float,
    lids: float,
    gaze: float,
) -> None:
    face = texture.face
    centre = side * face.eye_distance
    opening = max(1 + 0.75 * expression.lid_opening, 0.12) * lids
    below = face.eye_height + 0.03 * (1 - 0.75 * min(expression.cheek_raise, 1.2))
    above = below - 0.115 * opening * (1 - 0.15 * min(expression.cheek_raise, 1.2))
    # The outer corner lies a little higher than the inner one.
    corners = face.eye_height + 0.012 - 0.012 * side * _ALONG
    bulge = (1 - _ALONG**2) ** 0.75
    upper = corners + (min(above, below) - face.eye_height) * bulge
    lower = corners + (below - face.eye_height) * (1 - _ALONG**2)
    across = centre + face.eye_size * _ALONG

    lid = _scaled(face.skin, 0.66)
    crease = upper - 0.022 - 0.02 * opening * bulge
    sketch.between(across, upper, crease, lid)
    sketch.line(across, crease, _scaled(face.skin, 0.45), 1)
    bag = lower + 0.035 + 0.012 * expression.cheek_raise
    sketch.line(across[3:-3], bag[3:-3], _scaled(face.skin, 0.62), 1)
    if opening > 0.1:
        sketch.between(across, upper, lower, _SCLERA)
        middle = centre + 0.035 * float(np.clip(gaze, -1, 1))
        for radius, colour in (
            (0.052, _scaled(face.iris, 0.6)),
            (0.043, face.iris),
            (0.022, (0.03, 0.03, 0.03)),
        ):
            x = middle + radius * _CIRCLE.real
            y = face.eye_height - 0.012 + radius * _CIRCLE.imag
            y = np.clip(y, np.interp(x, across, upper), np.interp(x, across, lower))
            sketch.polygon(x, y, colour)
        if opening > 0.5:
            x, y = middle + 0.014 + 0.01 * _CIRCLE.real, face.eye_height - 0.03
            sketch.polygon(x, y + 0.01 * _CIRCLE.imag, (0.95, 0.95, 0.95))
    sketch.line(across, lower, _scaled(face.skin, 0.5), 1)
    sketch.line(across, upper, (0.10, 0.07, 0.06), 2)


def _sketch_brow(
    sketch: _Sketch, texture: HeadTexture, expression: Expression, side: float
) -> None:
    face = texture.face
    share = np.linspace(0, 1, 9)
    across = 0.115 + 0.02 * min(expression.brow_slant, 0) + 0.34 * share
    arch = 0.045 * np.sin(np.pi * np.minimum(share * 0.9 + 0.1, 1))
    middle = (
        face.eye_height
        - 0.155
        - arch
        - 0.075 * expression.brow_height
        - 0.085 * expression.brow_slant * (1 - share) ** 1.3
        + 0.03 * expression.brow_slant * share
    )
    half = face.brow_thickness / 2 * (1 - 0.65 * share**2)
    colour = mixed(_scaled(face.hair, 0.75), _scaled(face.skin, 0.5), 0.25)
    sketch.between(side * across, middle - half, middle + half, colour)


def _sketch_forehead(
    sketch: _Sketch, texture: HeadTexture, expression: Expression
) -> None:
    face = texture.face
    lift = max(expression.brow_height, 0)
    # A fringe hides the forehead.
    if lift < 0.3 or face.hair_style == "fringe":
        return
    brow = face.eye_height - 0.2 - 0.075 * expression.brow_height
    x = np.linspace(-0.26, 0.26, 9)
    for step in (0.075, 0.15):
        y = brow - step - 0.02 * np.cos(6 * x)
        sketch.line(x, y, _scaled(face.skin, 1 - 0.16 * lift), 1)


def _sketch_folds(
    sketch: _Sketch, texture: HeadTexture, expression: Expression, side: float
) -> None:
    """Adds frown, wrinkles of the nose, crow's feet and the fold beside the mouth."""
    face = texture.face
    frown = max(-expression.brow_slant, -expression.brow_height, 0)
    if frown > 0.25:
        x = side * np.array([0.045, 0.05])
        y = face.eye_height - np.array([0.17, 0.06])
        sketch.line(x, y, _scaled(face.skin, 1 - 0.32 * min(frown, 1)), 2)
    wrinkle = expression.nose_wrinkle
    if wrinkle > 0.3:
        x = side * np.array([0.03, 0.07, 0.10])
        y = face.eye_height + np.array([0.07, 0.08, 0.11])
        for step in (0.0, 0.05):
            sketch.line(x, y + step, _scaled(face.skin, 1 - 0.3 * min(wrinkle, 1)), 1)
    if expression.cheek_raise > 0.4:
        x = side * (face.eye_distance + face.eye_size + np.array([0.02, 0.08]))
        for step in (-0.02, 0.03):
            y = face.eye_height + 0.02 + step * np.array([0.5, 1.8])
            sketch.line(x, y, _scaled(face.skin, 0.7), 1)
    strength = min(0.12 + 0.3 * max(wrinkle, expression.mouth_curve, 0), 0.45)
    x = face.nose_width + np.array([0.03, 0.08, 0.115, 0.12])
    x = side * (x + 0.03 * max(expression.mouth_curve, 0))
    y = face.eye_height + face.nose_length + np.array([-0.03, 0.03, 0.11, 0.18])
    for thickness, share in ((4, 0.45), (2, 1.0)):
        colour = _scaled(face.skin, 1 - share * strength)
        sketch.line(x, y - 0.04 * wrinkle, colour, thickness)


def _sketch_nose(sketch: _Sketch, texture: HeadTexture, expression: Expression) -> None:
    face = texture.face
    tip = face.eye_height + face.nose_length
    tip -= 0.025 * min(expression.nose_wrinkle, 1)
    dark = _scaled(face.skin, 0.28)
    for side in _SIDES:
        x = side * (0.5 * face.nose_width + 0.028 * _CIRCLE.real)
        sketch.polygon(x, tip + 0.04 + 0.013 * _CIRCLE.imag, dark)
        x = side * (face.nose_width + np.array([0.0, 0.018, 0.016, -0.01]))
        y = tip + np.array([-0.035, -0.01, 0.025, 0.045])
        sketch.line(x, y, _scaled(face.skin, 0.6), 1)


def _sketch_mouth(
    sketch: _Sketch, texture: HeadTexture, expression: Expression
) -> None:
    face = texture.face
    curve = expression.mouth_curve
    gap = 0.25 * float(np.clip(expression.mouth_opening, 0, 1.3))
    # When the jaw drops, the corners of the mouth move inward.
    width = 1 + 0.25 * expression.mouth_width + 0.12 * max(curve, 0) - 0.8 * gap
    across = face.mouth_width * width * _ALONG
    middle = texture.mouth_height + 0.035 * curve
    # Corners that move up or down leave the middle of the lips in place.
    line = middle - 0.11 * curve * np.abs(_ALONG) ** 1.8
    round_ = (1 - _ALONG**2) ** 0.6
    lifted = 0.04 * min(expression.nose_wrinkle, 1.2) * (1 - _ALONG**2)
    upper = line - 0.3 * gap * round_ - lifted
    lower = line + 0.7 * gap * round_ - 0.4 * lifted
    bow = 1 - 0.3 * np.exp(-0.5 * (_ALONG / 0.14) ** 2)
    pressed = 1 + 0.35 * min(expression.mouth_width, 0) * (gap < 0.08)
    top = upper - 0.42 * face.lip_height * pressed * bow * (1 - np.abs(_ALONG) ** 2.2)
    bottom = lower + 0.62 * face.lip_height * pressed * (1 - _ALONG**2) ** 0.8

    sketch.between(across, top, upper, _scaled(face.lips, 0.80))
    sketch.between(across, lower, bottom, _scaled(face.lips, 0.95))
    shine = lower + 0.45 * (bottom - lower)
    sketch.line(across[5:-5], shine[5:-5], _scaled(face.lips, 1.15), 2)
    if gap > 0.012:
        sketch.between(across, upper, lower, _DARK)
        teeth = np.minimum(
            upper + 0.055 * np.sqrt(round_), upper + 0.6 * (lower - upper)
        )
        inner = slice(2, -2)
        sketch.between(across[inner], upper[inner], teeth[inner], _TEETH)
        if gap > 0.1:
            tongue = lower - 0.3 * (lower - upper)
            inner = slice(4, -4)
            sketch.between(
                across[inner],
                tongue[inner],
                lower[inner],
                (0.55, 0.22, 0.22),
            )
    else:
        sketch.line(across, 0.5 * (upper + lower), _DARK, 1)
    ends = across[[0, -1]]
    for x, y in zip(ends, line[[0, -1]], strict=True):
        sketch.polygon(
            x + 0.014 * _CIRCLE.real,
            y + 0.012 * _CIRCLE.imag,
            _scaled(face.skin, 0.5),
        )


def _scaled(colour: RGB, factor: float) -> RGB:
    """Makes a colour brighter or darker."""
    red, green, blue = (min(channel * factor, 1.0) for channel in colour)
    return red, green, blue
