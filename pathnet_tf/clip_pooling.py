"""One vector of many frames, however many they are, for a head to classify.

    mean        m = sum_t a_t h_t,  a_t = 1 / T
    statistics  [m, s],             s = sqrt(sum_t a_t (h_t - m)^2)
    attention   [m, s],             a = softmax_t(h_t v), v learned with the task

over all frames t of a sample: of a segment, or of all segments of a clip.

Reference: Okabe et al. 2018, "Attentive statistics pooling for deep speaker
embedding", equations 3 to 6, with a linear score.
"""

import tensorflow as tf

POOLINGS = ("mean", "statistics", "attention")
# Deviations of frames that are all alike have no gradient.
LEAST_VARIANCE = 1e-5


def pooled_width(width: int, pooling: str) -> int:
    """Values of a sample, of so many values of a frame."""
    return width if pooling == "mean" else 2 * width


def pool_samples(
    features: tf.Tensor,
    sample: tf.Tensor,
    pooling: str,
    attention: tf.Tensor | None = None,
) -> tf.Tensor:
    """Brings frames together.

    Args:
      features: float32 `[num_segments, frames, width]`.
      sample: int32 `[num_segments]`, the sample that a segment is of: ascending from
        0, none left out.
      pooling: One of `POOLINGS`.
      attention: float32 `[width, 1]`, v, for `attention` alone.

    Returns:
      float32 `[num_samples, width]`, or twice as wide where deviations are taken.
    """
    frames, width = features.shape[1:]
    if pooling == "mean" and frames == 1:
        return tf.math.segment_mean(features[:, 0], sample)
    num_segments = tf.shape(features)[0]
    if pooling == "attention":
        assert attention is not None
        scores = tf.reshape(features, [-1, width]) @ attention
        scores = tf.reshape(scores, [num_segments, frames])
        most = tf.math.segment_max(tf.reduce_max(scores, axis=1), sample)
        weights = tf.exp(scores - tf.gather(tf.stop_gradient(most), sample)[:, None])
    else:
        weights = tf.ones([num_segments, frames])
    totals = tf.math.segment_sum(tf.reduce_sum(weights, axis=1), sample)
    weights /= tf.gather(totals, sample)[:, None]

    def weighed(values: tf.Tensor) -> tf.Tensor:
        of_segment = tf.einsum("st,stw->sw", weights, values)
        return tf.math.segment_sum(of_segment, sample)

    mean = weighed(features)
    if pooling == "mean":
        return mean
    squares = tf.square(features - tf.gather(mean, sample)[:, None])
    deviation = tf.sqrt(weighed(squares) + LEAST_VARIANCE)
    return tf.concat([mean, deviation], axis=1)
