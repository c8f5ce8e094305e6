import numpy as np
import pytest

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.training.samples import Samples

# Clips that are neither together nor in order: 3 of 3 segments, 7 of 1, 5 of 4.
CLIPS = np.array([5, 3, 5, 7, 3, 5, 3, 5])


@pytest.fixture
def inputs():
    return SegmentInputs(np.zeros((8, 1, 1, 1), np.float32), clip=CLIPS)


def test_clips_are_samples_whose_segments_follow_each_other(inputs):
    samples = Samples(inputs, "clip")
    assert len(samples) == 3
    assert samples.of_segment.tolist() == [1, 0, 1, 2, 0, 1, 0, 1]
    assert samples.order.tolist() == [1, 4, 6, 0, 2, 5, 7, 3]


def test_each_segment_may_be_a_sample(inputs):
    samples = Samples(inputs, "segment")
    assert samples.of_segment.tolist() == samples.order.tolist() == list(range(8))


def test_what_is_known_of_a_sample_is_that_of_its_first_segment(inputs):
    assert Samples(inputs, "clip").first_of(CLIPS).tolist() == [3, 5, 7]
    assert Samples(inputs, "segment").first_of(CLIPS).tolist() == CLIPS.tolist()


@pytest.mark.parametrize("num_segments", [1, 2, 3, 4, 9])
def test_segments_are_of_their_clip_and_in_its_order(inputs, num_segments, rng):
    samples = Samples(inputs, "clip")
    which = rng.integers(3, size=50)
    drawn = samples.draw(which, num_segments, rng)
    assert drawn.shape == (50, num_segments)
    assert (samples.of_segment[drawn] == which[:, np.newaxis]).all()
    assert (np.diff(drawn, axis=1) >= 0).all()


def test_as_many_as_a_clip_has_are_all_of_it(inputs, rng):
    drawn = Samples(inputs, "clip").draw(np.array([1, 1]), 4, rng)
    assert drawn.tolist() == [[0, 2, 5, 7]] * 2


def test_a_clip_of_fewer_repeats_some_and_misses_none(inputs, rng):
    samples = Samples(inputs, "clip")
    for _ in range(30):
        assert set(samples.draw(np.array([0]), 7, rng)[0]) == {1, 4, 6}
        assert samples.draw(np.array([2]), 3, rng).tolist() == [[3, 3, 3]]


def test_draws_are_spread_evenly_and_every_segment_is_as_likely(rng):
    inputs = SegmentInputs(np.zeros((10, 1, 1, 1), np.float32), clip=np.zeros(10, int))
    drawn = Samples(inputs, "clip").draw(np.zeros(8000, int), 4, rng)
    # A part may share a segment with the next one where it ends inside it.
    for part, (first, last) in enumerate([(0, 2), (2, 4), (5, 7), (7, 9)]):
        assert set(drawn[:, part]) == set(range(first, last + 1))
    shares = np.bincount(drawn.ravel(), minlength=10) / drawn.size
    np.testing.assert_allclose(shares, 0.1, atol=0.01)
