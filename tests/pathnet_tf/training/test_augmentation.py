import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.training.augmentation import augment, mix
from pathnet_tf.training.settings import Augmentation

SEED = tf.constant([3, 4])
NUM_SAMPLES, EACH, FRAMES, BANDS = 20, 3, 12, 10
EVERYTHING = Augmentation(time_mask=4, frequency_mask=3, band_shift=2, gain=0.5)


@pytest.fixture
def segments(rng):
    shape = (NUM_SAMPLES * EACH, FRAMES, BANDS, 3)
    return rng.uniform(1, 2, shape).astype(np.float32)


def changed(segments, what, seed=SEED):
    number = len(segments) // EACH
    return augment(tf.constant(segments), tf.constant(number), seed, what).numpy()


def runs(hidden):
    """Lengths of the runs of True in a row."""
    text = "".join("x" if one else " " for one in hidden)
    return [len(word) for word in text.split()]


def test_the_same_seed_changes_the_same(segments):
    one, two = (changed(segments, EVERYTHING) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    other = changed(segments, EVERYTHING, tf.constant([3, 5]))
    assert (one != other).any(axis=(1, 2, 3)).all()


def test_a_graph_changes_what_is_changed_outside(segments):
    graph = tf.function(augment, autograph=False)
    inside = graph(segments, tf.constant(NUM_SAMPLES), SEED, EVERYTHING)
    np.testing.assert_allclose(inside, changed(segments, EVERYTHING), rtol=1e-6)


def test_a_time_mask_hides_one_run_of_frames_of_a_segment(segments):
    masked = changed(segments, Augmentation(time_mask=4))
    hidden = (masked == 0).all(axis=(2, 3))
    assert ((masked == 0) == hidden[:, :, None, None]).all()
    np.testing.assert_array_equal(masked[~hidden], segments[~hidden])
    lengths = [runs(row) for row in hidden]
    assert all(len(one) <= 1 for one in lengths)
    assert {sum(one) for one in lengths} == {0, 1, 2, 3, 4}
    # Each segment has its own, anywhere.
    assert len({row.tobytes() for row in hidden}) > NUM_SAMPLES
    assert hidden.any(axis=0).all()


def test_frequency_masks_hide_two_runs_of_bands_of_a_clip(segments):
    masked = changed(segments, Augmentation(frequency_mask=3))
    hidden = (masked == 0).all(axis=(1, 3))
    assert ((masked == 0) == hidden[:, None, :, None]).all()
    of_clip = hidden.reshape(NUM_SAMPLES, EACH, BANDS)
    assert (of_clip == of_clip[:, :1]).all()
    assert hidden.sum(axis=1).max() <= 6
    assert max(len(runs(row)) for row in hidden) == 2


def test_a_mask_may_be_larger_than_what_it_hides(segments):
    masked = changed(segments, Augmentation(time_mask=99))
    assert (masked == 0).all(axis=(1, 2, 3)).any()


def test_a_shift_moves_a_clip_and_repeats_its_outermost_band(segments):
    shifted = changed(segments, Augmentation(band_shift=2))
    seen = set()
    for clip in range(NUM_SAMPLES):
        part = slice(clip * EACH, (clip + 1) * EACH)
        fitting = [
            by
            for by in range(-2, 3)
            if np.array_equal(
                shifted[part],
                segments[part][:, :, np.clip(np.arange(BANDS) + by, 0, BANDS - 1)],
            )
        ]
        assert len(fitting) == 1
        seen.add(fitting[0])
    assert seen == {-2, -1, 0, 1, 2}


def test_gain_adds_to_a_clips_static_channel_alone(segments):
    louder = changed(segments, Augmentation(gain=0.5))
    np.testing.assert_array_equal(louder[..., 1:], segments[..., 1:])
    gain = (louder - segments)[..., 0].reshape(NUM_SAMPLES, -1)
    np.testing.assert_allclose(gain, gain[:, :1] * np.ones_like(gain), atol=1e-5)
    assert 0.25 < gain[:, 0].std() < 0.8
    assert len(np.unique(gain[:, 0].round(4))) == NUM_SAMPLES


def test_what_is_masked_is_nothing_whatever_else_is_done(segments):
    masked = changed(segments, EVERYTHING)
    alone = changed(segments, Augmentation(time_mask=4, frequency_mask=3))
    np.testing.assert_array_equal(masked == 0, alone == 0)


def test_a_clip_does_not_depend_on_the_others(segments):
    others = segments.copy()
    others[EACH:] += 1
    one, two = changed(segments, EVERYTHING), changed(others, EVERYTHING)
    np.testing.assert_array_equal(one[:EACH], two[:EACH])


def test_nothing_is_done_by_default(segments):
    assert not Augmentation()
    np.testing.assert_array_equal(changed(segments, Augmentation()), segments)


@pytest.mark.parametrize("name", ["time_mask", "frequency_mask", "band_shift", "gain"])
def test_negative_values_are_refused(name):
    with pytest.raises(UsageError, match=f"{name} must not be negative.*{name}=-1"):
        Augmentation(**{name: -1})
    assert Augmentation(**{name: 1})


def mixed(alpha, seed=SEED, number=200):
    """Mixes unit vectors, so that what was mixed can be read off."""
    own = np.eye(number, dtype=np.float32)
    segments = np.tile(own[:, None], (1, 2, 1))
    return [one.numpy() for one in mix([tf.constant(segments), own], seed, alpha)]


@pytest.mark.parametrize("alpha", [0.001, 0.2, 1.0, 50.0])
def test_a_sample_is_mixed_with_one_other_and_weighs_most(alpha):
    segments, targets = mixed(alpha)
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-6)
    own = np.diag(targets)
    assert (own >= 0.5).all()
    assert (own <= 1 + 1e-6).all()
    assert ((targets > 0).sum(axis=1) <= 2).all()
    # A sample's segments and its targets are mixed alike.
    np.testing.assert_array_equal(segments, np.tile(targets[:, None], (1, 2, 1)))


def test_each_sample_is_the_other_of_one():
    _, targets = mixed(1.0)
    others = targets - np.diag(np.diag(targets))
    assert ((others > 0).sum(axis=0) <= 1).all()
    assert (others > 0).sum() > 190


def test_weights_follow_the_beta_distribution():
    _, targets = mixed(1.0, number=1000)
    # Of alpha 1 the larger weight is uniform in [1/2, 1].
    own = np.sort(np.diag(targets))
    np.testing.assert_allclose(own, np.linspace(0.5, 1, 1000), atol=0.04)


def test_mixtures_are_drawn_from_their_seed():
    np.testing.assert_array_equal(mixed(0.4)[1], mixed(0.4)[1])
    assert (mixed(0.4)[1] != mixed(0.4, tf.constant([8, 8]))[1]).any()
