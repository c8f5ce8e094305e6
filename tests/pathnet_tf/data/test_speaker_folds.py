import dataclasses

import numpy as np
import pytest

from pathnet_tf.data.speaker_folds import (
    LEAKY_PROTOCOLS,
    PROTOCOLS,
    Fold,
    SegmentTable,
    draw_covering_speakers,
    hold_out_speakers,
    make_folds,
)
from pathnet_tf.runtime.errors import DataError, UsageError

SPEAKERS = ["a", "a", "b", "b", "c", "c", "d"]


def make_table(**changes):
    keys = [f"x/{speaker}/{i}" for i, speaker in enumerate(SPEAKERS)]
    table = SegmentTable(
        clip=np.repeat(np.arange(7), 3),
        clip_keys=keys,
        clip_speakers=SPEAKERS,
        clip_sources=[f"hash {i}" for i in range(7)],
        clip_splits=["train", "train", "test", "test", "train", "train", "test"],
        clip_emotions=["anger", "fear", "anger", "fear", "anger", "fear", "fear"],
    )
    return dataclasses.replace(table, **changes)


def folds_of(protocol, rng, table=None, num_folds=3):
    return make_folds(
        table or make_table(), protocol=protocol, num_folds=num_folds, rng=rng
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_segment_stands_on_one_side(protocol, rng):
    for fold in folds_of(protocol, rng):
        both = np.concatenate([fold.train, fold.test])
        assert sorted(both) == list(range(21))


@pytest.mark.parametrize("protocol", [p for p in PROTOCOLS if p != "split"])
def test_every_segment_is_held_out_once(protocol, rng):
    held_out = np.concatenate([fold.test for fold in folds_of(protocol, rng)])
    assert sorted(held_out) == list(range(21))


@pytest.mark.parametrize("protocol", ["loso", "speaker_kfold", "split"])
def test_no_speaker_stands_on_both_sides(protocol, rng):
    speakers = np.repeat(SPEAKERS, 3)
    for fold in folds_of(protocol, rng):
        assert not set(speakers[fold.train]) & set(speakers[fold.test])


def test_thousands_of_folds_store_each_segment_once(rng):
    speakers = [f"s{index:04d}" for index in range(3000)]
    table = SegmentTable(
        clip=np.repeat(np.arange(3000), 10),
        clip_keys=[f"x/{speaker}/1" for speaker in speakers],
        clip_speakers=speakers,
        clip_sources=speakers,
        clip_splits=[""] * 3000,
        clip_emotions=["anger"] * 3000,
    )
    folds = folds_of("loso", rng, table)
    assert sum(len(fold.test) + len(fold.unused) for fold in folds) == 30000
    assert {fold.num_train for fold in folds} == {29990}
    assert not set(folds[7].train) & set(range(70, 80))


def test_a_fold_may_train_on_fewer_segments():
    fold = Fold("a", 6, np.array([1]), np.array([4])).training_on(np.array([0, 3]))
    assert fold.train.tolist() == [0, 3]
    assert fold.num_train == 2
    assert fold.test.tolist() == [1]


def test_loso_folds_carry_the_speakers_names(rng):
    assert [fold.name for fold in folds_of("loso", rng)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("protocol", LEAKY_PROTOCOLS)
def test_leaky_protocols_do_leak_speakers(protocol, rng):
    speakers = np.repeat(SPEAKERS, 3)
    assert any(
        set(speakers[fold.train]) & set(speakers[fold.test])
        for fold in folds_of(protocol, rng)
    )


def test_a_clip_under_two_speakers_is_named(rng):
    table = make_table(clip_sources=["same", *map(str, range(5)), "same"])
    with pytest.raises(DataError, match=r"source file.*x/a/0, x/d/6"):
        folds_of("loso", rng, table)


def test_a_split_that_leaks_a_speaker_is_named(rng):
    table = make_table(clip_splits=["train", "test", *["train"] * 5])
    with pytest.raises(DataError, match=r"Fold test leaks: 1 speaker.*x/a/0, x/a/1"):
        folds_of("split", rng, table)


def test_split_without_a_test_side_is_refused(rng):
    with pytest.raises(DataError, match="needs clips whose split is test"):
        folds_of("split", rng, make_table(clip_splits=["train"] * 7))


def clips_of(cells):
    """Makes a table of one segment a clip, of {speaker: {emotion: clips}}."""
    clips = [
        (speaker, emotion)
        for speaker, counts in cells.items()
        for emotion, count in counts.items()
        for _ in range(count)
    ]
    names = [f"x/{place}" for place in range(len(clips))]
    return SegmentTable(
        clip=np.arange(len(clips)),
        clip_keys=names,
        clip_speakers=[speaker for speaker, _ in clips],
        clip_sources=names,
        clip_splits=[""] * len(clips),
        clip_emotions=[emotion for _, emotion in clips],
    )


def test_groups_of_speakers_hold_like_numbers_of_clips_and_emotions(rng):
    cells = {f"big {i}": {"anger": 20, "fear": 10} for i in range(3)}
    cells |= {f"angry {i}": {"anger": 6} for i in range(6)}
    cells |= {f"afraid {i}": {"fear": 4} for i in range(6)}
    table = clips_of(cells)
    emotions = np.array(table.clip_emotions)
    for fold in folds_of("speaker_kfold", rng, table):
        held_out = emotions[fold.test]
        assert (held_out == "anger").sum() == 32
        assert (held_out == "fear").sum() == 18


@pytest.mark.parametrize("seed", range(10))
def test_speakers_of_one_emotion_go_to_different_groups(seed):
    cells = {"a": {"anger": 9}, "b": {"anger": 9}, "c": {"fear": 9}, "d": {"fear": 9}}
    table = clips_of(cells)
    drawn = np.random.default_rng(seed)
    for fold in folds_of("speaker_kfold", drawn, table, num_folds=2):
        assert (np.array(table.clip_emotions)[fold.test] == "anger").sum() == 9


def test_no_group_of_speakers_is_empty(rng):
    cells = {"a": {"anger": 90}, "b": {"fear": 1}, "c": {"calm": 1}, "d": {"anger": 1}}
    folds = folds_of("speaker_kfold", rng, clips_of(cells), num_folds=4)
    assert all(len(fold.test) for fold in folds)


def test_like_speakers_are_grouped_by_the_draw():
    cells = {name: {"anger": 2, "fear": 2} for name in "abcdefgh"}
    drawn = {
        tuple(
            folds_of("speaker_kfold", np.random.default_rng(i), clips_of(cells))[0].test
        )
        for i in range(5)
    }
    assert len(drawn) > 1


@pytest.mark.parametrize("num_folds", [1, 5])
def test_num_folds_must_fit_the_speakers(num_folds, rng):
    with pytest.raises(UsageError, match=f"Received: --num_folds={num_folds}"):
        folds_of("speaker_kfold", rng, num_folds=num_folds)


def test_one_speaker_cannot_be_left_out(rng):
    with pytest.raises(DataError, match="needs at least 2 speakers"):
        folds_of("loso", rng, make_table(clip_speakers=["a"] * 7))


@pytest.mark.parametrize(("share", "count"), [(0.01, 1), (0.5, 2), (0.99, 3)])
def test_validation_speakers_are_drawn_by_share(share, count, rng):
    drawn = hold_out_speakers(SPEAKERS, share=share, rng=rng)
    assert len(drawn) == count
    assert drawn < set(SPEAKERS)


def test_few_speakers_are_drawn_who_show_every_class(rng):
    speakers = np.array(["a", "a", "b", "b", "c"])
    labels = np.array([0, 1, 0, 0, 1])
    drawn = [draw_covering_speakers(speakers, labels, 1, rng) for _ in range(20)]
    assert {tuple(one) for one in drawn} == {("a",)}
    pairs = {
        tuple(draw_covering_speakers(speakers, labels, 2, rng)) for _ in range(100)
    }
    assert pairs == {("a", "b"), ("a", "c"), ("b", "c")}


def test_speakers_who_cannot_show_every_class_are_refused(rng):
    speakers, labels = np.array(["a", "b"]), np.array([0, 1])
    with pytest.raises(DataError, match=r"No 1 training speaker.*raise --train_spea"):
        draw_covering_speakers(speakers, labels, 1, rng)
    with pytest.raises(DataError, match=r"train_speakers=3 asks for more .*: 2; lower"):
        draw_covering_speakers(speakers, labels, 3, rng)
