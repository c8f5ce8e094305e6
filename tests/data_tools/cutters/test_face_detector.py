import json

import cv2
import numpy as np
import pytest

from data_tools.cutters.face_box import Box, crop
from data_tools.cutters.face_detector import FaceDetector
from data_tools.cutters.face_front_end import FaceFrontEnd
from pathnet_tf.runtime.errors import DataError, UsageError
from tests.data_tools.film import filmed


@pytest.fixture
def ramp():
    """A picture whose red tells the column and whose green tells the row."""
    picture = np.zeros((100, 120, 3), np.uint8)
    picture[:, :, 0] = np.arange(120)
    picture[:, :, 1] = np.arange(100)[:, None]
    return picture


def test_a_photographed_face_is_found(photograph):
    (box,) = FaceDetector(FaceFrontEnd()).find(photograph)
    centre = box.x + box.width / 2, box.y + box.height / 2
    np.testing.assert_allclose(centre, (223, 115), atol=10)
    assert 80 < box.width < 130


def test_a_wall_has_no_face():
    assert FaceDetector(FaceFrontEnd()).find(np.full((200, 200, 3), 90, np.uint8)) == []


def test_two_faces_are_two_boxes(photograph):
    face = filmed(photograph)
    found = FaceDetector(FaceFrontEnd()).find(np.hstack([face, face]))
    assert len(found) == 2
    assert found[0].x < 320 <= found[1].x


def test_faces_smaller_than_the_smallest_are_not_looked_for(photograph):
    assert FaceDetector(FaceFrontEnd(min_face=0.4)).find(photograph) == []


def test_the_settings_are_those_of_the_cascade(photograph):
    found = FaceDetector(FaceFrontEnd(scale_factor=1.05, min_neighbors=3)).find(
        photograph
    )
    cascade = cv2.CascadeClassifier(
        cv2.data.haarcascades + "haarcascade_frontalface_default.xml"
    )
    grey = cv2.cvtColor(photograph, cv2.COLOR_RGB2GRAY)
    expected = cascade.detectMultiScale(grey, 1.05, 3, minSize=(77, 77))
    assert found == [Box(*map(int, box)) for box in sorted(map(tuple, expected))]


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


@pytest.mark.parametrize(
    "change",
    [
        {"size": 0},
        {"margin": -0.1},
        {"scale_factor": 1.0},
        {"min_neighbors": 0},
        {"min_face": 0.0},
        {"min_face": 1.5},
        {"frame_stride": 0},
    ],
)
def test_values_out_of_range_are_refused(change):
    ((name, value),) = change.items()
    with pytest.raises(UsageError, match=f"--{name} must be .* --{name}={value}"):
        FaceFrontEnd(**change)


def test_a_models_settings_are_read_again(tmp_path):
    front_end = FaceFrontEnd(margin=0.2, min_neighbors=4, frame_stride=3)
    content = front_end.cropping | front_end.finding
    (tmp_path / "front_end.json").write_text(json.dumps(content))
    assert FaceFrontEnd.of_model(tmp_path) == front_end


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "front_end.json cannot be read"),
        ('{"hop_ms": 10.0}', "does not belong to a face model"),
        ("[]", "does not belong to a face model"),
        ("{", "does not belong to a face model"),
        ('{"cascade": "another", "size": 64}', "names the cascade another"),
    ],
)
def test_another_kind_of_model_is_refused(tmp_path, content, message):
    if content is not None:
        (tmp_path / "front_end.json").write_text(content)
    with pytest.raises(DataError, match=message):
        FaceFrontEnd.of_model(tmp_path)
