import numpy as np
import pytest

from data_tools.synthesis import face_features, face_style, face_texture
from data_tools.synthesis.face_style import Expression


@pytest.fixture(scope="module")
def texture():
    face = face_style.draw_face(np.random.default_rng(1), is_female=True)
    return face_texture.make_texture(face)


def drawn(texture, lids=1.0, gaze=0.0, **attributes):
    picture = face_features.draw_features(
        texture, Expression(**attributes), lids=lids, gaze=gaze
    )
    return picture.astype(int)


def box(texture, x, y, half_width, half_height):
    """Rows and columns around a point of the face."""
    # A row of the texture is wider where the head is narrow: one row tells columns.
    columns = texture.pixels(np.array([x - half_width, x + half_width]), np.full(2, y))
    rows = texture.pixels(np.full(2, x), np.array([y - half_height, y + half_height]))
    left, right = columns[:, 0].round().astype(int)
    top, bottom = rows[:, 1].round().astype(int)
    return np.s_[top:bottom, left:right]


def eye(texture):
    face = texture.face
    return box(texture, face.eye_distance, face.eye_height, face.eye_size, 0.06)


def mouth(texture):
    return box(texture, 0.0, texture.mouth_height + 0.03, 0.1, 0.06)


def darkest_row(picture, part):
    """Mean row of a part's darkest pixels."""
    grey = picture[part].sum(axis=-1)
    rows = np.nonzero(grey <= np.percentile(grey, 6))[0]
    return rows.mean()


def test_features_leave_the_texture_alone(texture):
    before = texture.albedo.copy()
    drawn(texture, mouth_opening=1.0)
    np.testing.assert_array_equal(texture.albedo, before)


def test_a_blink_hides_the_eye(texture):
    seen = drawn(texture)[eye(texture)]
    shut = drawn(texture, lids=0.0)[eye(texture)]
    # The white of the eye is what is brightest about it.
    assert np.percentile(seen.sum(axis=-1), 95) > np.percentile(shut.sum(axis=-1), 95)
    assert np.abs(seen - shut).mean() > 15


def test_lids_open_wider(texture):
    white = [
        (drawn(texture, lid_opening=opening)[eye(texture)].min(axis=-1) > 170).sum()
        for opening in (-0.8, 0.0, 0.8)
    ]
    assert white[0] < white[1] < white[2]


def test_eyes_follow_the_gaze(texture):
    dark = []
    for gaze in (-1.0, 1.0):
        grey = drawn(texture, gaze=gaze)[eye(texture)].sum(axis=-1)
        dark.append(np.nonzero(grey <= np.percentile(grey, 10))[1].mean())
    assert dark[1] > dark[0] + 2


def test_an_open_mouth_is_dark_inside(texture):
    shut, opened = (
        drawn(texture, mouth_opening=opening)[mouth(texture)].mean()
        for opening in (0.0, 0.8)
    )
    assert opened < shut - 15


@pytest.mark.parametrize("side", [-1, 1])
def test_a_smile_lifts_the_corners(texture, side):
    corner = box(texture, 0.19 * side, texture.mouth_height, 0.025, 0.12)
    smiling, sad = (
        darkest_row(drawn(texture, mouth_curve=curve), corner) for curve in (0.8, -0.8)
    )
    assert smiling < sad - 5


@pytest.mark.parametrize("side", [-1, 1])
def test_brows_go_up(texture, side):
    part = box(
        texture,
        side * texture.face.eye_distance,
        texture.face.eye_height - 0.2,
        0.1,
        0.1,
    )
    raised, lowered = (
        darkest_row(drawn(texture, brow_height=height), part) for height in (0.6, -0.6)
    )
    assert raised < lowered - 3


@pytest.mark.parametrize("side", [-1, 1])
def test_brows_slant(texture, side):
    level = texture.face.eye_height - 0.18
    inner = box(texture, side * 0.17, level, 0.04, 0.09)
    sad, angry = (
        darkest_row(drawn(texture, brow_slant=slant), inner) for slant in (0.7, -0.7)
    )
    assert sad < angry - 3


def test_a_wrinkled_nose_shows(texture):
    bridge = box(texture, 0.07, texture.face.eye_height + 0.1, 0.05, 0.05)
    change = drawn(texture, nose_wrinkle=1.0) - drawn(texture)
    assert np.abs(change[bridge]).mean() > 3
