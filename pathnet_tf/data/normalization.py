"""Input scaling: z-scores per mel band and channel, or per colour.

    z[t, b, c] = (x[t, b, c] - mean[b, c]) / std[b, c]

Faces have no bands: their mean and deviation are those of a colour over all pixels.
Unless z-scores are asked for, a face x becomes x / 255.

Under `train` the statistics come from the training speakers alone. `utterance` takes
each clip's own, `speaker` each speaker's own; the last is transductive, since it needs
all of a test speaker's clips before the first one can be classified.
"""

import dataclasses
import math
from collections.abc import Iterator, Sequence

import numpy as np

from pathnet_tf.data.stored_values import Values

NORMALIZATIONS = ("train", "utterance", "speaker", "none")
USUAL_NORMALIZATIONS = {"speech": "train", "face": "none"}
"""What is done with each modality unless a user says otherwise."""
FULL_SCALES = {"speech": 1.0, "face": 255.0}
"""What values of each modality are divided by where nothing is measured."""

# A band that never changes carries nothing: it becomes 0 rather than noise.
LEAST_STD = 1e-5
CHUNK = 256


@dataclasses.dataclass(frozen=True)
class Statistics:
    """Mean and standard deviation of each mel band and channel.

    Attributes:
      mean: float32 `[num_mel_bands, channels]`; of faces `[columns, channels]`, the
        same in all columns.
      std: The same shape, positive.
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


def joined_scaling(scalings: Sequence[Scaling]) -> Scaling:
    """The scaling of several datasets whose segments follow each other."""
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
      rows: The segments to measure, at least one; none stands for all.
      is_per_band: Whether each mel band is measured by itself; columns are not.

    Returns:
      The statistics, accumulated in float64.
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
      group: int `[num_rows]`, the group of each.
      is_per_band: See `measure`.

    Returns:
      The scaling; what it says of other segments means nothing.
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


def unmeasured(shape: tuple[int, ...], full_scale: float) -> Statistics:
    """Statistics `[num_mel_bands, channels]` that divide values by their full scale."""
    std = np.full(shape, full_scale, np.float32)
    return Statistics(np.zeros(shape, np.float32), std)


def _chunks(values: Values, rows: np.ndarray) -> Iterator[np.ndarray]:
    """Reads rows a few at a time: all of them may not fit into memory."""
    for start in range(0, len(rows), CHUNK):
        yield values[rows[start : start + CHUNK]].astype(np.float64)
