import numpy as np
import pytest

from pathnet_tf import normalization


def test_normalized_training_data_has_mean_zero_and_deviation_one(rng):
    values = (5 + 3 * rng.standard_normal((40, 8, 6, 3))).astype(np.float32)
    scaled = normalization.measure(values).apply(values)
    np.testing.assert_allclose(scaled.mean(axis=(0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=(0, 1)), 1, atol=1e-5)


def test_a_band_that_never_changes_becomes_zero():
    values = np.full((4, 8, 6, 3), 7.0, np.float32)
    assert (normalization.measure(values).apply(values) == 0).all()


def test_identity_leaves_values_as_they_are(rng):
    values = rng.standard_normal((4, 8, 6, 3)).astype(np.float32)
    assert (normalization.identity(6, 3).apply(values) == values).all()


def test_groups_are_normalized_by_their_own_statistics(rng):
    values = rng.standard_normal((30, 8, 6, 3)).astype(np.float32)
    group = np.repeat([0, 1], 15)
    values[group == 1] = 100 + 9 * values[group == 1]
    scaled = normalization.normalize_groups(values, group)
    for name in (0, 1):
        assert scaled[group == name].mean() == pytest.approx(0, abs=1e-4)
        assert scaled[group == name].std() == pytest.approx(1, abs=1e-3)
