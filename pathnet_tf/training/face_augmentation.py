"""Changes of training faces that leave their emotion as it is, drawn anew each time.

The faces of a clip are all moved alike, as by one camera. What is cut out is set to 0,
the mean of inputs that are z-scored.

Reference: cut-outs are those of DeVries and Taylor 2017, "Improved regularization of
convolutional neural networks with cutout", of any size up to the largest.
"""

import math

import tensorflow as tf

from pathnet_tf.features.face_views import to_source, warp
from pathnet_tf.training.settings import FaceAugmentation


def augment_faces(
    faces: tf.Tensor, num_samples: tf.Tensor, seed: tf.Tensor, what: FaceAugmentation
) -> tf.Tensor:
    """Changes faces.

    Args:
      faces: float32 `[num_faces, rows, columns, channels]`, those of a sample one after
        the other and all samples with as many.
      num_samples: Clips, or faces where each is one sample.
      seed: int32 `[2]`.
      what: What to do.

    Returns:
      Faces of the same shape.
    """
    seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 5))
    num_faces = tf.shape(faces)[0]
    _, rows, columns, _ = faces.shape

    def of_samples(drawn: tf.Tensor) -> tf.Tensor:
        return tf.repeat(drawn, num_faces // num_samples, axis=0)

    if what.mirror:
        drawn = tf.random.stateless_uniform([num_samples, 1, 1, 1], seeds[0])
        faces = tf.where(of_samples(drawn < 0.5), faces[:, :, ::-1], faces)
    if what.turn_degrees or what.zoom or what.shift:
        drawn = tf.random.stateless_uniform([num_samples, 4], seeds[1], -1, 1)
        places = to_source(
            math.radians(what.turn_degrees) * drawn[:, 0],
            1 + what.zoom * drawn[:, 1],
            what.shift * drawn[:, 2:] * tf.constant([columns, rows], tf.float32),
            rows,
            columns,
        )
        faces = warp(faces, of_samples(places))
    if what.brightness:
        added = tf.random.stateless_normal(
            [num_samples, 1, 1, 1], seeds[2], 0, what.brightness
        )
        faces += of_samples(added)
    if what.cut_out:
        is_cut = _part(num_samples, rows, what.cut_out, seeds[3])[:, :, tf.newaxis]
        is_cut &= _part(num_samples, columns, what.cut_out, seeds[4])[:, tf.newaxis]
        faces = tf.where(of_samples(is_cut)[..., tf.newaxis], 0.0, faces)
    return faces


def _part(number: tf.Tensor, size: int, most: float, seed: tf.Tensor) -> tf.Tensor:
    """Draws a part of an axis, of at most a share of it: bool `[number, size]`."""
    drawn = tf.random.stateless_uniform([number, 2], seed)
    length = drawn[:, :1] * most * size
    first = drawn[:, 1:] * (size - length)
    place = tf.range(size, dtype=tf.float32) + 0.5
    return (place >= first) & (place < first + length)
