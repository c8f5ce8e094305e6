"""Finds the two eyes of a face with the cascades that OpenCV ships.

Reference: Viola & Jones 2004, "Robust real-time face detection".
"""

import dataclasses
import math

import cv2
import numpy as np

from data_tools.cutters.face_box import LEFT_EYE, RIGHT_EYE, Box, crop
from data_tools.cutters.face_front_end import FaceFrontEnd

_CASCADES = ("haarcascade_eye_tree_eyeglasses", "haarcascade_eye")
_SIDE = 240
"""Side of a face while eyes are looked for, in pixels."""
_SMALLEST, _LARGEST = 36, 100
"""Sides of the smallest and of the largest eye in such a face."""
_TOP, _BOTTOM = 0.15, 0.6
"""The rows in which eyes may lie, as shares of a face's height."""
_COLUMNS = ((0.05, 0.55), (0.45, 0.95))
"""The columns in which the left and the right eye may lie, as shares of the width."""
_FARTHEST = 0.15
"""How far from its usual place an eye may lie, as a share of a face's side."""


class EyeFinder:
    """Finds eyes in faces that are seen from the front."""

    def __init__(self) -> None:
        """Loads the cascades."""
        folder = cv2.data.haarcascades  # type: ignore[attr-defined]
        self._cascades = [
            cv2.CascadeClassifier(f"{folder}{name}.xml") for name in _CASCADES
        ]

    def with_eyes(self, box: Box, pixels: np.ndarray) -> Box:
        """Adds the eyes to a box.

        Args:
          box: A face; one that has eyes already is returned as it is.
          pixels: uint8 `[height, width, 3]`, RGB.

        Returns:
          The box, with eyes if both are found.
        """
        if box.eyes:
            return box
        face = crop(pixels, box, FaceFrontEnd(size=_SIDE))
        grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
        left = self._find(grey, _COLUMNS[0], LEFT_EYE)
        right = self._find(grey, _COLUMNS[1], RIGHT_EYE)
        if left is None or right is None:
            return box
        in_picture = [
            (box.x + x * box.width, box.y + y * box.height) for x, y in (left, right)
        ]
        return dataclasses.replace(box, eyes=(in_picture[0], in_picture[1]))

    def _find(
        self, grey: np.ndarray, columns: tuple[float, float], usual: tuple[float, float]
    ) -> tuple[float, float] | None:
        """Finds one eye.

        Args:
          grey: A face, uint8 `[side, side]`.
          columns: Where to look, as shares of the width.
          usual: Where the eye lies in most faces, as shares of the side.

        Returns:
          The centre of the hit that is nearest to the usual place, as shares of the
          side; None if no hit is near.
        """
        start = round(columns[0] * _SIDE), round(_TOP * _SIDE)
        part = grey[
            start[1] : round(_BOTTOM * _SIDE), start[0] : round(columns[1] * _SIDE)
        ]
        for cascade in self._cascades:
            found = cascade.detectMultiScale(
                part,
                scaleFactor=1.05,
                minNeighbors=3,
                minSize=(_SMALLEST, _SMALLEST),
                maxSize=(_LARGEST, _LARGEST),
            )
            centres = [
                (
                    (start[0] + x + width / 2) / _SIDE,
                    (start[1] + y + height / 2) / _SIDE,
                )
                for x, y, width, height in found
            ]
            near = [one for one in centres if math.dist(one, usual) <= _FARTHEST]
            if near:
                return min(near, key=lambda one: (math.dist(one, usual), one))
        return None
