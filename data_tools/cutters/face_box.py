"""Where a face is in a picture, and its crop."""

import dataclasses
import math

import cv2
import numpy as np

from data_tools.cutters.face_front_end import FaceFrontEnd

LEFT_EYE, RIGHT_EYE = (0.31, 0.40), (0.67, 0.40)
"""Where aligned eyes lie in a box, as shares of its width and height.

The left eye is on the left of the picture. These are the places at which eyes lie on
average in the boxes of Viola and Jones, so that crops with and without alignment are of
one scale.
"""


@dataclasses.dataclass(frozen=True)
class Box:
    """Where a face is, in pixels.

    Attributes:
      x: Left edge.
      y: Upper edge.
      width: Width.
      height: Height.
      eyes: x and y of the eye on the left of the picture and of that on the right,
        which align the crop; None if it is not to be aligned, or they are not both
        found.
    """

    x: int
    y: int
    width: int
    height: int
    eyes: tuple[tuple[float, float], tuple[float, float]] | None = None


def crop(pixels: np.ndarray, box: Box, front_end: FaceFrontEnd) -> np.ndarray:
    """Crops a face, aligned if its eyes are known, and resizes it.

    Args:
      pixels: uint8 `[height, width, 3]`, RGB.
      box: The face.
      front_end: Margin and size of the crop.

    Returns:
      uint8 `[size, size, 3]`, RGB. If the box with its margin reaches beyond the
      picture, the edge of the picture is repeated.
    """
    if box.eyes:
        return _aligned(pixels, box.eyes, front_end)
    height, width = pixels.shape[:2]
    margin_x = round(front_end.margin * box.width)
    margin_y = round(front_end.margin * box.height)
    left, right = box.x - margin_x, box.x + box.width + margin_x
    top, bottom = box.y - margin_y, box.y + box.height + margin_y
    # The box may be that of an earlier, larger frame: videos can change size.
    inside = pixels[
        min(max(top, 0), height - 1) : max(min(bottom, height), 1),
        min(max(left, 0), width - 1) : max(min(right, width), 1),
    ]
    missing = (
        min(max(-top, 0), bottom - top - 1),
        min(max(bottom - height, 0), bottom - top - 1),
        min(max(-left, 0), right - left - 1),
        min(max(right - width, 0), right - left - 1),
    )
    if any(missing):
        inside = cv2.copyMakeBorder(inside, *missing, cv2.BORDER_REPLICATE)
    shrinks = min(inside.shape[:2]) > front_end.size
    return cv2.resize(
        inside,
        (front_end.size, front_end.size),
        # INTER_AREA averages when it shrinks; without it fine lines flicker.
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )


def _aligned(
    pixels: np.ndarray,
    eyes: tuple[tuple[float, float], tuple[float, float]],
    front_end: FaceFrontEnd,
) -> np.ndarray:
    """Crops a face so that its eyes come to `LEFT_EYE` and `RIGHT_EYE`.

    A turn, a shift and a change of scale map z to `a z + b`, where points are complex
    numbers.

    Args:
      pixels: uint8 `[height, width, 3]`, RGB.
      eyes: See `Box`.
      front_end: Margin and size of the crop.

    Returns:
      uint8 `[size, size, 3]`, RGB; outside of the picture its edge is repeated.
    """
    side = front_end.size / (1 + 2 * front_end.margin)
    edge = front_end.margin * side
    left, right = (
        complex(edge + side * x, edge + side * y) for x, y in (LEFT_EYE, RIGHT_EYE)
    )
    from_left, from_right = (complex(*eye) for eye in eyes)
    turn = (right - left) / (from_right - from_left)
    # A crop that is smaller than the face is drawn larger and averaged, or fine lines
    # would flicker.
    finer = max(1, math.ceil(1 / abs(turn)))
    turn *= finer
    # Pixels are counted from their centres.
    half = complex(0.5, 0.5)
    shift = finer * left - half - turn * (from_left - half)
    matrix = np.array(
        [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]]
    )
    fine = cv2.warpAffine(
        pixels,
        matrix,
        (finer * front_end.size, finer * front_end.size),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return cv2.resize(
        fine, (front_end.size, front_end.size), interpolation=cv2.INTER_AREA
    )
