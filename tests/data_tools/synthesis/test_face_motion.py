import dataclasses

import numpy as np
import pytest

from data_tools.synthesis import face_motion, face_style


def is_frontal(motion):
    """Frames, bool `[num_frames]`, in which the head faces the camera."""
    return motion.is_visible & (np.abs(motion.yaw) < np.radians(20))


def is_turned_away(motion):
    """Frames, bool `[num_frames]`, that show the head from the side or behind."""
    return motion.is_visible & (np.abs(motion.yaw) > np.radians(65))


@pytest.fixture(scope="module")
def face():
    return face_style.draw_face(np.random.default_rng(1), is_female=False)


@pytest.fixture(scope="module")
def clips(face):
    """The motions of 300 clips of two and a half seconds."""
    level = np.abs(np.sin(np.arange(62) / 3))
    return [
        face_motion.plan_motion(face, level, np.random.default_rng(seed))
        for seed in range(300)
    ]


def test_loudness_follows_the_samples():
    samples = np.zeros((4000, 2), np.int16)
    samples[1000:2000] = 1000
    level = face_motion.loudness(samples, num_frames=4)
    np.testing.assert_allclose(level, [0, 1, 0, 0])


def test_loudness_does_not_depend_on_the_recording_level():
    samples = np.random.default_rng(0).integers(-300, 300, (16000, 1)).astype(np.int16)
    quiet, loud = (
        face_motion.loudness(factor * samples, num_frames=25) for factor in (1, 10)
    )
    np.testing.assert_allclose(quiet, loud)


def test_loudness_of_silence_is_zero():
    level = face_motion.loudness(np.zeros((100, 1), np.int16), num_frames=3)
    assert level.tolist() == [0, 0, 0]


@pytest.mark.parametrize("num_frames", [1, 10, 62, 330])
def test_every_track_has_a_value_a_frame(face, num_frames):
    rng = np.random.default_rng(0)
    motion, _ = face_motion.plan_motion(face, np.ones(num_frames), rng)
    lengths = {len(track) for track in dataclasses.astuple(motion)}
    assert lengths == {num_frames}


def test_every_clip_has_frames_that_face_the_camera(clips):
    assert min(is_frontal(motion).mean() for motion, _ in clips) > 0.2


@pytest.mark.parametrize("num_frames", [1, 10, 25, 35])
def test_the_shortest_clips_face_the_camera_too(face, num_frames):
    motions = [
        face_motion.plan_motion(face, np.ones(num_frames), np.random.default_rng(seed))[
            0
        ]
        for seed in range(60)
    ]
    assert all(is_frontal(motion).any() for motion in motions)


def test_in_a_fifth_of_the_clips_the_head_turns_away(clips):
    share = np.mean([is_turned_away(motion).any() for motion, _ in clips])
    assert 0.12 < share < 0.28


def test_some_clips_begin_turned_away(clips):
    share = np.mean([is_turned_away(motion)[0] for motion, _ in clips])
    assert 0.04 < share < 0.18


def test_in_an_eighth_of_the_clips_somebody_else_appears(clips):
    share = np.mean([bystander is not None for _, bystander in clips])
    assert 0.06 < share < 0.2


def test_a_bystander_stays_for_a_part_of_the_clip(clips):
    shares = [other.is_visible.mean() for _, other in clips if other is not None]
    assert 0.25 < min(shares) <= max(shares) < 0.65


def test_a_bystander_is_smaller_and_apart(clips):
    for motion, other in clips:
        if other is not None:
            assert (other.size < motion.size).all()
            assert (np.abs(other.x - motion.x) > 0.25).all()


def test_people_blink(clips):
    num_blinks = [(motion.lids == 0).sum() for motion, _ in clips]
    assert 0.5 < np.mean(num_blinks) < 2


def test_an_expression_builds_up(clips):
    starts = np.mean([motion.strength[0] for motion, _ in clips])
    ends = np.mean([motion.strength[30:] for motion, _ in clips])
    assert starts < 0.2
    assert ends == pytest.approx(0.9, abs=0.1)


def test_the_mouth_follows_the_voice(face):
    level = np.repeat([0.0, 1.0, 0.0], 10)
    motion, _ = face_motion.plan_motion(face, level, np.random.default_rng(0))
    assert motion.speech[5] == 0
    assert motion.speech[15] > 0.8


def test_light_changes_within_a_clip(clips):
    assert np.median([np.ptp(motion.light_level) for motion, _ in clips]) > 0.03


def test_plan_motion_is_decided_by_the_stream(face):
    first, second = (
        face_motion.plan_motion(face, np.ones(50), np.random.default_rng(9))[0]
        for _ in range(2)
    )
    np.testing.assert_array_equal(
        dataclasses.astuple(first), dataclasses.astuple(second)
    )
