"""Input scaling: z-scores per mel band and channel.

    z[t, b, c] = (x[t, b, c] - mean[b, c]) / std[b, c]

Under `train` the statistics come from the training speakers alone. `utterance` takes
each clip's own, `speaker` each speaker's own; the last is transductive, since it needs
all of a test speaker's clips before the first one can be classified.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np

from pathnet_tf.segment_values import Values

NORMALIZATIONS = ("train", "utterance", "speaker", "none")

# A band that never changes carries nothing: it becomes 0 rather than noise.
LEAST_STD = 1e-5
CHUNK = 256


@dataclasses.dataclass(frozen=True)
class Statistics:
    """Mean and standard deviation of each mel band and channel.

    Attributes:
      mean: float32 `[num_mel_bands, channels]`.
      std: float32 `[num_mel_bands, channels]`, positive.
    """

    mean: np.ndarray
    std: np.ndarray


@dataclasses.dataclass(frozen=True)
class Scaling:
    """Which statistics scale which segment of a dataset.

    Attributes:
      mean: float32 `[num_groups, num_mel_bands, channels]`.
      std: float32 `[num_groups, num_mel_bands, channels]`, positive.
      group: int32 `[num_segments]`, places in the first axis of both.
    """

    mean: np.ndarray
    std: np.ndarray
    group: np.ndarray

    @classmethod
    def shared(cls, statistics: Statistics, num_segments: int) -> "Scaling":
        """The same statistics for all segments."""
        group = np.zeros(num_segments, np.int32)
        return cls(statistics.mean[np.newaxis], statistics.std[np.newaxis], group)


def measure(values: Values, rows: np.ndarray | None = None) -> Statistics:
    """Measures the statistics of segments.

    Args:
      values: `[num_segments, frames, num_mel_bands, channels]`.
      rows: The segments to measure, at least one; none stands for all.

    Returns:
      The statistics, accumulated in float64.
    """
    rows = np.arange(values.shape[0]) if rows is None else rows
    count = len(rows) * values.shape[1]
    mean = sum(chunk.sum(axis=(0, 1)) for chunk in _chunks(values, rows)) / count
    squares = sum(
        np.square(chunk - mean).sum(axis=(0, 1)) for chunk in _chunks(values, rows)
    )
    std = np.sqrt(squares / count)
    std[std < LEAST_STD] = 1.0
    return Statistics(mean.astype(np.float32), std.astype(np.float32))


def measure_groups(values: Values, rows: np.ndarray, group: np.ndarray) -> Scaling:
    """Measures each group of segments by itself.

    Args:
      values: `[num_segments, frames, num_mel_bands, channels]`.
      rows: int64 `[num_rows]`, the segments to measure and to scale.
      group: int `[num_rows]`, the group of each.

    Returns:
      The scaling; what it says of other segments means nothing.
    """
    names, place = np.unique(group, return_inverse=True)
    measured = [measure(values, rows[place == index]) for index in range(len(names))]
    group_of = np.zeros(values.shape[0], np.int32)
    group_of[rows] = place
    return Scaling(
        np.stack([statistics.mean for statistics in measured]),
        np.stack([statistics.std for statistics in measured]),
        group_of,
    )


def identity(num_mel_bands: int, channels: int) -> Statistics:
    """Statistics that leave values as they are."""
    shape = (num_mel_bands, channels)
    return Statistics(np.zeros(shape, np.float32), np.ones(shape, np.float32))


def _chunks(values: Values, rows: np.ndarray) -> Iterator[np.ndarray]:
    """Reads rows a few at a time: all of them may not fit into memory."""
    for start in range(0, len(rows), CHUNK):
        yield values[rows[start : start + CHUNK]].astype(np.float64)
