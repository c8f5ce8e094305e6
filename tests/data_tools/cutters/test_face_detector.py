import cv2
import numpy as np
import pytest

from data_tools.cutters.face_box import Box
from data_tools.cutters.face_detector import FaceDetector
from data_tools.cutters.face_front_end import FaceFrontEnd
from data_tools.cutters.yunet import YuNet
from pathnet_tf.runtime.errors import DataError
from tests.data_tools.film import filmed


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


def test_of_several_faces_the_largest_may_be_taken(photograph):
    pair = np.hstack([filmed(photograph, scale=0.9), filmed(photograph, scale=1.4)])
    (box,) = FaceDetector(FaceFrontEnd(several_faces="largest")).find(pair)
    assert box.x >= 320


@pytest.mark.parametrize(
    ("part", "face"),
    [
        # Sixteen pixels of a face, where the cascade sees none below 24.
        (np.s_[:], (35, 18, 16)),
        # Nothing around the face.
        (np.s_[60:160, 170:270], (24, 28, 48)),
    ],
)
def test_a_small_picture_is_enlarged(photograph, part, face):
    cut = photograph[part]
    side = 80 if cut.shape[0] == 512 else 48
    small = cv2.resize(cut, (side, side), interpolation=cv2.INTER_AREA)
    cascade = cv2.CascadeClassifier(
        cv2.data.haarcascades + "haarcascade_frontalface_default.xml"
    )
    assert len(cascade.detectMultiScale(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))) == 0
    (box,) = FaceDetector(FaceFrontEnd()).find(small)
    x, y, width = face
    centre = box.x + box.width / 2, box.y + box.height / 2
    np.testing.assert_allclose(centre, (x, y), atol=4)
    assert box.width == pytest.approx(width, rel=0.3)


def turned(photograph, degrees):
    """The photograph turned about the face, and the function that turns a place."""
    matrix = cv2.getRotationMatrix2D((223, 115), degrees, 1)
    return (
        cv2.warpAffine(photograph, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE),
        lambda place: tuple(matrix @ (*place, 1)),
    )


@pytest.mark.parametrize("degrees", [0, 10, -10])
def test_eyes_are_found_in_a_turned_face(photograph, degrees):
    picture, turn = turned(photograph, degrees)
    (box,) = FaceDetector(FaceFrontEnd(align="eyes")).find(picture)
    places = [turn(place) for place in ((204, 101), (247, 103))]
    np.testing.assert_allclose(box.eyes, places, atol=5)


def test_a_face_with_a_hidden_eye_is_not_aligned(photograph):
    photograph = photograph.copy()
    (box,) = FaceDetector(FaceFrontEnd()).find(photograph)
    photograph[90:120, 223:270] = 120
    (hidden,) = FaceDetector(FaceFrontEnd(align="eyes")).find(photograph)
    assert abs(hidden.x - box.x) < 20
    assert hidden.eyes is None


class ScriptedNetwork:
    """Gives the same faces for every picture of the size that it was told."""

    def __init__(self, faces):
        self.faces, self.size = faces, None

    def setInputSize(self, size):  # noqa: N802
        self.size = size

    def detect(self, picture):
        assert self.size == picture.shape[1::-1]
        return 1, self.faces


def face_of_yunet(x, y, width, height, *, right_eye, left_eye):
    places = (*right_eye, *left_eye, 0, 0, 0, 0, 0, 0)
    return np.float32([x, y, width, height, *places, 0.95])


def test_yunet_gives_squares_with_eyes():
    network = ScriptedNetwork(
        np.stack(
            [
                face_of_yunet(100, 40, 60, 80, right_eye=(115, 70), left_eye=(145, 72)),
                # Too small, and seen from the side.
                face_of_yunet(10, 10, 9, 9, right_eye=(12, 13), left_eye=(16, 13)),
                face_of_yunet(20, 40, 60, 80, right_eye=(30, 70), left_eye=(36, 70)),
            ]
        )
    )
    found = YuNet("", 0.15, network).find(np.zeros((120, 200, 3), np.uint8))
    assert found == [
        Box(10, 40, 80, 80),
        Box(90, 40, 80, 80, eyes=((115, 70), (145, 72))),
    ]


def test_yunet_may_find_nothing():
    found = YuNet("", 0.15, ScriptedNetwork(None)).find(np.zeros((9, 9, 3), np.uint8))
    assert found == []


@pytest.mark.parametrize(
    ("align", "eyes"), [("none", None), ("eyes", ((5.0, 5.0), (9.0, 5.0)))]
)
def test_eyes_of_yunet_align_where_asked(tmp_path, monkeypatch, align, eyes):
    (tmp_path / "a.onnx").touch()
    face = face_of_yunet(2, 2, 10, 10, right_eye=(5, 5), left_eye=(9, 5))
    network = ScriptedNetwork(face[np.newaxis])
    monkeypatch.setattr(cv2.FaceDetectorYN, "create", lambda *_: network)
    front_end = FaceFrontEnd(
        detector="yunet", detector_model=tmp_path / "a.onnx", align=align
    )
    found = FaceDetector(front_end).find(np.zeros((20, 20, 3), np.uint8))
    assert found == [Box(2, 2, 10, 10, eyes)]


def test_a_file_that_is_no_network_is_one_line(tmp_path):
    (tmp_path / "a.onnx").write_bytes(b"no network")
    with pytest.raises(DataError, match="no network that OpenCV reads") as caught:
        YuNet(tmp_path / "a.onnx", 0.15)
    assert "\n" not in str(caught.value)
