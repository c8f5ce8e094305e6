import numpy as np
import pytest

from data_tools.cutters.face_box import LEFT_EYE, RIGHT_EYE, Box, crop
from data_tools.cutters.face_front_end import FaceFrontEnd


@pytest.fixture
def ramp():
    """A picture whose red tells the column and whose green tells the row."""
    picture = np.zeros((100, 120, 3), np.uint8)
    picture[:, :, 0] = np.arange(120)
    picture[:, :, 1] = np.arange(100)[:, None]
    return picture


def test_a_crop_of_the_right_size_is_the_picture_itself(ramp):
    face = crop(ramp, Box(10, 20, 64, 64), FaceFrontEnd())
    np.testing.assert_array_equal(face, ramp[20:84, 10:74])


def test_a_margin_is_a_share_of_the_box_on_every_side(ramp):
    face = crop(ramp, Box(20, 30, 32, 32), FaceFrontEnd(margin=0.5))
    np.testing.assert_array_equal(face, ramp[14:78, 4:68])


def test_a_crop_is_resized_to_the_size(ramp):
    face = crop(ramp, Box(0, 0, 20, 20), FaceFrontEnd(size=40))
    assert face.shape == (40, 40, 3)
    np.testing.assert_allclose(face[20, :, 0], np.arange(40) / 2, atol=1)


def test_shrinking_averages_pixels():
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[:, ::2] = 200
    face = crop(stripes, Box(0, 0, 128, 128), FaceFrontEnd())
    np.testing.assert_array_equal(face, np.full((64, 64, 3), 100))


@pytest.mark.parametrize(
    ("box", "rows", "columns"),
    [
        (Box(-10, 5, 64, 64), np.arange(5, 69), np.arange(-10, 54).clip(0)),
        (Box(70, 5, 64, 64), np.arange(5, 69), np.arange(70, 134).clip(0, 119)),
        (Box(5, -20, 64, 64), np.arange(-20, 44).clip(0), np.arange(5, 69)),
        (Box(5, 60, 64, 64), np.arange(60, 124).clip(0, 99), np.arange(5, 69)),
        # Wholly outside: a film can change its size under a box that is reused.
        (Box(200, 5, 64, 64), np.arange(5, 69), np.full(64, 119)),
        (Box(5, -90, 64, 64), np.full(64, 0), np.arange(5, 69)),
    ],
)
def test_outside_of_the_picture_its_edge_is_repeated(ramp, box, rows, columns):
    face = crop(ramp, box, FaceFrontEnd())
    np.testing.assert_array_equal(face, ramp[rows[:, None], columns[None, :]])


@pytest.mark.parametrize("margin", [0.0, 0.25])
@pytest.mark.parametrize(
    "eyes",
    [
        ((60.0, 80.0), (140.0, 80.0)),
        # Turned, and beyond the box.
        ((70.0, 60.0), (130.0, 100.0)),
        ((90.0, 120.0), (104.0, 112.0)),
    ],
)
def test_eyes_come_to_their_places(eyes, margin):
    rows, columns = np.mgrid[:200, :200] + 0.5
    picture = np.stack([columns, rows, 0 * rows], axis=2).astype(np.uint8)
    front_end = FaceFrontEnd(margin=margin)
    face = crop(picture, Box(0, 0, 9, 9, eyes), front_end)
    for (x, y), eye in zip((LEFT_EYE, RIGHT_EYE), eyes, strict=True):
        column, row = (
            round(64 * (place + margin) / (1 + 2 * margin) - 0.5) for place in (x, y)
        )
        # Half a pixel of the crop is some pixels of the picture.
        np.testing.assert_allclose(face[row, column, :2], eye, atol=2.5)


def test_eyes_at_their_places_leave_a_crop_as_it_is(ramp):
    box = Box(10, 20, 64, 64)
    eyes = [(10 + 64 * x, 20 + 64 * y) for x, y in (LEFT_EYE, RIGHT_EYE)]
    front_end = FaceFrontEnd()
    aligned = crop(ramp, Box(10, 20, 64, 64, tuple(eyes)), front_end)
    np.testing.assert_allclose(aligned, crop(ramp, box, front_end), atol=1)


def test_aligned_crops_average_pixels_when_they_shrink():
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 200
    eyes = tuple((256 * x, 256 * y) for x, y in (LEFT_EYE, RIGHT_EYE))
    face = crop(stripes, Box(0, 0, 256, 256, eyes), FaceFrontEnd())
    np.testing.assert_allclose(face, np.full((64, 64, 3), 100), atol=8)
