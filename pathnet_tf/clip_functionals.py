"""Functionals of a clip: one vector, however long the clip is."""

import numpy as np

from pathnet_tf.segment_inputs import SegmentInputs

PERCENTILES = (5, 25, 50, 75, 95)


def clip_functionals(
    inputs: SegmentInputs, clip: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Describes clips by mean, deviation and percentiles over their frames.

    A frame that several segments share counts as often. Percentiles are those of
    `numpy.percentile`.

    Args:
      inputs: Segments `[num_segments, frames, num_mel_bands, channels]`.
      clip: int64 `[num_segments]`, the clip of each.

    Returns:
      The clips, ascending, and float64 `[num_clips, 7 * num_mel_bands * channels]`:
      means, standard deviations, then percentiles.
    """
    clips, place = np.unique(clip, return_inverse=True)
    functionals = []
    for index in range(len(clips)):
        segments = inputs.select(np.flatnonzero(place == index))
        block = segments.block(0, len(segments)).numpy().astype(np.float64)
        frames = block.reshape(len(segments) * inputs.num_frames, -1)
        functionals.append(functionals_of(frames).ravel())
    return clips, np.array(functionals)


def functionals_of(frames: np.ndarray) -> np.ndarray:
    """Describes frames by mean, standard deviation and percentiles.

    Args:
      frames: `[num_frames, ...]`, at least one.

    Returns:
      float64 `[7, ...]`.
    """
    parts = [frames.mean(axis=0), frames.std(axis=0)]
    parts += list(np.percentile(frames, PERCENTILES, axis=0))
    return np.stack(parts)
