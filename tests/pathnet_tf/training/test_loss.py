import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.training.loss import cross_entropies, make_targets
from pathnet_tf.training.settings import TrainingSettings

LABELS = np.array([0, 0, 0, 2], np.int32)
ALL = np.ones((4, 3), bool)


def targets(allowed=ALL, **settings):
    return make_targets(LABELS, allowed, TrainingSettings(**settings))


def test_targets_are_one_hot():
    assert targets().tolist() == np.eye(3)[LABELS].tolist()


def test_smoothing_spreads_a_share_over_all_classes():
    rows = targets(label_smoothing=0.3)
    np.testing.assert_allclose(rows[0], [0.8, 0.1, 0.1], rtol=1e-6)
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-6)


def test_smoothing_keeps_to_the_classes_that_a_sample_may_be_of():
    allowed = np.array([[1, 1, 0]] * 3 + [[0, 0, 1]], bool)
    rows = targets(allowed, label_smoothing=0.3)
    np.testing.assert_allclose(rows[0], [0.85, 0.15, 0], rtol=1e-6)
    np.testing.assert_allclose(rows[3], [0, 0, 1], rtol=1e-6)


def test_balanced_classes_weigh_alike_and_samples_one_on_average():
    rows = targets(class_weights="balanced", label_smoothing=0.1)
    of_class = [rows[:3].sum(), rows[3:].sum()]
    assert of_class == pytest.approx([2, 2])
    assert rows.sum() == pytest.approx(4)


@pytest.mark.parametrize("weight", [1.0, 0.25, 3.0])
def test_losses_and_gradients_of_weighted_targets(weight, rng):
    rows = (weight * rng.dirichlet(np.ones(3), size=5)).astype(np.float32)
    logits = tf.constant(rng.standard_normal((5, 3)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        losses = cross_entropies(rows, logits)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(losses, -(rows * np.log(shares)).sum(axis=1), rtol=1e-5)
    np.testing.assert_allclose(
        tape.gradient(losses, logits), weight * shares - rows, atol=1e-5
    )
