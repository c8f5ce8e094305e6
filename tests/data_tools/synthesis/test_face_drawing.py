import dataclasses
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score

from data_tools.synthesis import (
    avi_writer,
    corpus_writer,
    face_drawing,
    face_motion,
    face_style,
)
from data_tools.synthesis.corpus_plans import plan_corpus
from data_tools.synthesis.face_motion import Motion, Performance
from tests.data_tools.synthesis.test_face_motion import is_frontal, is_turned_away

# A second and a half of loud and quiet syllables.
VOICE_LEVEL = np.abs(np.sin(np.arange(40) / 2.5))


def cut(motion, frames):
    """Keeps some frames."""
    return Motion(*(track[frames] for track in dataclasses.astuple(motion)))


def filmed(folder, performances, clip, frames):
    """Draws some frames and compresses them as a video does."""
    width, height = clip.frame_size
    pictures = face_drawing.draw_frames(
        tuple(
            dataclasses.replace(person, motion=cut(person.motion, frames))
            for person in performances
        ),
        width=width,
        height=height,
        rng=np.random.default_rng(0),
    )
    path = Path(folder, "clip.avi")
    sound = np.zeros((len(frames) * 640, 1), np.int16)
    avi_writer.write_avi(path, sound, sample_rate_hz=16000, pictures=pictures)
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]


@pytest.fixture(scope="module")
def find_faces():
    """The detector that real videos meet."""
    name = "haarcascade_frontalface_default.xml"
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + name)

    def find(picture):
        least = round(0.15 * min(picture.shape[:2]))
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        return cascade.detectMultiScale(grey, 1.1, 5, minSize=(least, least))

    return find


def first_clips(corpus):
    """The first clip of every speaker and emotion."""
    cells = {}
    for clip in plan_corpus(corpus):
        cells.setdefault((clip.speaker, clip.emotion), clip)
    return list(cells.values())


def staged(corpus, num_takes=1):
    """Performances of every speaker and emotion at its apex."""
    for take in range(num_takes):
        for clip in first_clips(corpus):
            named = dataclasses.replace(clip, name=f"{clip.name} take {take}")
            yield (
                clip,
                corpus_writer.perform_clip(corpus, named, VOICE_LEVEL, seed=0),
            )


@pytest.mark.parametrize("corpus", ["enterface", "savee"])
def test_viola_jones_finds_every_face(tmp_path, find_faces, corpus):
    num_found, off_centre, widths = [], [], []
    for clip, performances in staged(corpus):
        motion = performances[0].motion
        alone = is_frontal(motion)
        if len(performances) > 1:
            alone = alone & ~performances[1].motion.is_visible
        frames = np.flatnonzero(alone)[-1:]
        for picture in filmed(tmp_path, performances, clip, frames):
            boxes = find_faces(picture)
            num_found.append(len(boxes))
            if len(boxes) == 1:
                x, y, size, _ = boxes[0]
                height, width = picture.shape[:2]
                middle = (
                    width / 2 + motion.x[frames[0]] * height,
                    height / 2 + motion.y[frames[0]] * height,
                )
                half = motion.size[frames[0]] * height
                box_middle = np.array([x + size / 2, y + size / 2])
                off_centre.append((box_middle - middle) / half)
                widths.append(size / half)
    assert len(num_found) >= 28
    assert np.mean(np.array(num_found) == 1) >= 0.95
    # The detector's box reaches from the brim to the chin, a fifth below the middle.
    assert np.abs(np.array(off_centre) - (0, 0.2)).max() < 0.3
    assert 1.2 < min(widths) <= max(widths) < 1.8


def test_viola_jones_finds_no_face_that_is_turned_away(tmp_path, find_faces):
    num_found = []
    for clip, performances in staged("enterface", num_takes=2):
        frames = np.flatnonzero(is_turned_away(performances[0].motion))[::5]
        if len(frames) and len(performances) == 1:
            pictures = filmed(tmp_path, performances, clip, frames)
            num_found += [len(find_faces(picture)) for picture in pictures]
    assert len(num_found) >= 20
    assert np.mean(np.array(num_found) == 0) >= 0.9


def test_viola_jones_finds_a_second_face(tmp_path, find_faces):
    num_found = []
    for clip, performances in staged("enterface", num_takes=2):
        if len(performances) > 1:
            both = (
                is_frontal(performances[0].motion) & performances[1].motion.is_visible
            )
            frames = np.flatnonzero(both)[:2]
            pictures = filmed(tmp_path, performances, clip, frames)
            num_found += [len(find_faces(picture)) for picture in pictures]
    assert len(num_found) >= 10
    assert np.mean(np.array(num_found) == 2) >= 0.8


