import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_tools.cutters.face_box import Box
from data_tools.cutters.face_tracker import NoFaceError, Origin, track_face
from data_tools.media.video import Frame


class ScriptedDetector:
    """Finds as many faces in a frame as its pixel says; boxes tell the frame."""

    def __init__(self):
        self.num_asked = 0

    def find(self, pixels):
        number, num_faces = map(int, pixels[0, 0, :2])
        self.num_asked += 1
        return [Box(number, i, 10, 10) for i in range(num_faces)]


def frames(counts):
    for number, count in enumerate(counts):
        yield Frame(np.array([[[number, count, 0]]], np.uint8), number / 25, 1 / 25)


def track(counts):
    """Number, box's frame and origin of every frame that comes out."""
    tracked = track_face(lambda: frames(counts), ScriptedDetector())
    return [(int(t.frame.pixels[0, 0, 0]), t.box.x, t.origin) for t in tracked]


def test_one_face_is_its_own_box():
    assert track([1, 1]) == [(0, 0, Origin.DETECTED), (1, 1, Origin.DETECTED)]


def test_without_a_face_the_box_before_is_reused():
    assert track([1, 0, 0, 1])[1:3] == [(1, 0, Origin.REUSED), (2, 0, Origin.REUSED)]


def test_with_several_faces_the_box_before_is_reused():
    assert track([1, 1, 2])[2] == (2, 1, Origin.REUSED)


def test_the_first_box_is_used_backwards():
    assert track([0, 2, 1]) == [
        (0, 2, Origin.BACK_FILLED),
        (1, 2, Origin.BACK_FILLED),
        (2, 2, Origin.DETECTED),
    ]


def test_a_clip_without_a_single_face_is_an_error():
    with pytest.raises(NoFaceError) as caught:
        track([0, 2, 0])
    assert (caught.value.num_frames, caught.value.num_crowded) == (3, 1)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=30).filter(lambda c: 1 in c))
def test_every_frame_comes_out_once_and_in_order(counts):
    tracked = track(counts)
    assert [number for number, _, _ in tracked] == list(range(len(counts)))
    for number, box, origin in tracked:
        earlier = [n for n in range(number + 1) if counts[n] == 1]
        expected = earlier[-1] if earlier else counts.index(1)
        assert box == expected
        assert (origin is Origin.DETECTED) == (counts[number] == 1)
        assert (origin is Origin.BACK_FILLED) == (not earlier)


def test_no_frame_is_searched_twice():
    detector = ScriptedDetector()
    list(track_face(lambda: frames([0, 0, 1, 0]), detector))
    assert detector.num_asked == 4


def test_frames_before_the_first_face_are_not_kept():
    given = []

    def read():
        for frame in frames([0] * 50 + [1]):
            given.append(weakref.ref(frame))
            yield frame
            del frame
            # The one that the reader looks at, and the one before.
            assert sum(one() is not None for one in given) <= 2

    assert sum(1 for _ in track_face(read, ScriptedDetector())) == 51
