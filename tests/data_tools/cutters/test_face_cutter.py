import dataclasses
import itertools
import json

import cv2
import numpy as np
import pytest
from PIL import Image

from data_tools.corpora import Clip
from data_tools.cutters import face_cutter
from data_tools.cutters.face_box import crop
from data_tools.cutters.face_cutter import OpenFaceCutter, crop_faces
from data_tools.cutters.face_front_end import FaceFrontEnd
from data_tools.cutters.face_tracker import Origin
from data_tools.media.video import read_frames
from data_tools.media_error import MediaError
from pathnet_tf.data.dataset_card import FrameCounts
from tests.data_tools.film import filmed, numbered, write_film

NUM_FRAMES = 40
USUAL = FaceFrontEnd()


def scene(photograph):
    """A face that moves, nears and darkens."""
    for i in range(NUM_FRAMES):
        yield filmed(
            photograph,
            scale=1.2 + 0.3 * np.sin(i / 9),
            x=40 * np.sin(i / 5),
            y=15 * np.cos(i / 6),
            brightness=0.8 + 0.3 * np.sin(i / 7),
        )


@pytest.fixture(scope="module")
def films(tmp_path_factory, photograph):
    """The scene as it is, and with frames blanked."""
    folder = tmp_path_factory.mktemp("films")
    pictures = list(scene(photograph))
    write_film(folder / "whole.avi", pictures)
    for blank in (*range(4), *range(20, 26)):
        pictures[blank] = np.full_like(pictures[blank], 90)
    write_film(folder / "blanked.avi", pictures)
    return folder


def clip_of(path, **stretch):
    return Clip("c/s/f", "c", "s", "anger", path, **stretch)


def cut(path, front_end=USUAL, **stretch):
    """The crops of a clip and what came of it."""
    crops = []
    outcome = OpenFaceCutter(front_end).cut(clip_of(path, **stretch), crops.append)
    return np.stack(crops), outcome


def test_the_box_is_the_plain_detectors_on_every_frame(films):
    cascade = cv2.CascadeClassifier(
        cv2.data.haarcascades + "haarcascade_frontalface_default.xml"
    )
    path = films / "whole.avi"
    tracked = list(OpenFaceCutter(FaceFrontEnd()).track(clip_of(path)))
    assert len(tracked) == NUM_FRAMES
    for face in tracked:
        grey = cv2.cvtColor(face.frame.pixels, cv2.COLOR_RGB2GRAY)
        plain = cascade.detectMultiScale(grey, 1.1, 5)
        box = face.box
        # Without a least size it takes folds of cloth for faces now and then.
        x, y, width, height = min(plain, key=lambda other: abs(other[0] - box.x))
        ours = (box.x, box.y, box.x + box.width, box.y + box.height)
        np.testing.assert_allclose(
            ours, (x, y, x + width, y + height), rtol=0, atol=0.1 * width
        )


def test_blanked_frames_are_reused_and_back_filled(films):
    tracked = list(OpenFaceCutter(FaceFrontEnd()).track(clip_of(films / "blanked.avi")))
    origins = [face.origin for face in tracked]
    assert origins[:4] == [Origin.BACK_FILLED] * 4
    assert origins[20:26] == [Origin.REUSED] * 6
    assert {face.box for face in tracked[:5]} == {tracked[4].box}
    assert {face.box for face in tracked[19:26]} == {tracked[19].box}
    assert tracked[26].origin is Origin.DETECTED


def test_crops_are_those_of_the_boxes(films):
    path = films / "blanked.avi"
    crops, outcome = cut(path)
    tracked = OpenFaceCutter(FaceFrontEnd()).track(clip_of(path))
    expected = [crop(t.frame.pixels, t.box, FaceFrontEnd()) for t in tracked]
    np.testing.assert_array_equal(crops, expected)
    assert outcome.num_segments == NUM_FRAMES
    assert outcome.duration_s == pytest.approx(1.6)


def test_frames_in_are_detected_reused_and_back_filled(films):
    _, outcome = cut(films / "blanked.avi")
    counts = outcome.frames
    assert counts.total == NUM_FRAMES
    assert counts.back_filled == 4
    assert counts.reused >= 6
    assert sum(counts.shares().values()) == pytest.approx(1)


def test_a_lost_frame_is_noticed(films, monkeypatch):
    def forgetful(read, detector):
        return itertools.islice(face_track(read, detector), 1, None)

    face_track = face_cutter.track_face
    monkeypatch.setattr(face_cutter, "track_face", forgetful)
    with pytest.raises(AssertionError, match="40 frames in, 39 out"):
        cut(films / "whole.avi")


def test_a_stretch_and_a_stride_choose_frames(films):
    crops, outcome = cut(films / "whole.avi", start_s=0.4, end_s=1.2)
    assert outcome.num_segments == 20
    strided, _ = cut(
        films / "whole.avi", FaceFrontEnd(frame_stride=5), start_s=0.4, end_s=1.2
    )
    assert len(strided) == 4
    np.testing.assert_array_equal(strided[0], crops[0])


