"""Crops the face out of every frame of a clip."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from data_tools.corpora import Clip
from data_tools.cutters.cutter import ClipQuality, CutClip
from data_tools.cutters.face_apex import apex, thumbnail
from data_tools.cutters.face_box import crop
from data_tools.cutters.face_detector import FaceDetector
from data_tools.cutters.face_front_end import LAYOUT, SCALING, FaceFrontEnd
from data_tools.cutters.face_tracker import NoFaceError, Origin, TrackedFace, track_face
from data_tools.media.container import PICTURES, sniff_usable
from data_tools.media.image import read_image
from data_tools.media.video import Frame, read_frames
from data_tools.media_error import MediaError
from data_tools.workers import supervision
from pathnet_tf.data.dataset_card import DatasetCard, FrameCounts


@dataclasses.dataclass(frozen=True)
class FaceCutter:
    """The settings of a face cutter; see `cutter.Cutter`."""

    front_end: FaceFrontEnd
    clips_worth_a_process: int = 2
    segment_noun: str = "frames"
    modules: tuple[str, ...] = (__name__,)

    @property
    def card_fields(self) -> dict[str, Any]:
        """The fields of `DatasetCard` that say what a segment is."""
        return {
            "modality": "face",
            "layout": LAYOUT,
            "scaling": SCALING,
            "shape": self.front_end.shape,
            "dtype": "uint8",
            "front_end": self.front_end.cropping,
            "finding": self.front_end.finding,
        }

    def open(self) -> "OpenFaceCutter":
        """Loads the detector."""
        return OpenFaceCutter(self.front_end)

    def summary(self, card: DatasetCard, elapsed_s: float | None) -> str:
        """Returns lines for the user: how faces were found, and how fast."""
        counts = [clip.frames for clip in card.clips if clip.frames]
        total = sum(count.total for count in counts)
        speed = ""
        if elapsed_s is not None:
            speed = f"\n{elapsed_s:.1f} s ({1000 * elapsed_s / total:.1f} ms a frame)"
        shares = ", ".join(
            f"{sum(getattr(count, name) for count in counts) / total:.1%} {word}"
            for name, word in (
                ("detected", "detected"),
                ("reused", "with the box of the frame before"),
                ("back_filled", "with the clip's first box"),
            )
        )
        if self.front_end.faces == "cut":
            shares = "whole pictures, as cut out already"
        if self.front_end.align == "eyes":
            aligned = sum(count.aligned for count in counts)
            shares += (
                f"; {aligned / total:.1%} aligned by both eyes, the others as without "
                "--align"
            )
        if self.front_end.apex_share < 1:
            left_out = sum(count.left_out for count in counts)
            shares += f"; {left_out / total:.1%} left out by --apex_share"
        return f"faces: {shares}{speed}"


def crop_faces(file: str | Path, model_dir: str | Path) -> np.ndarray:
    """Crops the faces of a file with the settings that a model was trained with.

    Args:
      file: A video or a picture.
      model_dir: Folder of an exported face model.

    Returns:
      uint8 `[num_frames, size, size, 3]`, RGB, in [0, 255]: the input of the model's
      signature `faces`.

    Raises:
      MediaError: The file cannot be used, or no frame has exactly one face.
      DataError: The folder does not hold an exported face model.
    """
    cutter = OpenFaceCutter.of_model(Path(model_dir))
    crops: list[np.ndarray] = []
    cutter.cut(Clip("", "", "", "", Path(file)), crops.append)
    return np.stack(crops)


class OpenFaceCutter:
    """A face cutter that is loaded in one process; see `cutter.OpenCutter`.

    Attributes:
      decoded_files: Files that were decoded without an error.
      front_end: How faces are found and cropped.
    """

    def __init__(self, front_end: FaceFrontEnd, *, is_of_model: bool = False) -> None:
        """Loads the detector.

        Args:
          front_end: How faces are found and cropped.
          is_of_model: Whether a model fixes `front_end`, so that only other pictures
            help where no face is found.
        """
        self.decoded_files: set[Path] = set()
        self.front_end = front_end
        self._is_of_model = is_of_model
        self._detector = FaceDetector(front_end)

    @classmethod
    def of_model(cls, folder: Path) -> "OpenFaceCutter":
        """Loads a cutter with the settings that an exported model was trained with.

        Raises:
          DataError: The folder does not hold an exported face model.
        """
        return cls(FaceFrontEnd.of_model(folder), is_of_model=True)

    def track(
        self, clip: Clip, read: Callable[[], Iterator[Frame]] | None = None
    ) -> Iterator[TrackedFace]:
        """Finds the face in each frame of a clip.

        Args:
          clip: A video, a part of a video, or a still picture.
          read: Reads the frames of the clip; None stands for `frames`.

        Yields:
          Each of the clip's `frames` with the box of its face, in order.

        Raises:
          MediaError: The file cannot be used, or no frame has exactly one face.
        """
        read = read or (lambda: self.frames(clip))
        try:
            tracked = track_face(read, self._detector)
            if self.front_end.apex_share < 1:
                tracked = self._around_apex(tracked, read)
            yield from tracked
        except NoFaceError as error:
            reason = (
                _no_face_to_a_model(error, self.front_end)
                if self._is_of_model
                else _no_face(error)
            )
            raise MediaError(clip.path, reason) from error

    def _around_apex(
        self, tracked: Iterable[TrackedFace], read: Callable[[], Iterator[Frame]]
    ) -> Iterator[TrackedFace]:
        """Yields tracked faces anew, and says of each whether it is kept.

        The frames are read again, which needs less memory than holding them.
        """
        found, faces = [], []
        for face in tracked:
            found.append((face.box, face.origin))
            pixels = crop(face.frame.pixels, face.box, self.front_end)
            faces.append(thumbnail(pixels))
        is_detected = [origin is Origin.DETECTED for _, origin in found]
        kept = apex(np.stack(faces), np.array(is_detected), self.front_end.apex_share)
        for number, (frame, where) in enumerate(zip(read(), found, strict=True)):
            yield TrackedFace(frame, *where, is_kept=number in kept)

    def frames(self, clip: Clip) -> Iterator[Frame]:
        """Reads the frames of a clip, as many as the settings say.

        Raises:
          MediaError: The file cannot be used.
        """
        with supervision.reading(clip.path):
            if sniff_usable(clip.path) not in PICTURES:
                yield from read_frames(
                    clip.path,
                    start_s=clip.start_s,
                    end_s=clip.end_s,
                    stride=self.front_end.frame_stride,
                    frames_per_second=self.front_end.frames_per_second,
                )
            elif clip.start_s or clip.end_s is not None:
                raise MediaError(clip.path, "is a picture, which has no start and end")
            else:
                yield Frame(read_image(clip.path), time_s=0.0, duration_s=0.0)

    def cut(self, clip: Clip, write: Callable[[np.ndarray], None]) -> CutClip:
        """Crops the face of each frame that is kept; see `cutter.OpenCutter`."""
        num_in = num_out = num_written = num_aligned = 0
        first_s = end_s = 0.0
        is_first_pass = True
        origins: Counter[Origin] = Counter()

        def read() -> Iterator[Frame]:
            """Reads the frames; counts them the first time, not for back-filling."""
            nonlocal is_first_pass, num_in
            counts, is_first_pass = is_first_pass, False
            for frame in self.frames(clip):
                num_in += counts
                yield frame

        for face in self.track(clip, read):
            supervision.getting_on()
            if face.is_kept:
                write(crop(face.frame.pixels, face.box, self.front_end))
                num_written += 1
            first_s = face.frame.time_s if num_out == 0 else first_s
            end_s = face.frame.time_s + face.frame.duration_s
            num_out += 1
            origins[face.origin] += 1
            num_aligned += face.box.eyes is not None
        counts = FrameCounts(
            detected=origins[Origin.DETECTED],
            reused=origins[Origin.REUSED],
            back_filled=origins[Origin.BACK_FILLED],
            aligned=num_aligned,
            left_out=num_out - num_written,
        )
        # Not `assert`, which python -O leaves out.
        if not num_in == num_out == counts.total:
            raise AssertionError(
                f"{clip.path}: {num_in} frames in, {num_out} out, {counts}"
            )
        self.decoded_files.add(clip.path)
        # Times may jump back in a file that was joined from several files.
        return CutClip(num_written, max(0.0, end_s - first_s), counts)

    def check(self, clip: Clip) -> ClipQuality:
        """Checks that every frame can be cropped; see `cutter.OpenCutter`."""
        for _ in self.track(clip):
            pass
        self.decoded_files.add(clip.path)
        return ClipQuality()


def _no_face(error: NoFaceError) -> str:
    crowd = remedy = ""
    if error.num_crowded:
        crowd = f", {error.num_crowded} have several"
        remedy = "take --several_faces=largest, "
    return (
        f"has no frame with exactly one face ({error.num_frames} looked at{crowd}); "
        f"look at it, {remedy}or loosen --min_face or --min_neighbors; faces that are "
        "cut out already need --faces=cut"
    )


def _no_face_to_a_model(error: NoFaceError, front_end: FaceFrontEnd) -> str:
    if error.num_crowded == error.num_frames:
        fault = "shows several faces"
    elif error.num_crowded:
        fault = "shows no face alone"
    else:
        fault = "shows no face that can be found"
    return (
        f"{fault}; show one face from the front, upright and well lit, at least "
        f"{front_end.min_face:.0%} of the picture's shorter side"
    )
