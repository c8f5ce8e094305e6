import dataclasses

import numpy as np
import pytest

from data_tools.synthesis import face_projection, face_style, face_texture
from data_tools.synthesis.face_projection import Pose

STRAIGHT = Pose(
    x=100.0,
    y=100.0,
    size=80.0,
    yaw=0.0,
    pitch=0.0,
    roll=0.0,
    light_azimuth=0.0,
    light_level=1.0,
    ambience=0.5,
)


@pytest.fixture(scope="module")
def texture():
    face = face_style.draw_face(np.random.default_rng(1), is_female=False)
    return face_texture.make_texture(face)


def drawn(texture, albedo=None, **changes):
    picture = np.zeros((200, 200, 3), np.uint8)
    face_projection.draw_head(
        picture,
        texture,
        texture.albedo if albedo is None else albedo,
        dataclasses.replace(STRAIGHT, **changes),
    )
    return picture.astype(int)


def dotted(texture, x, y):
    """Albedo that is dark but for a bright dot on the face."""
    albedo = np.full_like(texture.albedo, 20)
    column, row = texture.pixels(np.array([x]), np.array([y])).round().astype(int)[0]
    albedo[row - 4 : row + 5, column - 4 : column + 5] = 255
    return albedo


def brightest(picture):
    grey = picture.sum(axis=-1)
    rows, columns = np.nonzero(grey > 0.7 * grey.max())
    return columns.mean(), rows.mean()


def test_a_head_has_its_size_and_place(texture):
    rows, columns = np.nonzero(drawn(texture).sum(axis=-1))
    assert (rows.min(), rows.max()) == (
        pytest.approx(20, abs=3),
        pytest.approx(180, abs=3),
    )
    width = 2 * 80 * texture.face.width
    assert np.ptp(columns) == pytest.approx(width, abs=3)


def test_a_point_of_the_face_is_where_it_belongs(texture):
    x, y = brightest(drawn(texture, dotted(texture, 0.3, 0.1)))
    assert (x, y) == (pytest.approx(124, abs=2), pytest.approx(108, abs=2))


def test_a_turn_moves_the_face_sideways(texture):
    x, _ = brightest(drawn(texture, dotted(texture, 0.0, 0.0), yaw=0.4))
    far = 80 * texture.face.width * face_texture.DEPTH * np.sin(0.4)
    assert x == pytest.approx(100 + far, abs=2)


def test_a_nod_lowers_the_face(texture):
    _, y = brightest(drawn(texture, dotted(texture, 0.0, 0.1), pitch=0.2))
    assert y > 108 + 5


def test_a_tilt_turns_the_face_in_the_picture(texture):
    x, y = brightest(drawn(texture, dotted(texture, 0.0, 0.5), roll=0.3))
    assert x == pytest.approx(100 - 40 * np.sin(0.3), abs=2)
    assert y == pytest.approx(100 + 40 * np.cos(0.3), abs=2)


def test_the_side_of_the_light_is_brighter(texture):
    picture = drawn(texture, np.full_like(texture.albedo, 150), light_azimuth=0.8)
    assert picture[:, 110:].sum() > 1.2 * picture[:, :90].sum()


def test_the_light_stays_where_it_is_when_the_head_turns(texture):
    albedo = np.full_like(texture.albedo, 150)
    for yaw in (-1.0, 1.0):
        picture = drawn(texture, albedo, light_azimuth=0.8, yaw=yaw)
        assert picture[:, 110:].sum() > 1.2 * picture[:, :90].sum()


def test_more_light_is_brighter(texture):
    dim, bright = (drawn(texture, light_level=level).mean() for level in (0.6, 0.9))
    assert bright == pytest.approx(1.5 * dim, rel=0.05)


def test_a_head_beyond_the_picture_is_cut_off(texture):
    assert drawn(texture, x=0.0)[:, 80:].sum() == 0
    assert drawn(texture, x=-300.0).sum() == 0