def test_frames_around_the_apex_are_kept_and_all_are_counted(tmp_path, photograph):
    calm, peak = filmed(photograph), filmed(photograph, brightness=0.9)
    peak[130:170, 130:190] = 255 - peak[130:170, 130:190]
    wall = np.full_like(calm, 90)
    path = write_film(
        tmp_path / "a.avi", [wall] + [calm] * 6 + [peak] * 4 + [wall] + [calm] * 4
    )
    cutter = OpenFaceCutter(FaceFrontEnd(apex_share=0.25))
    tracked = list(cutter.track(clip_of(path)))
    assert [n for n, face in enumerate(tracked) if face.is_kept] == [7, 8, 9, 10]
    crops, outcome = cut(path, FaceFrontEnd(apex_share=0.25))
    np.testing.assert_array_equal(crops, cut(path)[0][7:11])
    assert outcome.num_segments == 4
    assert outcome.duration_s == pytest.approx(0.64)
    assert outcome.frames == FrameCounts(
        detected=14, reused=1, back_filled=1, left_out=12
    )
    assert outcome.frames.total == len(tracked) == 16


def test_a_film_without_a_face_names_what_was_seen(tmp_path):
    path = write_film(tmp_path / "a.avi", numbered(5, size=(160, 120)))
    with pytest.raises(
        MediaError, match=r"a\.avi: has no frame with exactly one face \(5 looked at\)"
    ):
        cut(path)


@pytest.mark.parametrize(
    ("scene", "fault"),
    [
        ("empty empty", "shows no face that can be found"),
        ("crowd crowd", "shows several faces"),
        ("empty crowd", "shows no face alone"),
    ],
)
def test_whom_a_model_looks_at_is_told_what_to_show(tmp_path, photograph, scene, fault):
    crowd = np.hstack([filmed(photograph)] * 2)
    frames = {"crowd": crowd, "empty": np.full_like(crowd, 90)}
    path = write_film(tmp_path / "a.avi", [frames[name] for name in scene.split()])
    cutter = OpenFaceCutter(USUAL, is_of_model=True)
    with pytest.raises(MediaError, match=f"{fault}; show one face .* at least 15%"):
        cutter.check(clip_of(path))


def test_a_crowd_is_told_from_an_empty_room(tmp_path, photograph):
    face = filmed(photograph)
    path = write_film(tmp_path / "a.avi", [np.hstack([face, face])] * 3)
    with pytest.raises(MediaError, match=r"3 looked at, 3 have several"):
        cut(path)


def test_a_picture_is_a_clip_of_one_frame(tmp_path, photograph):
    Image.fromarray(photograph).save(tmp_path / "a.tiff")
    crops, outcome = cut(tmp_path / "a.tiff")
    assert crops.shape == (1, 64, 64, 3)
    assert outcome.frames == FrameCounts(detected=1, reused=0, back_filled=0)
    assert outcome.duration_s == 0


def test_a_picture_has_no_start(tmp_path, photograph):
    Image.fromarray(photograph).save(tmp_path / "a.png")
    with pytest.raises(MediaError, match="is a picture, which has no start and end"):
        cut(tmp_path / "a.png", start_s=1.0)


def test_the_content_tells_a_picture_whatever_its_name(tmp_path, photograph):
    Image.fromarray(photograph).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.avi")
    assert cut(tmp_path / "a.avi")[0].shape == (1, 64, 64, 3)


def test_a_face_is_kept_when_the_film_changes_its_size(films, monkeypatch):
    def shrinking(*arguments, **options):
        for number, frame in enumerate(read_frames(*arguments, **options)):
            small = np.full((40, 30, 3), 9, np.uint8)
            yield frame if number == 0 else dataclasses.replace(frame, pixels=small)

    monkeypatch.setattr(face_cutter, "read_frames", shrinking)
    crops, outcome = cut(films / "whole.avi", end_s=0.2)
    assert outcome.frames == FrameCounts(detected=1, reused=4, back_filled=0)
    np.testing.assert_array_equal(crops[1:], np.full((4, 64, 64, 3), 9))


def test_the_largest_of_a_crowd_is_detected(tmp_path, photograph):
    pair = np.hstack([filmed(photograph, scale=1.4), filmed(photograph, scale=0.9)])
    path = write_film(tmp_path / "a.avi", [pair] * 3)
    _, outcome = cut(path, FaceFrontEnd(several_faces="largest"))
    assert outcome.frames == FrameCounts(detected=3, reused=0, back_filled=0)


def test_aligned_crops_are_counted_and_reuse_their_eyes(films):
    _, outcome = cut(films / "blanked.avi", FaceFrontEnd(align="eyes"))
    counts = outcome.frames
    assert counts.total == NUM_FRAMES
    assert counts.detected < counts.aligned <= NUM_FRAMES


def test_a_model_of_cut_faces_takes_pictures_as_they_are(tmp_path, rng):
    pixels = rng.integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    front_end = FaceFrontEnd(faces="cut")
    content = json.dumps(front_end.cropping | front_end.finding)
    (tmp_path / "front_end.json").write_text(content)
    np.testing.assert_array_equal(crop_faces(tmp_path / "a.png", tmp_path), [pixels])


def test_faces_are_cropped_as_a_model_learned_them(films, tmp_path):
    (tmp_path / "front_end.json").write_text(
        '{"cascade": "haarcascade_frontalface_default", "size": 32, "margin": 0.1,'
        ' "frame_stride": 10}'
    )
    crops = crop_faces(films / "whole.avi", tmp_path)
    front_end = FaceFrontEnd(size=32, margin=0.1, frame_stride=10)
    np.testing.assert_array_equal(crops, cut(films / "whole.avi", front_end)[0])
    assert crops.shape == (4, 32, 32, 3)
