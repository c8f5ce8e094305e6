import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathnet_tf.evaluation.calibration import (
    Calibration,
    best_margin,
    calibrate,
    calibration_error,
    fit_temperature,
    margins,
    scaled,
)


def drawn(rng, num_clips, temperature):
    """Log-probabilities that are right `temperature` times as seldom as they say."""
    logits = rng.normal(scale=3, size=(num_clips, 4))
    truth = scaled(logits, temperature)
    labels = np.array([rng.choice(4, p=row) for row in truth])
    return np.log(scaled(logits, 1.0)), labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_is_found(rng, temperature):
    log_probabilities, labels = drawn(rng, 4000, temperature)
    found = fit_temperature(log_probabilities, labels)
    assert found == pytest.approx(temperature, rel=0.1)


def test_calibration_lowers_the_error_of_a_boastful_model(rng):
    log_probabilities, labels = drawn(rng, 3000, 3.0)
    speakers = np.arange(3000) % 10
    got = calibrate(log_probabilities, labels, speakers)
    assert got.error_before > 0.2
    assert got.error_after < 0.05
    assert (got.num_clips, got.num_speakers) == (3000, 10)
    assert got.accuracy_certain > got.accuracy_uncertain
    assert 0 < got.share_uncertain < 1


def test_what_a_speaker_is_told_does_not_come_from_its_own_clips(rng):
    log_probabilities, labels = drawn(rng, 400, 1.0)
    # One speaker is always wrong: of its clips no temperature knows.
    speakers = np.arange(400) % 4
    wrong = speakers == 0
    labels[wrong] = log_probabilities[wrong].argmin(axis=1)
    got = calibrate(log_probabilities, labels, speakers)
    others = fit_temperature(log_probabilities[~wrong], labels[~wrong])
    after = np.concatenate(
        [
            scaled(
                log_probabilities[speakers == speaker],
                fit_temperature(
                    log_probabilities[speakers != speaker], labels[speakers != speaker]
                ),
            )
            for speaker in range(4)
        ]
    )
    ordered = np.concatenate([labels[speakers == speaker] for speaker in range(4)])
    assert others < got.temperature
    assert got.error_after == pytest.approx(calibration_error(after, ordered))


def test_decisions_that_are_all_right_do_not_make_it_boundless():
    log_probabilities = np.log(np.array([[0.6, 0.4], [0.3, 0.7]]))
    assert fit_temperature(log_probabilities, np.array([0, 1])) >= 0.19


def test_a_single_speaker_leaves_probabilities_as_they_are(rng):
    log_probabilities, labels = drawn(rng, 50, 2.0)
    got = calibrate(log_probabilities, labels, np.zeros(50))
    assert (got.temperature, got.least_margin) == (1.0, 0.0)
    assert np.isnan(got.error_after)


def test_the_error_by_hand():
    probabilities = np.array([[0.95, 0.05], [0.92, 0.08], [0.4, 0.6], [0.45, 0.55]])
    labels = np.array([0, 1, 1, 1])
    # In the bin of 0.9 to 1: 1 of 2 right, sure by 0.935; of 0.6: right, sure by 0.6;
    # of 0.55: right.
    expected = (abs(1 - 1.87) + abs(1 - 0.6) + abs(1 - 0.55)) / 4
    assert calibration_error(probabilities, labels) == pytest.approx(expected)


def test_the_margin_by_hand():
    probabilities = np.array(
        [[0.9, 0.1, 0.0], [0.7, 0.2, 0.1], [0.5, 0.4, 0.1], [0.1, 0.45, 0.45]]
    )
    np.testing.assert_allclose(margins(probabilities), [0.8, 0.5, 0.1, 0.0])
    assert best_margin(probabilities, np.array([0, 0, 1, 0])) == pytest.approx(0.5)


@pytest.mark.parametrize("labels", [[0, 0], [1, 1]])
def test_decisions_that_are_all_alike_leave_no_margin(labels):
    assert best_margin(np.array([[0.9, 0.1], [0.6, 0.4]]), np.array(labels)) == 0


@given(st.floats(0.02, 50), st.integers(0, 2**32 - 1))
def test_scaling_changes_no_decision_and_sums_to_1(temperature, seed):
    rng = np.random.default_rng(seed)
    log_probabilities = np.log(scaled(rng.normal(size=(5, 3)), 1.0))
    found = scaled(log_probabilities, temperature)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_array_equal(
        found.argmax(axis=1), log_probabilities.argmax(axis=1)
    )


def test_a_class_that_cannot_be_stays_so():
    assert scaled(np.array([[0.0, -np.inf]]), 2.0).tolist() == [[1.0, 0.0]]


def test_no_calibration_changes_nothing():
    plain = Calibration()
    assert (plain.temperature, plain.least_margin) == (1.0, 0.0)
