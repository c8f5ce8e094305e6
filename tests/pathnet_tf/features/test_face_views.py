import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.features.face_vectors import descriptor
from pathnet_tf.features.face_views import VIEWS, face_views, to_source, warp
from pathnet_tf.features.feature_sets import MOST_VIEWS
from pathnet_tf.features.hog import hog

SIDE = 32
MIDDLE = (SIDE - 1) / 2


@pytest.fixture
def faces(rng):
    return rng.integers(0, 256, (3, SIDE, SIDE, 3), dtype=np.uint8)


def spot(row, column):
    """A picture with a bright spot: float32 `[1, SIDE, SIDE, 1]`."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    distance = (rows - row) ** 2 + (columns - column) ** 2
    return np.exp(-distance / 8).astype(np.float32)[np.newaxis, ..., np.newaxis]


def place_of(picture):
    """Row and column of the middle of brightness."""
    weights = np.asarray(picture)[0, ..., 0]
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return [np.sum(axis * weights) / weights.sum() for axis in (rows, columns)]


def warped(picture, turn=0.0, scale=1.0, shift=(0.0, 0.0)):
    places = to_source(
        tf.constant([turn]), tf.constant([scale]), tf.constant([shift]), SIDE, SIDE
    )
    return warp(picture, places)


@pytest.mark.parametrize(
    ("how", "row", "column"),
    [
        ({"shift": (3.0, -2.0)}, MIDDLE - 2, MIDDLE + 7),
        # Clockwise: what stood right of the middle stands below.
        ({"turn": np.pi / 2}, MIDDLE + 4, MIDDLE),
        ({"scale": 1.5}, MIDDLE, MIDDLE + 6),
    ],
)
def test_a_face_is_moved_turned_and_enlarged_about_its_middle(how, row, column):
    found = place_of(warped(spot(MIDDLE, MIDDLE + 4), **how))
    np.testing.assert_allclose(found, [row, column], atol=0.05)


def test_what_comes_in_repeats_the_border():
    bright = np.full((1, SIDE, SIDE, 1), 200, np.float32)
    np.testing.assert_array_equal(warped(bright, turn=0.3, scale=0.7), bright)


def test_there_are_as_many_views_as_can_be_asked_for_and_no_two_are_alike(faces):
    made = face_views(tf.constant(faces), MOST_VIEWS).numpy()
    assert made.shape == (3, len(VIEWS), SIDE, SIDE, 3)
    assert made.dtype == np.uint8
    assert len({view.tobytes() for view in made[0]}) == MOST_VIEWS


def test_the_first_two_views_are_the_face_and_its_mirror_image(faces):
    made = face_views(tf.constant(faces), 2).numpy()
    np.testing.assert_array_equal(made[:, 0], faces)
    np.testing.assert_array_equal(made[:, 1], faces[:, :, ::-1])


def test_vectors_of_views_follow_each_other(faces):
    found = descriptor("hog", 4)(tf.constant(faces)).numpy().reshape(3, 4, -1)
    views = face_views(tf.constant(faces), 4)
    np.testing.assert_allclose(found[:, 3], hog(views[:, 3]), atol=1e-6)
