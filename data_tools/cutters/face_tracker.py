"""Follows one face through the frames of a clip.

A frame with exactly one detected face takes the box of that face. A frame with no face,
or more than one, takes the box of the frame before it. Frames before the first box take
the first box.

Reference: Nguyen et al. 2017, as described in section 3.1 of the paper.
"""

import dataclasses
import enum
import itertools
from collections.abc import Callable, Iterator

from data_tools.cutters.face_box import Box
from data_tools.cutters.face_detector import FaceDetector
from data_tools.media.video import Frame


class Origin(enum.Enum):
    """Where the box of a frame comes from: see the description of this file."""

    DETECTED = "detected"
    REUSED = "reused"
    BACK_FILLED = "back-filled"


@dataclasses.dataclass(frozen=True)
class TrackedFace:
    """A frame with its face.

    Attributes:
      frame: The frame.
      box: The box of its face.
      origin: Where the box comes from.
      is_kept: Whether the frame is used, see `face_apex`.
    """

    frame: Frame
    box: Box
    origin: Origin
    is_kept: bool = True


class NoFaceError(Exception):
    """No frame of a clip has exactly one face.

    Attributes:
      num_frames: How many frames were searched.
      num_crowded: How many of them have more than one face.
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
      read: Reads the clip's frames from the beginning; every call gives the same
        frames. Frames before the first face are read twice, which saves memory.
      detector: Finds faces.

    Yields:
      Every frame with its box, in order.

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
