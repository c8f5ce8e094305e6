"""Local binary patterns (LBP): where a face has which fine texture.

A pixel is compared with 8 points on a circle around it:

    pattern = sum_k 2^k [g_k >= g],   k = 0 ... 7

g is the grey value of the pixel, g_k that of the k-th point, interpolated between the
four pixels around it. A pattern is uniform if it changes between 0 and 1 no more than
twice around the circle, as at edges, corners and spots. Each of the 58 uniform patterns
is counted by itself, and all others together, in each cell of a grid of 8 x 8. The
circle has a radius of 2 pixels.

References: Ojala, Pietikainen and Maenpaa 2002, "Multiresolution gray-scale and
rotation invariant texture classification with local binary patterns"; Ahonen, Hadid and
Pietikainen 2006, "Face description with local binary patterns".
"""

import math

import numpy as np
import tensorflow as tf

from pathnet_tf.features.grey import grey

NUM_POINTS = 8
RADIUS = 2
GRID = 8


def lbp(faces: tf.Tensor) -> tf.Tensor:
    """Describes faces by histograms of their local binary patterns.

    Args:
      faces: uint8 `[num_faces, rows, columns, 3]`, RGB, at least 8 x 8 pixels. Rows and
        columns beyond the last whole cell are left out.

    Returns:
      float32 `[num_faces, 64 * 59]`: for each cell, row by row, the shares of the
      patterns, which add up to 1. A picture of one colour has the pattern of eight ones
      everywhere.
    """
    pictures = grey(faces)
    height, width = (size // GRID for size in pictures.shape[1:])
    bins, num_faces = uniform_bins(), tf.shape(faces)[0]
    num_bins, num_cells = int(bins.max()) + 1, GRID**2
    kind = tf.gather(bins, patterns(pictures, RADIUS))
    kind = kind[:, : GRID * height, : GRID * width]
    row, column = np.arange(GRID * height) // height, np.arange(GRID * width) // width
    cell = tf.constant(GRID * row[:, np.newaxis] + column, tf.int32)
    cell += num_cells * tf.range(num_faces)[:, tf.newaxis, tf.newaxis]
    counts = tf.math.unsorted_segment_sum(
        tf.ones_like(kind, tf.float32),
        num_bins * cell + kind,
        num_faces * num_cells * num_bins,
    )
    return tf.reshape(counts / (height * width), [num_faces, num_cells * num_bins])


def patterns(pictures: tf.Tensor, radius: int) -> tf.Tensor:
    """Finds the pattern of each pixel; beyond its border a picture is mirrored.

    Args:
      pictures: float32 `[num_pictures, rows, columns]`, grey.
      radius: Radius of the circle, in pixels.

    Returns:
      int32 `[num_pictures, rows, columns]`, 0 to 255. The first point is to the right,
      and the others follow counterclockwise.
    """
    _, rows, columns = pictures.shape
    beyond = [[0, 0], [radius, radius], [radius, radius]]
    padded = tf.pad(pictures, beyond, "SYMMETRIC")
    found = tf.zeros_like(pictures, tf.int32)
    for point in range(NUM_POINTS):
        angle = 2 * math.pi * point / NUM_POINTS
        # Rounded, as the sine of 180 degrees is not quite 0.
        down = round(-radius * math.sin(angle), 6)
        right = round(radius * math.cos(angle), 6)
        higher = tf.zeros_like(pictures)
        for y in sorted({math.floor(down), math.ceil(down)}):
            for x in sorted({math.floor(right), math.ceil(right)}):
                top, left = radius + y, radius + x
                near = padded[:, top : top + rows, left : left + columns]
                share = (1 - abs(down - y)) * (1 - abs(right - x))
                # Of differences: where all is even, they are exactly 0.
                higher += share * (near - pictures)
        found += 2**point * tf.cast(higher >= 0, tf.int32)
    return found


def uniform_bins() -> np.ndarray:
    """Numbers the patterns: int32 `[256]`, the uniform ones first, then all others."""
    ones = (np.arange(2**NUM_POINTS)[:, np.newaxis] >> np.arange(NUM_POINTS)) & 1
    is_uniform = (ones != np.roll(ones, 1, axis=1)).sum(axis=1) <= 2
    numbers = np.cumsum(is_uniform) - 1
    return np.where(is_uniform, numbers, is_uniform.sum()).astype(np.int32)
