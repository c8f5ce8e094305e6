import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.training.face_augmentation import augment_faces
from pathnet_tf.training.settings import FaceAugmentation

SEED = tf.constant([3, 4])
NUM_SAMPLES, EACH, SIDE = 30, 2, 16
EVERYTHING = FaceAugmentation(True, 10.0, 0.1, 0.1, 0.2, 0.5)


@pytest.fixture
def faces(rng):
    """Two equal faces of each sample."""
    drawn = rng.uniform(1, 2, (NUM_SAMPLES, SIDE, SIDE, 3)).astype(np.float32)
    return np.repeat(drawn, EACH, axis=0)


def changed(faces, what, seed=SEED):
    return augment_faces(
        tf.constant(faces), tf.constant(len(faces) // EACH), seed, what
    ).numpy()


def test_the_same_seed_changes_the_same(faces):
    one, two = (changed(faces, EVERYTHING) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    other = changed(faces, EVERYTHING, tf.constant([3, 5]))
    assert (one != other).any(axis=(1, 2, 3)).all()


def test_faces_of_a_clip_are_changed_alike_and_those_of_others_are_not(faces):
    same = np.repeat(faces[:1], len(faces), axis=0)
    found = changed(same, EVERYTHING)
    np.testing.assert_array_equal(found[::EACH], found[1::EACH])
    assert len({face.tobytes() for face in found}) == NUM_SAMPLES


def test_some_faces_are_mirrored_and_the_others_stay(faces):
    found = changed(faces, FaceAugmentation(mirror=True))
    is_same = (found == faces).all(axis=(1, 2, 3))
    assert 0.2 < is_same.mean() < 0.8
    np.testing.assert_array_equal(found[~is_same], faces[~is_same][:, :, ::-1])


def test_a_face_is_moved_by_no_more_than_was_asked_for():
    ramp = np.tile(np.arange(SIDE, dtype=np.float32), (NUM_SAMPLES * EACH, SIDE, 1))
    found = changed(ramp[..., np.newaxis], FaceAugmentation(shift=0.125))
    moved = ramp[:, :, 4:-4] - found[:, :, 4:-4, 0]
    assert np.abs(moved).max() <= 0.125 * SIDE + 1e-4 < np.abs(moved).max() + 0.5


def test_brightness_moves_a_face_as_a_whole(faces):
    added = changed(faces, FaceAugmentation(brightness=0.2)) - faces
    of_faces = added.reshape(len(faces), -1)
    np.testing.assert_allclose(np.ptp(of_faces, axis=1), 0, atol=1e-5)
    assert 0.1 < of_faces[:, 0].std() < 0.3


def test_a_rectangle_is_cut_out(faces):
    is_cut = (changed(faces, FaceAugmentation(cut_out=0.5)) == 0).all(axis=3)
    for one in is_cut:
        rows, columns = one.any(axis=1), one.any(axis=0)
        np.testing.assert_array_equal(one, np.outer(rows, columns))
        assert max(rows.sum(), columns.sum()) <= SIDE / 2 + 1
    assert is_cut.any(axis=(1, 2)).mean() > 0.5


def test_nothing_is_done_unless_asked(faces):
    assert not FaceAugmentation()
    np.testing.assert_array_equal(changed(faces, FaceAugmentation()), faces)


@pytest.mark.parametrize("name", ["turn_degrees", "zoom", "shift", "cut_out"])
def test_negative_changes_are_refused(name):
    with pytest.raises(UsageError, match=f"{name} must"):
        FaceAugmentation(**{name: -0.1})
