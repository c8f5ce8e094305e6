"""Histograms of oriented gradients (HOG): where in a face which edges run.

The gradient of the grey picture at a pixel votes with its length for its direction,
modulo 180 degrees, and for its place. A vote goes in equal parts of nearness to the two
nearest of 9 directions and to the nearest cells of 8 x 8 pixels. Cells are read in
blocks of 2 x 2, which overlap by one cell. The vector v of a block is normalized, cut
off and normalized again (L2-Hys):

    v <- v / (|v| + 3.6);  v <- min(v, 0.2);  v <- v / (|v| + 0.001)

The constants and the borders are those of OpenCV's HOGDescriptor; there is no Gaussian
window over a block.

Reference: Dalal and Triggs 2005, "Histograms of oriented gradients for human
detection".
"""

import numpy as np
import tensorflow as tf

from pathnet_tf.features.grey import grey

ORIENTATIONS = 9
CELL, BLOCK = 8, 16
_MOST = 0.2
_FAINT, _TINY = 3.6, 1e-3


def hog(faces: tf.Tensor) -> tf.Tensor:
    """Describes faces by their histograms of oriented gradients.

    Args:
      faces: uint8 `[num_faces, rows, columns, 3]`, RGB, at least 16 x 16 pixels.

    Returns:
      float32 `[num_faces, num_values]`, from 0 to 1: for each block, row by row, each
      orientation in its four cells. A face of 64 x 64 pixels has 7 x 7 blocks and 1764
      values. Of a picture of one colour all are 0.
    """
    pictures = grey(faces)
    padded = tf.pad(pictures, [[0, 0], [1, 1], [1, 1]], "REFLECT")
    across = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    down = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    length = tf.sqrt(tf.square(across) + tf.square(down))
    place = tf.atan2(down, across) * (ORIENTATIONS / np.pi) - 0.5
    apart = tf.abs(
        tf.math.floormod(place, ORIENTATIONS)[..., tf.newaxis]
        - tf.range(ORIENTATIONS, dtype=tf.float32)
    )
    # The last orientation is next to the first.
    share = tf.nn.relu(1 - tf.minimum(apart, ORIENTATIONS - apart))
    votes = length[..., tf.newaxis] * share
    blocks = tf.nn.depthwise_conv2d(votes, _cells(), [1, CELL, CELL, 1], "VALID")
    blocks /= tf.norm(blocks, axis=-1, keepdims=True) + _FAINT
    blocks = tf.minimum(blocks, _MOST)
    blocks /= tf.norm(blocks, axis=-1, keepdims=True) + _TINY
    return tf.reshape(blocks, [tf.shape(faces)[0], np.prod(blocks.shape[1:])])


def _cells() -> np.ndarray:
    """Shares of a block's pixels in its cells: `[rows, columns, orientations, 4]`."""
    places = (np.arange(BLOCK) + 0.5) / CELL - 0.5
    near = np.maximum(0, 1 - np.abs(places[:, np.newaxis] - np.arange(2)))
    cells = np.einsum("yi,xj->yxij", near, near).reshape(BLOCK, BLOCK, 1, 4)
    return np.repeat(cells, ORIENTATIONS, axis=2).astype(np.float32)
