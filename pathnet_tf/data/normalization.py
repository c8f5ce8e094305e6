"""Input scaling: z-scores per mel band and channel, or per colour.

    z[t, b, c] = (x[t, b, c] - mean[b, c]) / std[b, c]

Faces have no bands: their mean and deviation are those of each colour over all pixels.
Unless z-scores are asked for, a face x becomes x / 255.

`train` measures the statistics on the training speakers alone. `utterance` measures
them on each clip, and `speaker` on each speaker. `speaker_mean` takes off the mean of
each speaker and divides by the deviation of training speakers around theirs: a mean
needs few clips, a deviation many. `speaker` and `speaker_mean` are transductive: they
need all clips of a test speaker before they can classify the first one.
"""

import dataclasses
import math
from collections.abc import Iterator, Sequence

import numpy as np

from pathnet_tf.data.stored_values import Values

TRANSDUCTIVE = ("speaker", "speaker_mean")
NORMALIZATIONS = ("train", "utterance", *TRANSDUCTIVE, "none")
PIXEL_SCALE = 255.0
"""What pixels are divided by if nothing is measured; other values stay as they are."""

# Deviations below this count as 1: a band that never changes should become 0, and not
# amplified rounding errors.
LEAST_STD = 1e-5
CHUNK = 256


@dataclasses.dataclass(frozen=True)
class Statistics:
    """Mean and standard deviation of each mel band and channel.

    Attributes:
      mean: float32 `[num_mel_bands, channels]`; for faces `[columns, channels]`, where
        all columns are equal.
      std: float32, the same shape, positive.
    """

    mean: np.ndarray
    std: np.ndarray


@dataclasses.dataclass(frozen=True)
class Scaling:
    """Which statistics scale which segment of a dataset.

    Attributes:
      mean: float32 `[num_groups, num_mel_bands, channels]`.
      std: float32 `[num_groups, num_mel_bands, channels]`, positive.
      group: int32 `[num_segments]`, index of each segment in the first axis of both.
    """

    mean: np.ndarray
    std: np.ndarray
    group: np.ndarray

    @classmethod
    def shared(cls, statistics: Statistics, num_segments: int) -> "Scaling":
        """Makes the scaling that uses the same statistics for all segments."""
        group = np.zeros(num_segments, np.int32)
        return cls(statistics.mean[np.newaxis], statistics.std[np.newaxis], group)


def usual_normalization(*, is_of_pixels: bool) -> str:
    """Names the normalization of values that are pixels, or others, by default."""
    return "none" if is_of_pixels else "train"


def joined_scaling(scalings: Sequence[Scaling]) -> Scaling:
    """Joins the scalings of several datasets whose segments follow each other."""
    firsts = np.cumsum([0] + [len(one.mean) for one in scalings])
    groups = [one.group + first for one, first in zip(scalings, firsts, strict=False)]
    return Scaling(
        np.concatenate([one.mean for one in scalings]),
        np.concatenate([one.std for one in scalings]),
        np.concatenate(groups).astype(np.int32),
    )


def measure(
    values: Values, rows: np.ndarray | None = None, *, is_per_band: bool = True
) -> Statistics:
    """Measures the statistics of segments.

    Args:
      values: `[num_segments, frames, num_mel_bands, channels]`, or faces
        `[num_segments, rows, columns, channels]`.
      rows: int `[num_rows]`, the segments to measure, at least one; None for all.
      is_per_band: Whether the third axis is measured by itself, as it is for mel bands
        but not for the columns of faces.

    Returns:
      The statistics, summed in float64.
    """
    rows = np.arange(values.shape[0]) if rows is None else rows
    axes = (0, 1) if is_per_band else (0, 1, 2)
    count = len(rows) * math.prod(values.shape[1 : len(axes)])
    mean = sum(chunk.sum(axis=axes) for chunk in _chunks(values, rows)) / count
    squares = sum(
        np.square(chunk - mean).sum(axis=axes) for chunk in _chunks(values, rows)
    )
    std = np.sqrt(squares / count)
    std[std < LEAST_STD] = 1.0
    shape = values.shape[2:]
    return Statistics(
        np.broadcast_to(mean, shape).astype(np.float32),
        np.broadcast_to(std, shape).astype(np.float32),
    )


def measure_groups(
    values: Values, rows: np.ndarray, group: np.ndarray, *, is_per_band: bool = True
) -> Scaling:
    """Measures each group of segments by itself.

    Args:
      values: See `measure`.
      rows: int64 `[num_rows]`, the segments to measure and to scale.
      group: int `[num_rows]`, the group of each of these segments.
      is_per_band: See `measure`.

    Returns:
      The scaling. It is meaningless for segments that are not in `rows`.
    """
    names, place = np.unique(group, return_inverse=True)
    measured = [
        measure(values, rows[place == index], is_per_band=is_per_band)
        for index in range(len(names))
    ]
    group_of = np.zeros(values.shape[0], np.int32)
    group_of[rows] = place
    return Scaling(
        np.stack([statistics.mean for statistics in measured]),
        np.stack([statistics.std for statistics in measured]),
        group_of,
    )


def with_deviation_of(
    scaling: Scaling, values: Values, rows: np.ndarray, *, is_per_band: bool = True
) -> Scaling:
    """Gives all groups the deviation of some segments around their groups' means.

    Args:
      scaling: Means of groups.
      values: See `measure`.
      rows: int64 `[num_rows]`, the segments to measure, at least one.
      is_per_band: See `measure`.

    Returns:
      The scaling with the means it had.
    """
    axes = (0, 1) if is_per_band else (0, 1, 2)
    count = len(rows) * math.prod(values.shape[1 : len(axes)])
    squares = np.zeros(1)
    for start in range(0, len(rows), CHUNK):
        few = rows[start : start + CHUNK]
        apart = values[few] - scaling.mean[scaling.group[few], np.newaxis]
        squares = squares + np.square(apart.astype(np.float64)).sum(axis=axes)
    std = np.sqrt(squares / count)
    std[std < LEAST_STD] = 1.0
    shared = np.broadcast_to(std, scaling.mean.shape).astype(np.float32)
    return dataclasses.replace(scaling, std=shared)


def unmeasured(shape: tuple[int, ...], full_scale: float) -> Statistics:
    """Makes statistics of a shape that only divide values by their full scale."""
    std = np.full(shape, full_scale, np.float32)
    return Statistics(np.zeros(shape, np.float32), std)


def _chunks(values: Values, rows: np.ndarray) -> Iterator[np.ndarray]:
    """Reads float64 `[at most CHUNK, *segment_shape]`, as memory may not hold all."""
    for start in range(0, len(rows), CHUNK):
        yield values[rows[start : start + CHUNK]].astype(np.float64)
