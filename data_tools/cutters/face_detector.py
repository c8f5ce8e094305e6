"""Finds faces in pictures, with the detector of Viola and Jones unless asked otherwise.

Reference: Viola & Jones 2004, "Robust real-time face detection". The cascade is the one
that OpenCV ships for frontal faces.
"""

import dataclasses
from typing import Protocol

import cv2
import numpy as np

from data_tools.cutters.face_box import Box
from data_tools.cutters.face_eyes import EyeFinder
from data_tools.cutters.face_front_end import CASCADE, FaceFrontEnd
from data_tools.cutters.yunet import YuNet

_LEAST_WINDOW = 24
"""Side of the smallest face that the cascade can find, in pixels."""
_LARGEST_ENLARGED = 1024
"""Longer side of the largest picture that is enlarged, in pixels."""
_BORDER = 0.25
"""Border around a small picture in which no face is found, as a share of its side."""


class _Finder(Protocol):
    """What finds the boxes of faces."""

    def find(self, pixels: np.ndarray) -> list[Box]:
        """Finds every face in uint8 `[height, width, 3]`, RGB."""


class FaceDetector:
    """Finds faces in pictures as the settings say."""

    def __init__(self, front_end: FaceFrontEnd) -> None:
        """Loads what finds faces and eyes.

        Raises:
          DataError: The file of YuNet cannot be read.
        """
        # Several processes work on clips already, and with one thread the boxes come
        # in a fixed order.
        cv2.setNumThreads(1)
        self._front_end = front_end
        self._finder: _Finder | None = None
        self._eyes = EyeFinder() if front_end.align == "eyes" else None
        if front_end.faces == "cut":
            return
        if front_end.detector_model:
            self._finder = YuNet(front_end.detector_model, front_end.min_face)
        else:
            self._finder = _ViolaJones(front_end)

    def find(self, pixels: np.ndarray) -> list[Box]:
        """Finds every face, or the one that the settings choose.

        Args:
          pixels: uint8 `[height, width, 3]`, RGB.

        Returns:
          The boxes, sorted by x, then y; empty if there is no face. A box that is alone
          has the eyes if crops are to be aligned and both are found.
        """
        if self._finder is None:
            height, width = pixels.shape[:2]
            return [Box(0, 0, width, height)]
        found = self._finder.find(pixels)
        if found and self._front_end.several_faces == "largest":
            found = [max(found, key=lambda box: box.width * box.height)]
        if self._eyes is None:
            return [dataclasses.replace(box, eyes=None) for box in found]
        if len(found) == 1:
            found = [self._eyes.with_eyes(found[0], pixels)]
        return found


class _ViolaJones:
    """Finds frontal faces by a cascade."""

    def __init__(self, front_end: FaceFrontEnd) -> None:
        self._front_end = front_end
        folder = cv2.data.haarcascades  # type: ignore[attr-defined]
        self._cascade = cv2.CascadeClassifier(f"{folder}{CASCADE}.xml")

    def find(self, pixels: np.ndarray) -> list[Box]:
        """Finds every face; see `FaceDetector.find`."""
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        least = max(1, round(self._front_end.min_face * min(grey.shape)))
        return self._search(grey, least) or self._search_enlarged(grey, least)

    def _search(self, grey: np.ndarray, least: int) -> list[Box]:
        """Finds faces in uint8 `[height, width]` with sides of `least` or more."""
        found = self._cascade.detectMultiScale(
            grey,
            scaleFactor=self._front_end.scale_factor,
            minNeighbors=self._front_end.min_neighbors,
            minSize=(least, least),
        )
        return [
            Box(int(x), int(y), int(width), int(height))
            for x, y, width, height in sorted(map(tuple, found))
        ]

    def _search_enlarged(self, grey: np.ndarray, least: int) -> list[Box]:
        """Looks again at a picture in which faces may be too small for the cascade.

        Such pictures are often cut close to the face, of which the cascade wants to see
        some surroundings; a border stands for them.

        Args:
          grey: uint8 `[height, width]`, in which no face is found.
          least: Side of the smallest face to look for.

        Returns:
          The boxes in the picture; none if the cascade has seen its smallest faces.
        """
        if least >= _LEAST_WINDOW or max(grey.shape) > _LARGEST_ENLARGED:
            return []
        border = round(_BORDER * min(grey.shape))
        wide = cv2.copyMakeBorder(
            grey, border, border, border, border, cv2.BORDER_REPLICATE
        )
        factor = _LEAST_WINDOW / least
        large = cv2.resize(
            wide, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR
        )
        return [
            Box(
                round(box.x / factor) - border,
                round(box.y / factor) - border,
                round(box.width / factor),
                round(box.height / factor),
            )
            for box in self._search(large, _LEAST_WINDOW)
        ]
