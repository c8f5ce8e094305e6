"""Views of a face: the same picture mirrored, turned, nearer, farther and shifted.

A face that is turned by some degrees in its picture shows the same emotion, and so does
its mirror image. Descriptors of faces change with either, so that views stand for
pictures that were never taken. They are always the same ones: an exported model looks
at a face as the training did.
"""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf


class View(NamedTuple):
    """How a view is made of a picture.

    Attributes:
      is_mirrored: Whether left and right are exchanged.
      turn_degrees: By how much the face is turned clockwise.
      scale: How much larger the face becomes.
      shift: Share of the picture by which the face moves right, and down.
    """

    is_mirrored: bool
    turn_degrees: float = 0.0
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)


VIEWS = tuple(
    View(is_mirrored, *warp)
    for warp in (
        (0.0, 1.0, (0.0, 0.0)),
        (6.0, 1.0, (0.0, 0.0)),
        (-6.0, 1.0, (0.0, 0.0)),
        (0.0, 1.08, (0.0, 0.0)),
        (0.0, 0.93, (0.0, 0.0)),
        (3.0, 1.0, (0.04, 0.03)),
        (-3.0, 1.0, (-0.04, 0.03)),
        (0.0, 1.0, (0.0, -0.05)),
    )
    for is_mirrored in (False, True)
)
"""All views there are: the picture itself, its mirror image, then changes of both."""


def face_views(faces: tf.Tensor, number: int) -> tf.Tensor:
    """Makes the first views of faces.

    Args:
      faces: uint8 `[num_faces, rows, columns, channels]`.
      number: Views to make, 1 to `len(VIEWS)`.

    Returns:
      uint8 `[num_faces, number, rows, columns, channels]`.
    """
    made = [_view(faces, view) for view in VIEWS[:number]]
    return tf.stack(made, axis=1)


def warp(faces: tf.Tensor, to_source: tf.Tensor) -> tf.Tensor:
    """Moves the pixels of pictures; what comes in from outside repeats the border.

    Args:
      faces: `[num_faces, rows, columns, channels]`.
      to_source: float32 `[num_faces, 6]` or `[1, 6]`: a, b, c, d, e, f of each picture,
        where the pixel at column x and row y of the result is what stood at column
        a x + b y + c and row d x + e y + f.

    Returns:
      The pictures, of the same shape and type, between pixels by two-way interpolation.
    """
    rest = tf.zeros([tf.shape(to_source)[0], 2])
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=faces,
        transforms=tf.concat([to_source, rest], axis=1),
        output_shape=tf.shape(faces)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )


def to_source(
    turn: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor, rows: int, columns: int
) -> tf.Tensor:
    """Finds where the pixels of turned, scaled and shifted pictures come from.

    Args:
      turn: float32 `[num_faces]`, in radians, clockwise about the middle.
      scale: float32 `[num_faces]`, how much larger the face becomes.
      shift: float32 `[num_faces, 2]`, in pixels to the right and down.
      rows: Of a picture.
      columns: Of a picture.

    Returns:
      float32 `[num_faces, 6]`, as `warp` takes it.
    """
    cosine, sine = tf.cos(turn) / scale, tf.sin(turn) / scale
    x, y = (columns - 1) / 2, (rows - 1) / 2
    right, down = x + shift[:, 0], y + shift[:, 1]
    return tf.stack(
        [
            cosine,
            sine,
            x - cosine * right - sine * down,
            -sine,
            cosine,
            y + sine * right - cosine * down,
        ],
        axis=1,
    )


def _view(faces: tf.Tensor, view: View) -> tf.Tensor:
    """Makes one view of uint8 `[num_faces, rows, columns, channels]`, as large."""
    if view.is_mirrored:
        faces = faces[:, :, ::-1]
    if view == View(view.is_mirrored):
        return faces
    _, rows, columns, _ = faces.shape
    moved = np.array([[view.shift[0] * columns, view.shift[1] * rows]], np.float32)
    places = to_source(
        tf.constant([math.radians(view.turn_degrees)]),
        tf.constant([view.scale]),
        tf.constant(moved),
        rows,
        columns,
    )
    warped = warp(tf.cast(faces, tf.float32), places)
    return tf.cast(tf.round(warped), faces.dtype)
