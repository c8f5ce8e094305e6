"""Finds the part of a clip in which a face differs most from how it looked at first.

Actors begin with a neutral face, often end with one, and the whole clip carries the
label of its middle. No label is needed here, so that every clip is treated alike:

    d_t = |f_t - f_0|

f_t is the face in frame t, small, grey, and brought to mean 0 and variance 1, since
light changes too; f_0 is the mean of the first faces. The part is the frames in a row
with the largest sum of d. A clip that begins with its expression has no such part, and
what is found in it is arbitrary.
"""

import cv2
import numpy as np

_SIDE = 16
"""Side of a small face, in pixels: less shows too little, more every move of a head."""
_FIRST_SHARE = 0.1
"""Share of a clip's faces that are its first ones."""


def thumbnail(face: np.ndarray) -> np.ndarray:
    """Makes a small grey face.

    Args:
      face: uint8 `[size, size, 3]`, RGB.

    Returns:
      uint8 `[16, 16]`.
    """
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)


def apex(faces: np.ndarray, is_detected: np.ndarray, share: float) -> range:
    """Finds the frames around the apex of an expression.

    Args:
      faces: uint8 `[num_frames, side, side]`, small grey faces, at least one.
      is_detected: bool `[num_frames]`, whether a face was found there, in one frame at
        least. Other frames may show no face, and count as those around them.
      share: Share of the frames to keep, above 0 and at most 1.

    Returns:
      The places of the frames to keep, one at least.
    """
    places = np.flatnonzero(is_detected)
    found = faces[places].reshape(len(places), -1).astype(np.float64)
    found -= found.mean(axis=1, keepdims=True)
    found /= found.std(axis=1, keepdims=True) + 1
    num_first = max(1, round(_FIRST_SHARE * len(found)))
    differences = np.linalg.norm(found - found[:num_first].mean(axis=0), axis=1)
    of_frame = np.interp(np.arange(len(faces)), places, differences)
    num_kept = max(1, round(share * len(faces)))
    sums = np.cumsum(np.concatenate([[0.0], of_frame]))
    start = int(np.argmax(sums[num_kept:] - sums[:-num_kept]))
    return range(start, start + num_kept)