def still(face, num_frames=4):
    """Performance that faces the camera."""
    motion, _ = face_motion.plan_motion(
        face, np.zeros(num_frames), np.random.default_rng(0)
    )
    zero, one = np.zeros(num_frames), np.ones(num_frames)
    motion = dataclasses.replace(
        motion, yaw=zero, pitch=zero, roll=zero, x=zero, y=zero, lids=one, strength=one
    )
    return Performance(face, face_style.EXPRESSIONS["neutral"], motion)


def drawn(performance, seed=0):
    pictures = face_drawing.draw_frames(
        (performance,), width=360, height=288, rng=np.random.default_rng(seed)
    )
    return np.array(list(pictures))


@pytest.fixture(scope="module")
def faces():
    return [
        face_style.draw_face(np.random.default_rng(seed), is_female=False)
        for seed in range(2)
    ]


def test_frames_have_the_asked_size(faces):
    pictures = drawn(still(faces[0]))
    assert pictures.dtype == np.uint8
    assert pictures.shape == (4, 288, 360, 3)


def test_the_same_stream_gives_the_same_frames(faces):
    first, second = (drawn(still(faces[0])) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_two_people_differ_more_than_two_takes(faces):
    face = dataclasses.replace(faces[1], wall=faces[0].wall, clothes=faces[0].clothes)
    # Head and shoulders, not the room.
    middle = np.s_[0, 60:230, 130:230]
    one, other = (
        drawn(still(person))[middle].astype(int) for person in (faces[0], face)
    )
    take = still(faces[0])
    expression = face_style.express_face(faces[0], "neutral", np.random.default_rng(3))
    again = drawn(dataclasses.replace(take, apex=expression), seed=1)[middle]
    assert np.abs(one - other).mean() > 2 * np.abs(one - again).mean()


def test_no_two_frames_have_the_same_noise(faces):
    first, second = drawn(still(faces[0]))[:2].astype(int)
    wall = (first - second)[:40, :40]
    assert faces[0].noise < wall.std() < 3 * faces[0].noise


def test_the_light_changes_the_whole_picture(faces):
    performance = still(faces[0])
    motion = dataclasses.replace(
        performance.motion, light_level=np.array([0.7, 1.0, 1.0, 1.0])
    )
    pictures = drawn(dataclasses.replace(performance, motion=motion)).astype(float)
    for part in (np.s_[:40, :40], np.s_[100:180, 140:220]):
        assert pictures[0][part].mean() < 0.8 * pictures[1][part].mean()


@pytest.mark.parametrize("hair_style", face_style.HAIR_STYLES)
def test_every_hair_style_is_drawn_from_all_sides(faces, hair_style):
    performance = still(dataclasses.replace(faces[0], hair_style=hair_style))
    motion = dataclasses.replace(performance.motion, yaw=np.array([0, 1.2, 2.6, -1.2]))
    pictures = drawn(dataclasses.replace(performance, motion=motion)).astype(int)
    changes = np.abs(np.diff(pictures[:, 80:200, 120:240], axis=0)).mean(axis=(1, 2, 3))
    assert changes.min() > 5


def cropped(performance, clip):
    """The face in a frame, where a detector finds it: float `[1024]`, standardized."""
    motion = performance.motion
    frame = np.flatnonzero(is_frontal(motion))[-1:]
    performance = dataclasses.replace(performance, motion=cut(motion, frame))
    width, height = clip.frame_size
    pictures = face_drawing.draw_frames(
        (performance,), width=width, height=height, rng=np.random.default_rng(0)
    )
    size = motion.size[frame[0]] * height
    x = width / 2 + motion.x[frame[0]] * height
    y = height / 2 + motion.y[frame[0]] * height
    # The middle of the face goes where the head points.
    x += 0.7 * size * np.sin(motion.yaw[frame[0]])
    y += size * (0.2 + 0.7 * np.sin(motion.pitch[frame[0]]))
    crop = cv2.getRectSubPix(next(pictures), (round(1.5 * size),) * 2, (x, y))
    crop = cv2.resize(crop, (32, 32), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).ravel().astype(float)
    return (grey - grey.mean()) / grey.std()


def test_emotions_of_an_unseen_speaker_are_recognizable_but_not_trivial():
    cells = list(staged("enterface"))
    crops = np.array([cropped(performances[0], clip) for clip, performances in cells])
    emotions = np.array([clip.emotion for clip, _ in cells])
    speakers = np.array([clip.speaker for clip, _ in cells])
    predicted = np.empty_like(emotions)
    for speaker in np.unique(speakers):
        is_test = speakers == speaker
        classifier = LogisticRegression(C=0.1, max_iter=1000)
        classifier.fit(crops[~is_test], emotions[~is_test])
        predicted[is_test] = classifier.predict(crops[is_test])
    # Six emotions: chance is 0.17.
    assert 0.35 < recall_score(emotions, predicted, average="macro") < 0.95
