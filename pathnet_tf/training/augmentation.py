"""Changes of training segments that leave their emotion as it is, drawn anew each time.

All are drawn inside the graph from a seed, so that a training can be repeated. What is
masked is set to 0, the mean of inputs that are z-scored.

References: time and frequency masks are those of Park et al. 2019, "SpecAugment",
section 2, without its time warping; mixup is Zhang et al. 2018, "mixup: beyond
empirical risk minimization".
"""

from collections.abc import Sequence

import tensorflow as tf

from pathnet_tf.training.settings import Augmentation

FREQUENCY_MASKS = 2


def augment(
    segments: tf.Tensor, num_samples: tf.Tensor, seed: tf.Tensor, what: Augmentation
) -> tf.Tensor:
    """Changes segments.

    Args:
      segments: float32 `[num_segments, frames, mel bands, channels]`, the first channel
        static, those of a sample one after the other and all samples with as many.
      num_samples: Clips, or segments where each is one sample.
      seed: int32 `[2]`.
      what: What to do.

    Returns:
      Segments of the same shape.
    """
    seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 4))
    num_segments = tf.shape(segments)[0]
    num_frames, num_bands, num_channels = segments.shape[1:]

    def of_samples(drawn: tf.Tensor) -> tf.Tensor:
        return tf.repeat(drawn, num_segments // num_samples, axis=0)

    if what.band_shift:
        shift = tf.random.stateless_uniform(
            [num_samples, 1], seeds[0], -what.band_shift, what.band_shift + 1, tf.int32
        )
        places = tf.clip_by_value(tf.range(num_bands) + shift, 0, num_bands - 1)
        by_band = tf.transpose(segments, [0, 2, 1, 3])
        by_band = tf.gather(by_band, of_samples(places), axis=1, batch_dims=1)
        segments = tf.transpose(by_band, [0, 2, 1, 3])
    # A band and its channel make one axis: broadcasting over few channels is slower.
    frames = tf.reshape(segments, [num_segments, num_frames, num_bands * num_channels])
    if what.gain:
        gain = tf.random.stateless_normal([num_samples, 1, 1], seeds[1], 0, what.gain)
        added = tf.tile(gain * tf.one_hot(0, num_channels), [1, 1, num_bands])
        frames += of_samples(added)
    if what.time_mask:
        shown = _shown(num_segments, num_frames, what.time_mask, seeds[2])
        frames *= shown[:, :, tf.newaxis]
    if what.frequency_mask:
        masks = tf.unstack(
            tf.random.experimental.stateless_split(seeds[3], FREQUENCY_MASKS)
        )
        shown = tf.ones([num_samples, num_bands])
        for mask in masks:
            shown *= _shown(num_samples, num_bands, what.frequency_mask, mask)
        shown = of_samples(tf.repeat(shown, num_channels, axis=1))
        frames *= shown[:, tf.newaxis]
    return tf.reshape(frames, [num_segments, num_frames, num_bands, num_channels])


def mix(
    of_samples: Sequence[tf.Tensor], seed: tf.Tensor, alpha: float
) -> list[tf.Tensor]:
    """Mixes each sample with another one, all that is known of it by the same weight.

    Args:
      of_samples: float32 `[num_samples, ...]` each: segments, targets.
      seed: int32 `[2]`.
      alpha: Both parameters of the beta distribution of weights, > 0. The larger
        weight is the sample's own.

    Returns:
      The same, mixed.
    """
    seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 3), num=3)
    num_samples = tf.shape(of_samples[0])[0]
    one, other = (
        tf.random.stateless_gamma([num_samples], seed=s, alpha=alpha) for s in seeds[:2]
    )
    # Both underflow to 0 for small alpha.
    weight = tf.math.divide_no_nan(tf.maximum(one, other), one + other)
    weight = tf.where(weight > 0, weight, 1.0)
    order = tf.random.experimental.stateless_shuffle(tf.range(num_samples), seeds[2])

    def mixed(values: tf.Tensor) -> tf.Tensor:
        own = tf.reshape(weight, [-1] + [1] * (len(values.shape) - 1))
        return own * values + (1 - own) * tf.gather(values, order)

    return [mixed(values) for values in of_samples]


def _shown(number: tf.Tensor, size: int, most: int, seed: tf.Tensor) -> tf.Tensor:
    """0 where a mask of at most so many places hides an axis: `[number, size]`."""
    seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    most = min(most, size)
    width = tf.random.stateless_uniform([number, 1], seeds[0], 0, most + 1, tf.int32)
    room = tf.cast(size - width + 1, tf.float32)
    first = tf.cast(tf.random.stateless_uniform([number, 1], seeds[1]) * room, tf.int32)
    place = tf.range(size)
    return tf.cast((place < first) | (place >= first + width), tf.float32)
