"""Makes vectors of faces, and one vector of a clip's faces.

A clip's vector is the mean of the vectors of its faces, so that pictures and videos
have vectors of one length and can be learned together.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from pathnet_tf.data.stored_values import Values
from pathnet_tf.features.face_views import face_views
from pathnet_tf.features.feature_sets import parts_of
from pathnet_tf.features.grey import grey
from pathnet_tf.features.hog import hog
from pathnet_tf.features.lbp import lbp

Describe = Callable[[tf.Tensor], tf.Tensor]
DESCRIPTORS: dict[str, Describe] = {"hog": hog, "lbp": lbp}
"""By the names of `feature_sets.FACE_VECTORS`; what each takes and gives, see there."""
LEAST_SIDE = 16
"""Rows and columns of the smallest face that can be described."""
_FACES_AT_ONCE = 64


def descriptor(representation: str, num_views: int) -> Describe:
    """Finds what makes the vectors of faces.

    Args:
      representation: One of `DESCRIPTORS`, or several with + between them.
      num_views: Views of a face, see `face_views`.

    Returns:
      A function that takes uint8 `[num_faces, rows, columns, 3]`, RGB, and gives
      float32 `[num_faces, num_views * num_values]`, view after view.
    """
    parts = [DESCRIPTORS[part] for part in parts_of(representation)]

    def describe(faces: tf.Tensor) -> tf.Tensor:
        return tf.concat([part(faces) for part in parts], axis=1)

    if num_views == 1:
        return describe

    def describe_views(faces: tf.Tensor) -> tf.Tensor:
        views = face_views(faces, num_views)
        found = describe(tf.reshape(views, [-1, *faces.shape[1:]]))
        return tf.reshape(found, [-1, num_views * found.shape[1]])

    return describe_views


def pixels(faces: tf.Tensor) -> tf.Tensor:
    """Makes vectors of the pixels themselves, in grey.

    Args:
      faces: uint8 `[num_faces, rows, columns, 3]`, RGB.

    Returns:
      float32 `[num_faces, rows * columns]`, from 0 to 1.
    """
    _, rows, columns, _ = faces.shape
    return tf.reshape(grey(faces) / 255, [-1, rows * columns])


def clip_vectors(
    values: Values,
    rows: np.ndarray,
    clip: np.ndarray,
    describe: Describe,
    *,
    observe: Callable[[int], object] = lambda number: None,
) -> tuple[np.ndarray, np.ndarray]:
    """Describes clips by the mean of the vectors of their faces.

    Args:
      values: Faces, uint8 `[num_faces, rows, columns, 3]`, RGB.
      rows: int `[num_rows]`, the faces to describe, at least one.
      clip: int64 `[num_rows]`, the clip of each.
      describe: Makes vectors of some faces.
      observe: Told how many more faces are described.

    Returns:
      The clips, int64 `[num_clips]`, ascending; and float32 `[num_clips, num_values]`.
    """
    clips, place = np.unique(clip, return_inverse=True)
    sums = np.zeros(0)
    for start in range(0, len(rows), _FACES_AT_ONCE):
        few = slice(start, start + _FACES_AT_ONCE)
        found = describe(tf.constant(values[rows[few]])).numpy()
        if not sums.size:
            sums = np.zeros((len(clips), found.shape[1]))
        np.add.at(sums, place[few], found)
        observe(len(found))
    return clips, (sums / np.bincount(place)[:, np.newaxis]).astype(np.float32)
