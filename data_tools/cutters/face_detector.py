"""Finds faces in pictures with the detector of Viola and Jones, and crops them.

Reference: Viola & Jones 2004, "Robust real-time face detection". The cascade is the one
that OpenCV ships for frontal faces.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pathnet_tf.data.dataset_card import MAX_SIZE
from pathnet_tf.runtime.errors import DataError, UsageError

CASCADE = "haarcascade_frontalface_default"
LAYOUT = "row, column, (red, green, blue)"
SCALING = "0 to 255"


@dataclasses.dataclass(frozen=True)
class Box:
    """Where a face is: upper left corner and size, in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclasses.dataclass(frozen=True)
class FaceFrontEnd:
    """Settings for finding and cropping faces.

    Attributes:
      size: Side of a crop, in pixels.
      margin: Margin added to a box on each side, as a share of the box, 0 to 2.
      scale_factor: Ratio between successive face sizes that the detector tries, 1.01
        to 2.
      min_neighbors: Overlapping hits that count as a face, at least 1. With fewer, the
        detector finds more faces and makes more mistakes.
      min_face: Side of the smallest face to look for, as a share of the picture's
        shorter side, above 0 and at most 1. A smaller value takes longer.
      frame_stride: Of a video, every `frame_stride`-th frame is used.
      whole_pictures: Whether each picture is a face that is cut out already, so that
        nothing is looked for.

    Raises:
      UsageError: A value is out of range.
    """

    size: int = 64
    margin: float = 0.0
    scale_factor: float = 1.1
    min_neighbors: int = 5
    min_face: float = 0.15
    frame_stride: int = 1
    whole_pictures: bool = False

    def __post_init__(self) -> None:
        """Checks every value."""
        for name, is_fine, rule in (
            ("size", 1 <= self.size <= MAX_SIZE, f"1 to {MAX_SIZE}"),
            ("margin", 0 <= self.margin <= 2, "0 to 2"),
            ("scale_factor", 1.01 <= self.scale_factor <= 2, "1.01 to 2"),
            ("min_neighbors", self.min_neighbors >= 1, "at least 1"),
            ("min_face", 0 < self.min_face <= 1, "above 0, at most 1"),
            ("frame_stride", self.frame_stride >= 1, "at least 1"),
        ):
            if not is_fine:
                raise UsageError(
                    f"--{name} must be {rule}. Received: --{name}={getattr(self, name)}"
                )

    @classmethod
    def of_model(cls, folder: Path) -> "FaceFrontEnd":
        """Reads the settings that an exported face model was trained with.

        Args:
          folder: The model's folder, with `front_end.json`.

        Raises:
          DataError: The file is missing, or does not belong to a face model.
        """
        path = folder / "front_end.json"
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            cascade = content.pop("cascade")
            front_end = cls(**content)
        except OSError as error:
            raise DataError(
                f"{path} cannot be read ({error.strerror}); name the folder that "
                "--export_dir wrote"
            ) from error
        except (UsageError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(
                f"{path} does not belong to a face model ({error!r}); name the folder "
                "that --export_dir wrote for a target of faces"
            ) from error
        if cascade != CASCADE:
            raise DataError(
                f"{path} names the cascade {cascade}; only {CASCADE} is known"
            )
        return front_end

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a crop."""
        return (self.size, self.size, 3)

    @property
    def cropping(self) -> dict[str, Any]:
        """The settings that two datasets must share for comparable crops."""
        return {"size": self.size, "margin": self.margin, "cascade": CASCADE}

    @property
    def finding(self) -> dict[str, Any]:
        """The settings for finding faces, which may differ between corpora."""
        names = ["frame_stride"]
        if self.whole_pictures:
            names = ["whole_pictures", *names]
        else:
            names = ["scale_factor", "min_neighbors", "min_face", *names]
        return {name: getattr(self, name) for name in names}


class FaceDetector:
    """Finds frontal faces in pictures."""

    def __init__(self, front_end: FaceFrontEnd) -> None:
        """Loads the cascade."""
        # Several processes work on clips already, and with one thread the boxes come
        # in a fixed order.
        cv2.setNumThreads(1)
        self._front_end = front_end
        folder = cv2.data.haarcascades  # type: ignore[attr-defined]
        self._cascade = cv2.CascadeClassifier(f"{folder}{CASCADE}.xml")

    def find(self, pixels: np.ndarray) -> list[Box]:
        """Finds every face.

        Args:
          pixels: uint8 `[height, width, 3]`, RGB.

        Returns:
          The boxes, sorted by x, then y; empty if there is no face.
        """
        if self._front_end.whole_pictures:
            height, width = pixels.shape[:2]
            return [Box(0, 0, width, height)]
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        side = max(1, round(self._front_end.min_face * min(grey.shape)))
        found = self._cascade.detectMultiScale(
            grey,
            scaleFactor=self._front_end.scale_factor,
            minNeighbors=self._front_end.min_neighbors,
            minSize=(side, side),
        )
        return [Box(*map(int, box)) for box in sorted(map(tuple, found))]


def crop(pixels: np.ndarray, box: Box, front_end: FaceFrontEnd) -> np.ndarray:
    """Crops a face and resizes it.

    Args:
      pixels: uint8 `[height, width, 3]`, RGB.
      box: The face.
      front_end: Margin and size of the crop.

    Returns:
      uint8 `[size, size, 3]`, RGB. If the box with its margin reaches beyond the
      picture, the edge of the picture is repeated.
    """
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
