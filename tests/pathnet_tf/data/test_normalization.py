import numpy as np
import pytest

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.data.normalization import (
    Scaling,
    measure,
    measure_groups,
    unmeasured,
)


def normalized(values, scaling):
    inputs = SegmentInputs(values, scaling)
    return inputs.block(0, len(inputs)).numpy().reshape(values.shape)


def by_own_statistics(values):
    return normalized(values, Scaling.shared(measure(values), len(values)))


def test_normalized_training_data_has_mean_zero_and_deviation_one(rng):
    values = (5 + 3 * rng.standard_normal((40, 8, 6, 3))).astype(np.float32)
    scaled = by_own_statistics(values)
    np.testing.assert_allclose(scaled.mean(axis=(0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=(0, 1)), 1, atol=1e-5)


def test_a_band_that_never_changes_becomes_zero():
    values = np.full((4, 8, 6, 3), 7.0, np.float32)
    assert (by_own_statistics(values) == 0).all()


def test_faces_are_measured_by_colour_over_all_pixels(rng):
    values = rng.integers(0, 256, (5, 8, 6, 3), np.uint8)
    statistics = measure(values, is_per_band=False)
    assert statistics.mean.shape == statistics.std.shape == (6, 3)
    expected = values.astype(float)
    for colour in range(3):
        np.testing.assert_allclose(
            statistics.mean[:, colour], expected[..., colour].mean(), rtol=1e-6
        )
        np.testing.assert_allclose(
            statistics.std[:, colour], expected[..., colour].std(), rtol=1e-6
        )


def test_unmeasured_faces_are_divided_by_255(rng):
    values = rng.integers(0, 256, (4, 8, 6, 3), np.uint8)
    scaling = Scaling.shared(unmeasured((6, 3), 255.0), 4)
    np.testing.assert_allclose(normalized(values, scaling), values / 255, rtol=1e-6)


def test_unmeasured_speech_leaves_values_as_they_are(rng):
    values = rng.standard_normal((4, 8, 6, 3)).astype(np.float32)
    scaling = Scaling.shared(unmeasured((6, 3), 1.0), 4)
    assert (normalized(values, scaling) == values).all()


def test_groups_are_normalized_by_their_own_statistics(rng):
    values = rng.standard_normal((30, 8, 6, 3)).astype(np.float32)
    group = np.repeat([0, 1], 15)
    values[group == 1] = 100 + 9 * values[group == 1]
    scaled = normalized(values, measure_groups(values, np.arange(30), group))
    for name in (0, 1):
        assert scaled[group == name].mean() == pytest.approx(0, abs=1e-4)
        assert scaled[group == name].std() == pytest.approx(1, abs=1e-3)


def test_statistics_do_not_depend_on_how_many_are_read_at_a_time(rng, monkeypatch):
    values = rng.standard_normal((30, 8, 6, 3)).astype(np.float32)
    whole = measure(values)
    monkeypatch.setattr("pathnet_tf.data.normalization.CHUNK", 7)
    parts = measure(values)
    np.testing.assert_allclose(parts.mean, whole.mean, atol=1e-7)
    np.testing.assert_allclose(parts.std, whole.std, rtol=1e-6)
