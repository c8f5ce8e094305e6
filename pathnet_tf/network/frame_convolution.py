"""A convolution over frames alone: windows of frames, side by side, times the kernel.

    y[t] = [x[t s - p], ..., x[t s - p + w - 1]] K

with stride s, window w, and p zeros before the frames as of a convolution that pads
alike on both sides. On a CPU both this and its gradient, which are products of matrices
too, take about half as long as TensorFlow's own convolution.
"""

import tensorflow as tf


def convolve_frames(inputs: tf.Tensor, kernel: tf.Tensor, stride: int) -> tf.Tensor:
    """Convolves frames, with zeros around them.

    Args:
      inputs: float32 `[batch, frames, 1, channels]`, all but the batch known.
      kernel: float32 `[window, 1, channels, units]`, all but the units known.
      stride: Frames that the window steps.

    Returns:
      float32 `[batch, frames / stride, 1, units]`, rounded up.
    """
    num_frames, _, channels = inputs.shape[1:]
    window = kernel.shape[0]
    num_places = -(-num_frames // stride)
    span = (num_places - 1) * stride + 1
    around = max(span + window - 1 - num_frames, 0)
    before = around // 2
    padded = tf.pad(inputs[:, :, 0], [[0, 0], [before, around - before], [0, 0]])
    seen = tf.concat(
        [padded[:, first : first + span : stride] for first in range(window)], axis=2
    )
    num_units = tf.shape(kernel)[3]
    outputs = tf.reshape(seen, [-1, window * channels]) @ tf.reshape(
        kernel, [-1, num_units]
    )
    return tf.reshape(outputs, [-1, num_places, 1, num_units])
