"""Functionals of a clip: one vector, however long the clip is."""

from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs

PERCENTILES = (5, 25, 50, 75, 95)
# Decibels in a natural logarithm of power.
_DB = 10 / np.log(10)


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


def loud_functionals(blocks: Iterable[np.ndarray], silence_db: float) -> np.ndarray:
    """Describes a clip by its log-mel frames, silence left out.

    Args:
      blocks: The clip's segments, `[num_segments, frames, num_mel_bands, channels]` as
        the records hold them, in one or several blocks. Their first channel is the
        natural logarithm of power.
      silence_db: Frames so far below the loudest one are left out; 0 keeps all.

    Returns:
      float64 `[7, num_mel_bands, channels]`, see `functionals_of`.
    """
    frames = [block.reshape(-1, *block.shape[2:]) for block in blocks]
    if silence_db:
        energies = [
            np.logaddexp.reduce(block[..., 0], axis=1, dtype=np.float64) * _DB
            for block in frames
        ]
        least = max(one.max() for one in energies) - silence_db
        for number, one in enumerate(energies):
            frames[number] = frames[number][one >= least]
    # One band and one block after the other: an hour of speech is large.
    bands = [
        functionals_of(
            np.concatenate([block[:, band] for block in frames], dtype=float)
        )
        for band in range(frames[0].shape[1])
    ]
    return np.stack(bands, axis=1)


def loud_functionals_in_graph(segments: tf.Tensor, silence_db: float) -> tf.Tensor:
    """Does what `loud_functionals` does, inside a graph and in float32."""
    frames = tf.reshape(segments, [-1, *segments.shape[2:]])
    if silence_db:
        energy = tf.reduce_logsumexp(frames[..., 0], axis=1) * _DB
        frames = frames[energy >= tf.reduce_max(energy) - silence_db]
    mean = tf.reduce_mean(frames, axis=0)
    deviation = tf.sqrt(tf.reduce_mean(tf.square(frames - mean), axis=0))
    rising = tf.sort(frames, axis=0)
    last = tf.cast(tf.shape(frames)[0] - 1, tf.float32)
    places = last * tf.constant(PERCENTILES, tf.float32) / 100
    below = tf.floor(places)
    share = tf.reshape(places - below, [-1, 1, 1])
    low = tf.gather(rising, tf.cast(below, tf.int32))
    high = tf.gather(rising, tf.cast(tf.math.ceil(places), tf.int32))
    return tf.concat([[mean], [deviation], low + share * (high - low)], axis=0)
