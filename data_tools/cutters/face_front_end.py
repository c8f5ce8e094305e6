"""The settings for finding, aligning and cropping faces."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from pathnet_tf.data.dataset_card import MAX_SIZE, file_hash
from pathnet_tf.runtime.errors import DataError, UsageError

CASCADE = "haarcascade_frontalface_default"
LAYOUT = "row, column, (red, green, blue)"
SCALING = "0 to 255"
FACES = ("find", "cut")
SEVERAL_FACES = ("refuse", "largest")
ALIGN = ("none", "eyes")
DETECTORS = ("viola_jones", "yunet")
YUNET_NAME = "yunet.onnx"
"""Name of YuNet's file in the folder of a model that learned the faces it found."""


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
      frames_per_second: Of a video, at most so many frames are used, evenly spread in
        time; None leaves the choice to `frame_stride`.
      apex_share: Share of a video's frames to keep, above 0 and at most 1, see
        `face_apex`.
      faces: `find` looks for faces, `cut` takes each picture as a face that is cut out
        already.
      several_faces: If several faces are found in a picture, `refuse` treats it as one
        without a face, and `largest` takes the largest.
      align: `eyes` brings both eyes to fixed places, where they are found.
      detector: One of `DETECTORS`. YuNet uses neither scale_factor nor min_neighbors.
      detector_model: YuNet's file; only opened where faces are looked for.

    Raises:
      UsageError: A value is out of range, or values contradict each other.
    """

    size: int = 64
    margin: float = 0.0
    scale_factor: float = 1.1
    min_neighbors: int = 5
    min_face: float = 0.15
    frame_stride: int = 1
    frames_per_second: float | None = None
    apex_share: float = 1.0
    faces: str = "find"
    several_faces: str = "refuse"
    align: str = "none"
    detector: str = "viola_jones"
    detector_model: Path | None = None

    def __post_init__(self) -> None:
        """Checks every value."""
        for name, choices in (
            ("faces", FACES),
            ("several_faces", SEVERAL_FACES),
            ("align", ALIGN),
            ("detector", DETECTORS),
        ):
            if getattr(self, name) not in choices:
                raise UsageError(
                    f"--{name} must be one of {', '.join(choices)}. Received: "
                    f"--{name}={getattr(self, name)}"
                )
        for name, is_fine, rule in (
            ("size", 1 <= self.size <= MAX_SIZE, f"1 to {MAX_SIZE}"),
            ("margin", 0 <= self.margin <= 2, "0 to 2"),
            ("scale_factor", 1.01 <= self.scale_factor <= 2, "1.01 to 2"),
            ("min_neighbors", self.min_neighbors >= 1, "at least 1"),
            ("min_face", 0 < self.min_face <= 1, "above 0, at most 1"),
            ("frame_stride", self.frame_stride >= 1, "at least 1"),
            (
                "frames_per_second",
                self.frames_per_second is None or 0 < self.frames_per_second <= 1000,
                "above 0, at most 1000",
            ),
            ("apex_share", 0 < self.apex_share <= 1, "above 0, at most 1"),
        ):
            if not is_fine:
                raise UsageError(
                    f"--{name} must be {rule}. Received: --{name}={getattr(self, name)}"
                )
        if self.frame_stride > 1 and self.frames_per_second is not None:
            raise UsageError(
                "--frame_stride and --frames_per_second both choose frames; give one"
            )
        if self.faces == "cut" and self.align != "none":
            raise UsageError(
                f"--align={self.align} needs --faces=find; pictures that are cut "
                "already are taken as they are"
            )
        if self.detector == "viola_jones" and self.detector_model:
            raise UsageError("--detector_model goes with --detector=yunet")
        if self.detector == "yunet" and self.faces == "find":
            self._require_detector_model()

    def _require_detector_model(self) -> None:
        """Checks that YuNet's file is named and there."""
        if self.detector_model is None:
            raise UsageError(
                "--detector=yunet needs --detector_model, the file of the network, "
                "such as face_detection_yunet_2023mar.onnx of OpenCV's model zoo"
            )
        if not self.detector_model.is_file():
            raise UsageError(f"--detector_model={self.detector_model} is no file")

    @classmethod
    def of_model(cls, folder: Path) -> "FaceFrontEnd":
        """Reads the settings that an exported face model was trained with.

        Args:
          folder: The model's folder, with `front_end.json`.

        Raises:
          DataError: The file is missing, or does not belong to a face model, or that of
            YuNet is missing.
        """
        path = folder / "front_end.json"
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            cascade = CASCADE if "detector" in content else content.pop("cascade")
            if digest := content.pop("detector_sha256", None):
                content["detector_model"] = _file_of_model(folder, digest)
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
        # Cards of the first release have "cascade", and must agree with new ones.
        found_by = (
            {"cascade": CASCADE}
            if self.detector == "viola_jones"
            else {"detector": self.detector}
        )
        return {"size": self.size, "margin": self.margin, **found_by}

    @property
    def finding(self) -> dict[str, Any]:
        """The settings for finding faces, which may differ between corpora."""
        if self.faces == "cut":
            names = ["faces", "frame_stride"]
        else:
            names = ["faces", "min_face", "several_faces", "align", "frame_stride"]
        if self.faces == "find" and self.detector == "viola_jones":
            names += ["scale_factor", "min_neighbors"]
        # Named only where they are used, so that an older release reads the others.
        if self.frames_per_second is not None:
            names.append("frames_per_second")
        if self.apex_share < 1:
            names.append("apex_share")
        settings = {name: getattr(self, name) for name in names}
        if self.faces == "find" and self.detector_model:
            settings["detector_sha256"] = file_hash(self.detector_model)
        return settings


def _file_of_model(folder: Path, digest: str) -> Path:
    """Returns the file of YuNet in the folder of a model; `digest` is its sha256.

    Raises:
      DataError: The file is not there, or is another one.
    """
    path = folder / YUNET_NAME
    fault = ""
    if not path.is_file():
        fault = "is not there"
    elif file_hash(path) != digest:
        fault = "is another file"
    if fault:
        raise DataError(
            f"{path} {fault}, and the model learned faces that YuNet found; copy the "
            f"--detector_model with the sha256 {digest} there"
        )
    return path
