import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.network.frame_convolution import convolve_frames


@pytest.fixture
def inputs(rng):
    return tf.constant(rng.standard_normal((3, 9, 1, 4)), tf.float32)


def test_windows_computed_by_hand():
    frames = tf.reshape([1.0, 2.0, 3.0, 4.0], [1, 4, 1, 1])
    kernel = tf.reshape([1.0, 10.0, 100.0], [3, 1, 1, 1])
    found = convolve_frames(frames, kernel, 1)
    assert tf.squeeze(found).numpy().tolist() == [210, 321, 432, 43]
    found = convolve_frames(frames, kernel, 2)
    assert tf.squeeze(found).numpy().tolist() == [321, 43]


@pytest.mark.parametrize("window", [1, 2, 3, 5, 12])
@pytest.mark.parametrize("stride", [1, 2, 4, 11])
def test_outputs_and_gradients_equal_tensorflows_own(inputs, window, stride, rng):
    kernel = tf.constant(rng.standard_normal((window, 1, 4, 6)), tf.float32)
    found = []
    for how in (
        lambda: convolve_frames(inputs, kernel, stride),
        lambda: tf.nn.conv2d(inputs, kernel, (stride, 1), "SAME"),
    ):
        with tf.GradientTape() as tape:
            tape.watch([inputs, kernel])
            outputs = how()
            total = tf.reduce_sum(tf.sin(outputs))
        found.append([outputs, *tape.gradient(total, [inputs, kernel])])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_a_graph_knows_neither_batch_nor_units(inputs, rng):
    graph = tf.function(
        lambda x, k: convolve_frames(x, k, 2),
        input_signature=[
            tf.TensorSpec([None, 9, 1, 4]),
            tf.TensorSpec([3, 1, 4, None]),
        ],
    )
    for units in (2, 5):
        kernel = tf.constant(rng.standard_normal((3, 1, 4, units)), tf.float32)
        np.testing.assert_allclose(
            graph(inputs, kernel),
            tf.nn.conv2d(inputs, kernel, (2, 1), "SAME"),
            atol=1e-5,
        )
