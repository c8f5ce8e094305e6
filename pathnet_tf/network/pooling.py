"""One vector of many frames, however many they are, for a head to classify.

    mean        m = sum_t a_t h_t,  a_t = 1 / T
    statistics  [m, s],             s = sqrt(sum_t a_t (h_t - m)^2)
    attention   [m, s],             a = softmax_t(h_t v), v learned with the task

over all frames t of a sample: of a segment, or of all segments of a clip. A clip of any
length is pooled out of the moments of its segments i, which have the weight w_i, mean
m_i and variance v_i of their frames:

    m = sum_i a_i m_i,  s = sqrt(sum_i a_i (v_i + (m_i - m)^2)),  a_i = w_i / sum_k w_k

Reference: Okabe et al. 2018, "Attentive statistics pooling for deep speaker
embedding", equations 3 to 6, with a linear score.
"""

import tensorflow as tf

# Deviations of frames that are all alike have no gradient.
LEAST_VARIANCE = 1e-5


def pooled_width(width: int, pooling: str) -> int:
    """Values of a sample, of so many values of a frame."""
    return width if pooling == "mean" else 2 * width


def pool_samples(
    features: tf.Tensor,
    sample: tf.Tensor | None,
    pooling: str,
    attention: tf.Tensor | None = None,
) -> tf.Tensor:
    """Brings frames together.

    Args:
      features: float32 `[num_segments, frames, width]`.
      sample: int32 `[num_segments]`, the sample that a segment is of: ascending from
        0, none left out. None stands for segments that are samples by themselves.
      pooling: See `PathNetSettings`.
      attention: float32 `[width, 1]`, v, for `attention` alone.

    Returns:
      float32 `[num_samples, width]`, or twice as wide where deviations are taken.
    """
    frames, width = features.shape[1:]
    if pooling == "mean" and frames == 1:
        alone = tf.squeeze(features, axis=1)
        return alone if sample is None else tf.math.segment_mean(alone, sample)
    num_segments = tf.shape(features)[0]
    if sample is None:
        sample = tf.range(num_segments)
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


def segment_moments(
    features: tf.Tensor, pooling: str, attention: tf.Tensor | None = None
) -> tf.Tensor:
    """All that pooling needs of segments, so that they can be let go.

    Args:
      features: float32 `[num_segments, frames, width]`.
      pooling: See `PathNetSettings`.
      attention: As of `pool_samples`.

    Returns:
      float32 `[num_segments, 1 + 2 * width]`: natural logarithm of the weight, mean,
      variance.
    """
    if pooling == "attention":
        assert attention is not None
        scores = tf.einsum("stw,wo->sto", features, attention)
    else:
        scores = tf.zeros_like(features[:, :, :1])
    weights = tf.nn.softmax(scores, axis=1)
    mean = tf.reduce_sum(weights * features, axis=1)
    squares = tf.square(features - mean[:, None])
    variance = tf.reduce_sum(weights * squares, axis=1)
    return tf.concat([tf.reduce_logsumexp(scores, axis=1), mean, variance], axis=1)


def pool_moments(moments: tf.Tensor, pooling: str) -> tf.Tensor:
    """Brings segments together, as `pool_samples` does with the frames of one sample.

    Args:
      moments: float32 `[num_segments, 1 + 2 * width]`, from `segment_moments`.
      pooling: The same.

    Returns:
      float32 `[1, width]`, or twice as wide where deviations are taken.
    """
    width = moments.shape[1] // 2
    log_weights, means, variances = tf.split(moments, [1, width, width], axis=1)
    weights = tf.nn.softmax(log_weights, axis=0)
    mean = tf.reduce_sum(weights * means, axis=0, keepdims=True)
    if pooling == "mean":
        return mean
    apart = variances + tf.square(means - mean)
    variance = tf.reduce_sum(weights * apart, axis=0, keepdims=True)
    return tf.concat([mean, tf.sqrt(variance + LEAST_VARIANCE)], axis=1)
