import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_tools.cutters.face_apex import apex, thumbnail

NUM_FRAMES = 20


@pytest.fixture
def faces(rng):
    """Makes small faces that fade from one face into another, frame by frame."""
    calm, peak = rng.integers(40, 200, (2, 16, 16)).astype(float)

    def make(strength, light=1.0):
        shares = np.asarray(strength)[:, np.newaxis, np.newaxis]
        light = np.broadcast_to(light, shares.shape[0])[:, np.newaxis, np.newaxis]
        return (light * ((1 - shares) * calm + shares * peak)).astype(np.uint8)

    return make


def strengths(kind):
    frames = np.arange(NUM_FRAMES)
    return {
        "comes and goes": np.interp(frames, [5, 8, 12, 15], [0, 1, 1, 0]),
        "comes and stays": np.interp(frames, [5, 15], [0, 1]),
    }[kind]


@pytest.mark.parametrize(
    ("kind", "share", "expected"),
    [
        ("comes and goes", 0.25, range(8, 13)),
        ("comes and goes", 0.35, range(7, 14)),
        ("comes and stays", 0.25, range(15, 20)),
        ("comes and stays", 1.0, range(20)),
    ],
)
def test_the_strongest_frames_in_a_row_are_kept(faces, kind, share, expected):
    everywhere = np.ones(NUM_FRAMES, bool)
    assert apex(faces(strengths(kind)), everywhere, share) == expected


def test_light_is_no_expression(faces):
    light = np.interp(np.arange(NUM_FRAMES), [0, 3, 6], [1.0, 0.4, 1.0])
    found = apex(faces(strengths("comes and stays"), light), np.ones(20, bool), 0.25)
    assert found == range(15, 20)


def test_frames_without_a_face_are_neither_first_nor_apex(faces, rng):
    shown = faces(strengths("comes and goes"))
    hidden = [0, 1, 10, 17, 18]
    shown[hidden] = rng.integers(0, 256, (5, 16, 16))
    is_detected = ~np.isin(np.arange(NUM_FRAMES), hidden)
    assert apex(shown, is_detected, 0.25) == range(8, 13)


@given(st.integers(1, 30), st.floats(0.01, 1), st.data())
def test_a_share_of_the_frames_is_kept_and_one_at_least(number, share, data):
    is_detected = np.array(data.draw(st.lists(st.booleans(), min_size=number)))[:number]
    is_detected[data.draw(st.integers(0, number - 1))] = True
    kept = apex(np.zeros((number, 16, 16), np.uint8), is_detected, share)
    assert len(kept) == max(1, round(share * number))
    assert set(kept) <= set(range(number))


def test_a_small_face_is_grey():
    face = np.zeros((64, 64, 3), np.uint8)
    face[:4, :4] = 200
    small = thumbnail(face)
    assert (small.shape, small.dtype) == ((16, 16), np.uint8)
    assert (small[0, 0], small.sum()) == (200, 200)
