import dataclasses

import numpy as np
import pytest

from data_tools.synthesis import face_style, face_texture


@pytest.fixture(scope="module")
def face():
    drawn = face_style.draw_face(np.random.default_rng(1), is_female=False)
    return dataclasses.replace(drawn, beard=0.0, hair_style="short")


@pytest.fixture(scope="module")
def texture(face):
    return face_texture.make_texture(face)


def test_normals_are_unit_vectors(texture):
    lengths = np.linalg.norm(texture.normals, axis=-1)
    np.testing.assert_allclose(lengths, 1, atol=1e-5)


def test_normals_point_outwards(texture):
    middle = texture.normals.shape[0] // 2
    columns = texture.normals.shape[1]
    assert texture.normals[middle, columns // 2, 2] > 0.8
    assert texture.normals[middle, 0, 2] < -0.8
    assert texture.normals[middle, 3 * columns // 4, 0] > 0.8


def test_the_middle_of_the_face_is_in_the_middle_of_the_texture(texture):
    pixels = texture.pixels(np.array([0.0]), np.array([0.0]))
    np.testing.assert_allclose(pixels, [[face_texture.WIDTH / 2, 128]])


def test_the_outline_is_a_quarter_turn_away(texture, face):
    pixels = texture.pixels(np.array([face.width]), np.array([0.0]))
    np.testing.assert_allclose(pixels[0, 0], 0.75 * face_texture.WIDTH, atol=0.5)


def test_a_head_narrows_to_crown_and_chin(texture):
    radii = texture.radius(np.array([-1.0, -0.5, 0.0, 0.5, 1.0]))
    np.testing.assert_allclose(radii[[0, 2, 4]], [0, 1, 0], atol=1e-6)
    assert (radii[[1, 3]] < 1).all()


def test_a_square_jaw_is_wider(face):
    round_, square = (
        face_texture.make_texture(dataclasses.replace(face, jaw=jaw))
        for jaw in (2.0, 3.0)
    )
    low = np.array([0.8])
    assert square.radius(low) > round_.radius(low) + 0.05


def test_the_back_of_the_head_is_hair(texture, face):
    back = texture.albedo[60:120, :20].mean(axis=(0, 1)) / 255
    np.testing.assert_allclose(back, face.hair, atol=0.08)


def test_a_beard_darkens_the_chin(face):
    dark = dataclasses.replace(face, skin=(0.9, 0.7, 0.6), hair=(0.1, 0.1, 0.1))
    shaven, bearded = (
        face_texture.make_texture(dataclasses.replace(dark, beard=beard)).albedo
        for beard in (0.0, 0.9)
    )
    chin = np.s_[225:235, 230:250]
    assert bearded[chin].mean() < 0.6 * shaven[chin].mean()


def test_make_texture_is_decided_by_the_face(texture, face):
    np.testing.assert_array_equal(
        face_texture.make_texture(face).albedo, texture.albedo
    )
