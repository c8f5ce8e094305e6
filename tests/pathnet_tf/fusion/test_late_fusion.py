import numpy as np
import pytest

from pathnet_tf.fusion.late_fusion import WEIGHTS, choose_weight, clip_uar, fuse


def log(*rows):
    return np.log(np.array(rows))


def test_fused_scores_are_computed_by_hand():
    speech, face = log([0.9, 0.1]), log([0.2, 0.8])
    odds = (0.9 / 0.1) ** 0.75 * (0.2 / 0.8) ** 0.25
    fused = np.exp(fuse(speech, face, 0.75))
    np.testing.assert_allclose(fused, [[odds / (1 + odds), 1 / (1 + odds)]])


@pytest.mark.parametrize(("weight", "place"), [(1.0, 0), (0.0, 1)])
def test_a_weight_at_an_end_leaves_one_modality(weight, place):
    parts = log([0.9, 0.1], [0.3, 0.7]), log([0.2, 0.8], [0.6, 0.4])
    np.testing.assert_allclose(fuse(*parts, weight), parts[place])


def test_the_weights_are_steps_of_a_twentieth():
    assert len(WEIGHTS) == 21
    np.testing.assert_allclose(np.diff(WEIGHTS), 0.05)
    assert (WEIGHTS[0], WEIGHTS[10], WEIGHTS[-1]) == (0.0, 0.5, 1.0)


def test_the_weight_with_the_highest_uar_is_chosen():
    # Speech is right of the first two clips and the face wrong; w = 0.6 is the first
    # weight that gets the first one right, (9)^w > (16)^(1-w), w > 0.558.
    speech = log([0.9, 0.1], [0.1, 0.9])
    face = log([1 / 17, 16 / 17], [0.1, 0.9])
    assert choose_weight(speech, face, np.array([0, 1])) == pytest.approx(0.6)


def test_among_equally_good_weights_the_nearest_to_one_half_is_chosen():
    speech, face = log([0.9, 0.1], [0.1, 0.9]), log([0.6, 0.4], [0.4, 0.6])
    assert choose_weight(speech, face, np.array([0, 1])) == 0.5


def test_of_two_equally_near_weights_the_smaller_is_chosen():
    speech = np.array([[0.0, -3.0, -1.0]] * 2)
    face = np.array([[-3.0, 0.0, -1.0]] * 2)
    # Of both clips alike, class 0 is likeliest for w > 2/3, class 1 for w < 1/3, and
    # class 2 between: one of the two is right from 0.7 on, the other up to 0.3.
    assert choose_weight(speech, face, np.array([0, 1])) == pytest.approx(0.3)


def test_an_absent_class_counts_as_recall_zero():
    scores = log([0.9, 0.05, 0.05], [0.05, 0.9, 0.05])
    assert clip_uar(scores, np.array([0, 1])) == pytest.approx(2 / 3)


@pytest.mark.parametrize("weight", [-0.05, 1.05])
def test_a_weight_lies_between_zero_and_one(weight):
    with pytest.raises(ValueError, match="Received: speech_weight"):
        fuse(log([0.5, 0.5]), log([0.5, 0.5]), weight)


def test_scores_of_other_clips_are_refused():
    with pytest.raises(ValueError, match="same shape"):
        fuse(log([0.5, 0.5]), log([0.5, 0.5], [0.5, 0.5]), 0.5)
