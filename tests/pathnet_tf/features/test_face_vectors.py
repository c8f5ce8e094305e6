import importlib.util

import numpy as np
import pytest
import skimage.data
import tensorflow as tf
from skimage.feature import local_binary_pattern
from skimage.transform import resize

from pathnet_tf.features.face_vectors import DESCRIPTORS, clip_vectors, pixels
from pathnet_tf.features.grey import grey
from pathnet_tf.features.hog import hog
from pathnet_tf.features.lbp import lbp, patterns, uniform_bins


@pytest.fixture(scope="module")
def astronaut():
    """A face of 64 x 64 pixels, uint8 `[64, 64, 3]`."""
    face = resize(
        skimage.data.astronaut()[20:180, 150:310], (64, 64), anti_aliasing=True
    )
    return (255 * face).astype(np.uint8)


def of_stripes(angle, side=16):
    """A grey wave whose gradient runs at an angle: uint8 `[1, side, side, 3]`."""
    y, x = np.mgrid[:side, :side]
    turned = np.deg2rad(angle)
    wave = 128 + 60 * np.sin((np.cos(turned) * x + np.sin(turned) * y) / 2)
    return np.repeat(wave[np.newaxis, ..., np.newaxis], 3, axis=-1).astype(np.uint8)


@pytest.mark.skipif(not importlib.util.find_spec("cv2"), reason="needs OpenCV")
def test_gradients_are_those_of_opencv(astronaut, rng):
    import cv2

    faces = np.stack(
        [astronaut, rng.integers(0, 256, astronaut.shape).astype(np.uint8)]
    )
    sizes = ((64, 64), (16, 16), (8, 8), (8, 8))
    # Its Gaussian window as wide as to be flat.
    theirs = cv2.HOGDescriptor(*sizes, 9, 1, 1e6, 0, 0.2, False, 64)
    for face, got in zip(faces, hog(tf.constant(faces)).numpy(), strict=True):
        expected = theirs.compute(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY))
        # Columns come first there, and orientations last.
        expected = expected.reshape(7, 7, 2, 2, 9).transpose(1, 0, 4, 3, 2)
        # OpenCV's angles are good to a third of a degree.
        np.testing.assert_allclose(got, expected.ravel(), atol=0.015)
        assert np.abs(got - expected.ravel()).mean() < 1e-3


@pytest.mark.parametrize("angle", [10, 50, 90, 170])
def test_a_gradient_counts_in_its_direction(angle):
    found = hog(tf.constant(of_stripes(angle))).numpy().reshape(9, 4).sum(axis=1)
    # The first orientation is that around 10 degrees.
    assert found.argmax() == angle // 20


def test_an_edge_between_two_directions_counts_in_both():
    found = hog(tf.constant(of_stripes(0))).numpy().reshape(9, 4).sum(axis=1)
    assert found[0] == pytest.approx(found[8], rel=1e-5)
    assert found[0] > 10 * found[4]


@pytest.mark.parametrize("radius", [1, 2])
def test_patterns_are_those_of_scikit_image(rng, radius):
    picture = rng.integers(0, 256, (24, 20)).astype(np.uint8)
    got = patterns(tf.constant(picture[np.newaxis], tf.float32), radius).numpy()[0]
    expected = local_binary_pattern(picture, 8, radius)
    inside = slice(radius, -radius)
    assert (got == expected)[inside, inside].all()


def test_patterns_that_change_more_than_twice_are_counted_together():
    bins = uniform_bins()
    assert np.bincount(bins).tolist() == [1] * 58 + [256 - 58]
    assert len({bins[0b00000000], bins[0b11111111], bins[0b10000011]}) == 3
    assert bins[0b00000101] == bins[0b01010101] == 58


def test_textures_are_shares_of_each_cell(astronaut):
    found = lbp(tf.constant(astronaut[np.newaxis])).numpy().reshape(64, 59)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    kinds = uniform_bins()[patterns(grey(astronaut[np.newaxis]), 2).numpy()[0]]
    expected = np.bincount(kinds[8:16, 16:24].ravel(), minlength=59) / 64
    np.testing.assert_allclose(found[8 + 2], expected, rtol=1e-6)


@pytest.mark.parametrize("value", [0, 1, 200, 255])
def test_a_picture_of_one_colour_has_no_edge_and_one_texture(value):
    face = tf.fill([1, 64, 64, 3], tf.constant(value, tf.uint8))
    assert not hog(face).numpy().any()
    assert (patterns(grey(face), 2).numpy() == 255).all()


@pytest.mark.parametrize(("side", "num_edges"), [(16, 36), (30, 4 * 36), (64, 1764)])
def test_faces_of_other_sizes_are_described(rng, side, num_edges):
    faces = tf.constant(rng.integers(0, 256, (2, side, side, 3)), tf.uint8)
    assert hog(faces).shape == (2, num_edges)
    assert lbp(faces).shape == (2, 64 * 59)


@pytest.mark.parametrize("describe", [*DESCRIPTORS.values(), pixels])
def test_a_clip_is_the_mean_of_its_faces(rng, describe):
    faces = rng.integers(0, 256, (70, 16, 16, 3)).astype(np.uint8)
    rows, clip = np.arange(1, 70), np.where(np.arange(1, 70) % 3, 4, 9)
    clips, found = clip_vectors(faces, rows, clip, describe)
    assert (clips.tolist(), found.dtype) == ([4, 9], np.float32)
    every = describe(tf.constant(faces)).numpy()[1:]
    for one, number in zip(found, clips, strict=True):
        np.testing.assert_allclose(one, every[clip == number].mean(axis=0), atol=1e-6)


@pytest.mark.parametrize("describe", DESCRIPTORS.values())
def test_graphs_say_the_same_of_any_number_of_faces(rng, describe):
    spec = tf.TensorSpec([None, 24, 24, 3], tf.uint8)
    graph = tf.function(describe, input_signature=[spec], autograph=False)
    for number in (1, 3):
        faces = tf.constant(rng.integers(0, 256, (number, 24, 24, 3)), tf.uint8)
        np.testing.assert_allclose(graph(faces), describe(faces), atol=1e-6)
