"""Input scaling: z-scores per mel band and channel.

    z[t, b, c] = (x[t, b, c] - mean[b, c]) / std[b, c]

Under `train` the statistics come from the training speakers alone. `utterance` takes
each clip's own, `speaker` each speaker's own; the last is transductive, since it needs
all of a test speaker's clips before the first one can be classified.
"""

import dataclasses

import numpy as np

NORMALIZATIONS = ("train", "utterance", "speaker", "none")

# A band that never changes carries nothing: it becomes 0 rather than noise.
LEAST_STD = 1e-5


@dataclasses.dataclass(frozen=True)
class Statistics:
    """Mean and standard deviation of each mel band and channel.

    Attributes:
      mean: float32 `[num_mel_bands, channels]`.
      std: float32 `[num_mel_bands, channels]`, positive.
    """

    mean: np.ndarray
    std: np.ndarray

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Normalizes `[num_segments, frames, num_mel_bands, channels]` to float32."""
        normalized = values.astype(np.float32)
        normalized -= self.mean
        normalized /= self.std
        return normalized


def measure(values: np.ndarray) -> Statistics:
    """Measures the statistics of segments.

    Args:
      values: `[num_segments, frames, num_mel_bands, channels]`, at least one segment.

    Returns:
      The statistics, accumulated in float64.
    """
    count = values.shape[0] * values.shape[1]
    total = values.sum(axis=(0, 1), dtype=np.float64)
    mean = total / count
    squares = np.zeros_like(mean)
    for segment in values:  # A squared copy of all of them would double the memory.
        squares += np.square(segment - mean).sum(axis=0)
    std = np.sqrt(squares / count)
    std[std < LEAST_STD] = 1.0
    return Statistics(mean.astype(np.float32), std.astype(np.float32))


def identity(num_mel_bands: int, channels: int) -> Statistics:
    """Statistics that leave values as they are."""
    shape = (num_mel_bands, channels)
    return Statistics(np.zeros(shape, np.float32), np.ones(shape, np.float32))


def normalize_groups(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Normalizes each group of segments by its own statistics.

    Args:
      values: `[num_segments, frames, num_mel_bands, channels]`.
      group: `[num_segments]`, the clip or speaker of each segment.

    Returns:
      float32 of the same shape.
    """
    normalized = np.empty(values.shape, np.float32)
    for name in np.unique(group):
        members = group == name
        normalized[members] = measure(values[members]).apply(values[members])
    return normalized
