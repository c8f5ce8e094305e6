import keras
import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.training.optimizers import Optimizer, learning_rates

TARGETS = [np.array([[1.0, -2.0], [0.5, 3.0]], np.float32), np.array([4.0], np.float32)]


def gradients_at(weights):
    """Of a quartic: none is constant."""
    return [(w - t) ** 3 for w, t in zip(weights, TARGETS, strict=True)]


def steps_of(name, number, rate):
    weights = [tf.Variable(tf.zeros_like(target)) for target in TARGETS]
    optimizer = Optimizer(name, weights)
    for step in range(1, number + 1):
        optimizer.step(gradients_at(weights), tf.constant(step), rate)
    return weights


@pytest.mark.parametrize("number", [1, 2, 9])
@pytest.mark.parametrize(
    ("kind", "keras_kind"),
    [("sgd", keras.optimizers.SGD), ("adam", keras.optimizers.Adam)],
)
def test_steps_equal_keras_own(kind, keras_kind, number):
    variables = [tf.Variable(tf.zeros_like(t)) for t in TARGETS]
    optimizer = keras_kind(0.01)
    for _ in range(number):
        optimizer.apply_gradients(zip(gradients_at(variables), variables, strict=True))
    for ours, theirs in zip(steps_of(kind, number, 0.01), variables, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_a_weight_without_gradient_stays():
    weight = tf.Variable([3.0])
    Optimizer("adam", [weight]).step([tf.zeros([1])], tf.constant(1), 0.1)
    assert weight.numpy() == 3.0


def test_it_begins_anew_with_variables_of_another_width():
    weight = tf.Variable(tf.zeros([2]), shape=[None])
    optimizer = Optimizer("adam", [weight])
    optimizer.step([tf.constant([5.0, -5.0])], tf.constant(1), 0.1)
    weight.assign(tf.zeros([3]))
    optimizer.forget()
    optimizer.step([tf.zeros([3])], tf.constant(1), 0.1)
    assert weight.numpy().tolist() == [0, 0, 0]


def test_a_constant_rate():
    assert learning_rates("constant", 0.5, 3).tolist() == [0.5, 0.5, 0.5]


def test_a_cosine_ends_near_nothing():
    rates = learning_rates("cosine", 0.5, 100)
    assert rates[0] == 0.5
    assert rates[50] == pytest.approx(0.25)
    assert 0 < rates[-1] < 0.001
    assert (np.diff(rates) < 0).all()
    assert rates.dtype == np.float32
