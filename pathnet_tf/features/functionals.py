"""Functionals of a clip: one vector of the same length for every clip.

They are mean, standard deviation and percentiles over the clip's frames.
"""

from collections.abc import Iterable

import numpy as np
import tensorflow as tf
from scipy.special import logsumexp

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.features.log_mel import log_mel, segments

PERCENTILES = (5, 25, 50, 75, 95)
# Decibels in a natural logarithm of power.
_DB = 10 / np.log(10)


def clip_functionals(
    inputs: SegmentInputs, clip: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Describes clips by mean, standard deviation and percentiles over their frames.

    A frame that is part of several segments counts several times. Percentiles are
    those of `numpy.percentile`.

    Args:
      inputs: Segments `[num_segments, frames, num_mel_bands, channels]`.
      clip: int64 `[num_segments]`, the clip of each segment.

    Returns:
      The clips, int64 `[num_clips]`, ascending; and float64
      `[num_clips, 7 * num_mel_bands * channels]`: means, standard deviations, then
      percentiles.
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
      frames: float `[num_frames, ...]`, at least one.

    Returns:
      float64 `[7, ...]`: mean, standard deviation, then percentiles.
    """
    parts = [frames.mean(axis=0), frames.std(axis=0)]
    parts += list(np.percentile(frames, PERCENTILES, axis=0))
    return np.stack(parts)


def loud_functionals(blocks: Iterable[np.ndarray], silence_db: float) -> np.ndarray:
    """Describes a clip by its log-mel frames, without silent ones.

    Args:
      blocks: The clip's segments, in one or several blocks `[num_segments, frames,
        num_mel_bands, channels]` of the stored dtype. Their first channel is the
        natural logarithm of power.
      silence_db: Frames that are quieter than the loudest frame by more than this are
        left out; 0 keeps all.

    Returns:
      float64 `[7, num_mel_bands, channels]`, see `functionals_of`.
    """
    frames = [block.reshape(-1, *block.shape[2:]) for block in blocks]
    if silence_db:
        energies = [
            logsumexp(block[..., 0].astype(np.float64), axis=1) * _DB
            for block in frames
        ]
        least = max(one.max() for one in energies) - silence_db
        for number, one in enumerate(energies):
            frames[number] = frames[number][one >= least]
    # One band at a time, as all bands of an hour of speech take much memory.
    bands = [
        functionals_of(
            np.concatenate([block[:, band] for block in frames], dtype=float)
        )
        for band in range(frames[0].shape[1])
    ]
    return np.stack(bands, axis=1)


def loud_functionals_in_graph(segments: tf.Tensor, silence_db: float) -> tf.Tensor:
    """Does the same as `loud_functionals`, inside a graph and in float32.

    Args:
      segments: float32 `[num_segments, frames, num_mel_bands, channels]`.
      silence_db: See `loud_functionals`.

    Returns:
      float32 `[7, num_mel_bands, channels]`.
    """
    frames = tf.reshape(segments, [-1, *segments.shape[2:]])
    if silence_db:
        frames = frames[is_loud(frames[..., 0], silence_db)]
    return functionals_in_graph(frames)


def waveform_functionals(
    waveform: tf.Tensor, *, front_end: FrontEnd, silence_db: float
) -> tf.Tensor:
    """Describes a clip by the frames of its segments; works inside a graph.

    Args:
      waveform: float32 `[num_samples]`, see `log_mel`.
      front_end: How segments are cut.
      silence_db: See `loud_functionals`.

    Returns:
      float32 `[1, 7, num_mel_bands, channels]`.
    """
    spectrogram = log_mel(waveform, front_end=front_end)
    cut = segments(spectrogram, front_end=front_end)
    cut.set_shape([None, *front_end.segment_shape])
    return loud_functionals_in_graph(cut, silence_db)[tf.newaxis]


def is_loud(log_mel: tf.Tensor, silence_db: float) -> tf.Tensor:
    """Tells which frames are hardly quieter than the loudest; works inside a graph.

    Args:
      log_mel: float32 `[num_frames, num_mel_bands]`, natural log power.
      silence_db: How many decibels quieter a frame may be.

    Returns:
      bool `[num_frames]`.
    """
    energy = tf.reduce_logsumexp(log_mel, axis=1) * _DB
    return energy >= tf.reduce_max(energy) - silence_db


def functionals_in_graph(frames: tf.Tensor) -> tf.Tensor:
    """Does the same as `functionals_of`, inside a graph and in float32.

    Args:
      frames: float32 `[num_frames, ...]`, at least one.

    Returns:
      float32 `[7, ...]`.
    """
    mean = tf.reduce_mean(frames, axis=0)
    deviation = tf.sqrt(tf.reduce_mean(tf.square(frames - mean), axis=0))
    rising = tf.sort(frames, axis=0)
    last = tf.cast(tf.shape(frames)[0] - 1, tf.float32)
    places = last * tf.constant(PERCENTILES, tf.float32) / 100
    below = tf.floor(places)
    share = tf.reshape(places - below, [-1, *[1] * (frames.shape.rank - 1)])
    low = tf.gather(rising, tf.cast(below, tf.int32))
    high = tf.gather(rising, tf.cast(tf.math.ceil(places), tf.int32))
    return tf.concat([[mean], [deviation], low + share * (high - low)], axis=0)
