"""Follows one face through the frames of a clip.

A frame in which exactly one face is found is cropped by its box. Where none is found,
or more than one, the box of the frame before is used again; before the first box there
is none, so that one is used backwards. Reference: Nguyen et al. 2017, as section 3.1 of
the paper tells it.
"""

import dataclasses
import enum
import itertools
from collections.abc import Callable, Iterator

from data_tools.cutters.face_detector import Box, FaceDetector
from data_tools.media.video import Frame


class Origin(enum.Enum):
    """Where the box of a frame comes from."""

    DETECTED = "detected"
    REUSED = "reused"
    BACK_FILLED = "back-filled"


@dataclasses.dataclass(frozen=True)
class TrackedFace:
    """A frame with the box of its face."""

    frame: Frame
    box: Box
    origin: Origin


class NoFaceError(Exception):
    """No frame of a clip has exactly one face.

    Attributes:
      num_frames: Frames that were looked at.
      num_crowded: Those of them with more than one face.
    """

    def __init__(self, num_frames: int, num_crowded: int) -> None:
        super().__init__(f"{num_frames} frames, {num_crowded} with several faces")
        self.num_frames = num_frames
        self.num_crowded = num_crowded


def track_face(
    read: Callable[[], Iterator[Frame]], detector: FaceDetector
) -> Iterator[TrackedFace]:
    """Finds the face of every frame.

    Args:
      read: Reads the clip's frames from the beginning, the same ones at every call.
        Frames are not kept: those before the first face are read a second time.
      detector: Finds faces.

    Yields:
      Every frame, in order.

    Raises:
      NoFaceError: No frame has exactly one face.
    """
    box: Box | None = None
    num_waiting = num_crowded = 0
    for frame in read():
        found = detector.find(frame.pixels)
        if len(found) == 1:
            if box is None:
                for earlier in itertools.islice(read(), num_waiting):
                    yield TrackedFace(earlier, found[0], Origin.BACK_FILLED)
            box = found[0]
            yield TrackedFace(frame, box, Origin.DETECTED)
        elif box is None:
            num_waiting += 1
            num_crowded += len(found) > 1
        else:
            yield TrackedFace(frame, box, Origin.REUSED)
    if box is None:
        raise NoFaceError(num_waiting, num_crowded)
