import dataclasses
import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from data_tools.corpora import Clip
from data_tools.cutters.face_cutter import FaceCutter
from data_tools.cutters.face_front_end import FaceFrontEnd
from data_tools.cutters.face_preview import FacePreview, choose_clips, choose_frames
from data_tools.cutters.face_tracker import Origin
from tests.data_tools.film import filmed, write_film

D, R, B = Origin.DETECTED, Origin.REUSED, Origin.BACK_FILLED


@pytest.fixture
def clips(tmp_path, photograph):
    pictures = [filmed(photograph, x=i) for i in range(8)]
    pictures[0] = pictures[5] = np.full_like(pictures[0], 70)
    return [
        Clip(
            f"c/{name}/a",
            "c",
            name,
            "anger",
            write_film(tmp_path / f"{name}.avi", pictures),
        )
        for name in "abcd"
    ]


def draw(clips, num_clips):
    png = FacePreview(FaceCutter(FaceFrontEnd()), num_clips)(clips)
    return np.asarray(Image.open(io.BytesIO(png)))


def test_every_origin_has_its_colour_on_the_sheet(clips):
    sheet = draw(clips[:1], 1)
    for colour in ((0, 158, 115), (230, 159, 0), (86, 130, 233)):
        # More than the word in the legend: the edges of a box.
        assert np.all(sheet == colour, axis=2).sum() > 100


def test_a_crop_stands_beside_its_frame(clips):
    sheet = draw(clips[:1], 1)
    left = round(320 * 128 / 240) + 6
    crop = sheet[-128 - 12 : -12, left : left + 128]
    # The first frame is grey all over, and so is what was cut from it.
    assert crop.std() < 3


def test_frames_that_are_left_out_are_not_shown(clips, tmp_path, photograph):
    dark, bright = filmed(photograph, brightness=0.4), filmed(photograph[:, ::-1])
    path = write_film(tmp_path / "two.avi", [dark] * 4 + [bright] * 4)
    clip = dataclasses.replace(clips[0], path=path)
    settings = FaceFrontEnd(faces="cut", apex_share=0.5)
    png = FacePreview(FaceCutter(settings), 1)([clip])
    row = np.asarray(Image.open(io.BytesIO(png)))[-128 - 6 : -6]
    left = round(320 * 128 / 240) + 6
    assert abs(row[:, left : left + 128].mean() - bright.mean()) < 10


def test_more_clips_make_a_longer_sheet_and_no_more_than_there_are(clips):
    heights = [draw(clips, count).shape[0] for count in (1, 2, 4, 9)]
    assert heights[0] < heights[1] < heights[2] == heights[3]


def test_the_same_clips_give_the_same_bytes(clips):
    preview = FacePreview(FaceCutter(FaceFrontEnd()), 2)
    assert preview(clips) == preview(clips)


def test_frames_are_spread_evenly():
    assert choose_frames([D] * 10) == {0, 3, 6, 9}


def test_a_short_clip_shows_all_it_has():
    assert choose_frames([D]) == {0}
    assert choose_frames([B, D]) == {0, 1}


@given(st.lists(st.sampled_from(Origin), min_size=1, max_size=40))
def test_every_origin_of_a_clip_is_shown(origins):
    chosen = choose_frames(origins)
    assert {origins[place] for place in chosen} == set(origins)
    assert len(chosen) <= 4


def test_a_regular_corpus_shows_every_emotion_and_speaker():
    emotions = ("anger", "disgust", "fear", "sadness", "surprise")
    clips = [
        Clip(f"c/{s}/{e}{t}", "c", s, e, Path(f"{e}.avi"))
        for s in "abcd"
        for e in emotions
        for t in range(4)
    ]
    chosen = choose_clips(clips, 10)
    assert len({clip.key for clip in chosen}) == 10
    assert Counter(clip.emotion for clip in chosen) == dict.fromkeys(emotions, 2)
    assert min(Counter(clip.speaker for clip in chosen).values()) >= 2


def test_every_kind_of_file_is_shown_where_all_else_is_alike():
    names = ["a.avi"] * 9 + ["b.mp4"]
    clips = [Clip(f"{i}", "c", "s", "anger", Path(n)) for i, n in enumerate(names)]
    assert {clip.path.suffix for clip in choose_clips(clips, 2)} == {".avi", ".mp4"}
