"""Finds faces and their eyes with YuNet, a small network whose file the user has.

Reference: Wu, Peng & Yu 2023, "YuNet: a tiny millisecond-level face detector".
"""

import math
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from data_tools.cutters.face_box import Box
from pathnet_tf.runtime.errors import DataError

_LEAST_SCORE = 0.9
"""OpenCV's default: hits with a lower score are no faces."""
_LEAST_APART = 0.2
"""Least distance of eyes that align a crop, as a share of a face's side."""


class Network(Protocol):
    """What is used of OpenCV's `FaceDetectorYN`."""

    def setInputSize(self, size: tuple[int, int]) -> None:  # noqa: N802
        """Sets width and height of the next picture."""

    def detect(self, picture: np.ndarray) -> tuple[int, np.ndarray | None]:
        """Finds faces in uint8 `[height, width, 3]`, BGR.

        Returns:
          A status, and float32 `[num_faces, 15]`, None for none: x, y, width and
          height, then x and y of the person's right eye, left eye, nose, right and left
          corner of the mouth, then the score.
        """


class YuNet:
    """Finds faces, with their eyes."""

    def __init__(
        self, file: Path, min_face: float, network: Network | None = None
    ) -> None:
        """Loads the network.

        Args:
          file: The network, in ONNX.
          min_face: See `FaceFrontEnd`.
          network: Stands for the file if given.

        Raises:
          DataError: The file is no such network.
        """
        self._min_face = min_face
        self._network = network or _load(file)

    def find(self, pixels: np.ndarray) -> list[Box]:
        """Finds every face; see `FaceDetector.find`.

        Returns:
          Squares around the centres of YuNet's boxes, with the longer side of each.
        """
        height, width = pixels.shape[:2]
        self._network.setInputSize((width, height))
        _, found = self._network.detect(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        least = self._min_face * min(height, width)
        boxes = [
            _box(face) for face in ([] if found is None else found.astype(np.float64))
        ]
        return sorted(
            (box for box in boxes if box.width >= least), key=lambda box: (box.x, box.y)
        )


def _box(face: np.ndarray) -> Box:
    """Makes a square of a face, float `[15]`; see `Network.detect`."""
    x, y, width, height = map(float, face[:4])
    side = max(1, round(max(width, height)))
    one, other = sorted(
        [(float(face[4]), float(face[5])), (float(face[6]), float(face[7]))]
    )
    return Box(
        round(x + width / 2 - side / 2),
        round(y + height / 2 - side / 2),
        side,
        side,
        # Seen from the side, eyes are too near to each other to align by.
        eyes=(one, other) if math.dist(one, other) >= _LEAST_APART * side else None,
    )


def _load(file: Path) -> Network:
    try:
        return cv2.FaceDetectorYN.create(str(file), "", (320, 320), _LEAST_SCORE)
    except cv2.error as error:
        reason = " ".join(str(error.err).split())
        raise DataError(
            f"--detector_model={file} is no network that OpenCV reads ({reason}); name "
            "a file such as face_detection_yunet_2023mar.onnx of OpenCV's model zoo"
        ) from error
