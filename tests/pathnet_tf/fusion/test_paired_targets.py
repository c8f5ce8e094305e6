import numpy as np

from pathnet_tf.evaluation.fold_scores import ClipScores
from pathnet_tf.fusion.clip_pairs import ClipPairs


def test_face_scores_come_in_the_order_of_speech():
    pairs = ClipPairs(np.arange(3), np.array([2, -1, 0, 1]), (), ("one/s1/x.avi",))
    values = np.arange(6.0).reshape(3, 2)
    got = pairs.of_face(ClipScores("scratch", 0, "s1", np.array([0, 1, 3]), values))
    assert got.clips.tolist() == [1, 2]
    np.testing.assert_array_equal(got.log_probabilities, values[[2, 0]])


def test_speech_scores_without_a_face_are_left_out():
    pairs = ClipPairs(np.array([0, -1, 2]), np.array([0, 2]), ("one/s1/x.wav",), ())
    values = np.arange(6.0).reshape(3, 2)
    got = pairs.of_speech(ClipScores("scratch", 0, "s1", np.arange(3), values))
    assert got.clips.tolist() == [0, 2]
    np.testing.assert_array_equal(got.log_probabilities, values[[0, 2]])
