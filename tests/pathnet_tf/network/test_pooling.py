import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.network.pooling import LEAST_VARIANCE, pool_samples, pooled_width

WIDTH, FRAMES = 4, 5
# Clips of one segment up to four.
SAMPLE = np.array([0, 0, 1, 2, 2, 2, 2, 3, 3, 3], np.int32)
POOLINGS = ["mean", "statistics", "attention"]


@pytest.fixture
def features(rng):
    return rng.standard_normal((len(SAMPLE), FRAMES, WIDTH)).astype(np.float32)


@pytest.fixture
def attention(rng):
    return rng.standard_normal((WIDTH, 1)).astype(np.float32)


def in_numpy(features, sample, pooling, attention):
    """Clip by clip, in float64."""
    pooled = []
    for clip in range(sample.max() + 1):
        frames = features[sample == clip].reshape(-1, features.shape[2]).astype(float)
        scores = (frames @ attention)[:, 0] * (pooling == "attention")
        weights = np.exp(scores) / np.exp(scores).sum()
        mean = weights @ frames
        deviation = np.sqrt(weights @ np.square(frames - mean) + LEAST_VARIANCE)
        pooled.append(mean if pooling == "mean" else np.append(mean, deviation))
    return np.stack(pooled)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("num_frames", [1, FRAMES])
def test_pooled_frames_equal_those_in_numpy(features, attention, pooling, num_frames):
    part = features[:, :num_frames]
    pooled = pool_samples(part, SAMPLE, pooling, attention)
    assert pooled.shape == (4, pooled_width(WIDTH, pooling))
    np.testing.assert_allclose(
        pooled, in_numpy(part, SAMPLE, pooling, attention), atol=1e-5
    )


def test_two_frames_pooled_by_hand():
    # Scores of 0 and log 3: weights of 1/4 and 3/4 around a mean of 3 log(3) / 4.
    frames = tf.constant([[[0.0]], [[float(np.log(3))]]])
    pooled = pool_samples(frames, [0, 0], "attention", tf.ones([1, 1])).numpy()
    mean, deviation = pooled[0]
    assert mean == pytest.approx(0.75 * np.log(3))
    assert deviation == pytest.approx(np.sqrt(3) / 4 * np.log(3), rel=1e-4)


def test_attention_that_has_learned_nothing_is_statistics(features):
    found = pool_samples(features, SAMPLE, "attention", tf.zeros([WIDTH, 1]))
    plain = pool_samples(features, SAMPLE, "statistics")
    np.testing.assert_allclose(found, plain, atol=1e-6)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_neither_order_nor_neighbours_change_a_clip(features, attention, pooling, rng):
    whole = pool_samples(features, SAMPLE, pooling, attention)
    of_clip = np.flatnonzero(SAMPLE == 2)
    alone = features[rng.permutation(of_clip)][:, rng.permutation(FRAMES)]
    pooled = pool_samples(alone, np.zeros(len(of_clip), np.int32), pooling, attention)
    np.testing.assert_allclose(pooled[0], whole[2], atol=1e-5)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("value", [0.0, 1.0, 30.0])
def test_gradients_of_frames_all_alike_are_finite(pooling, value):
    features = tf.fill([len(SAMPLE), FRAMES, WIDTH], value)
    attention = tf.ones([WIDTH, 1])
    with tf.GradientTape() as tape:
        tape.watch([features, attention])
        total = tf.reduce_sum(pool_samples(features, SAMPLE, pooling, attention))
    gradients = tape.gradient(
        total, [features, attention], unconnected_gradients="zero"
    )
    assert all(np.isfinite(one).all() for one in [total, *gradients])


def test_large_scores_do_not_overflow(features):
    pooled = pool_samples(features, SAMPLE, "attention", 1e4 * np.ones((WIDTH, 1), "f"))
    best = features[SAMPLE == 1].reshape(-1, WIDTH)
    best = best[best.sum(axis=1).argmax()]
    np.testing.assert_allclose(pooled[1, :WIDTH], best, rtol=1e-5)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_gradients_equal_differences(pooling, rng):
    features = rng.standard_normal((3, 2, 2))
    attention = rng.standard_normal((2, 1))
    sample = np.array([0, 0, 1], np.int32)
    given = [tf.constant(one, tf.float32) for one in (features, attention)]
    weights = rng.standard_normal((2, pooled_width(2, pooling)))
    with tf.GradientTape() as tape:
        tape.watch(given)
        value = tf.reduce_sum(
            pool_samples(given[0], sample, pooling, given[1]) * weights
        )
    found = tape.gradient(value, given, unconnected_gradients="zero")
    for which, gradient in enumerate(found):
        for place in np.ndindex(*gradient.shape):
            values = []
            for step in (1e-4, -1e-4):
                moved = [features.copy(), attention.copy()]
                moved[which][place] += step
                values.append(
                    np.sum(in_numpy(moved[0], sample, pooling, moved[1]) * weights)
                )
            slope = (values[0] - values[1]) / 2e-4
            assert gradient[place].numpy() == pytest.approx(slope, abs=1e-3)
