import dataclasses

import numpy as np
import pytest

from pathnet_tf.data.speaker_folds import (
    PROTOCOLS,
    Fold,
    SegmentTable,
    make_folds,
    make_inner_folds,
    outer_name,
)
from pathnet_tf.runtime.errors import DataError

SPEAKERS = ("a", "b", "c", "d", "e")


def make_table(speakers=SPEAKERS, clips_each=4):
    of_clip = [speaker for speaker in speakers for _ in range(clips_each)]
    keys = [f"x/{speaker}/{place}" for place, speaker in enumerate(of_clip)]
    return SegmentTable(
        clip=np.repeat(np.arange(len(keys)), 3),
        clip_keys=keys,
        clip_speakers=of_clip,
        clip_sources=keys,
        clip_emotions=["anger", "fear"] * (len(keys) // 2),
        clip_splits=["test" if speaker == "a" else "train" for speaker in of_clip],
    )


def divide(table, fold, num_folds=2, seed=0):
    rng = np.random.default_rng(seed)
    return make_inner_folds(table, fold, num_folds=num_folds, rng=rng)


def folds_of(table, protocol, rng):
    return make_folds(table, protocol=protocol, num_folds=3, rng=rng)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("num_folds", [2, 3, 9])
def test_every_training_segment_is_held_out_once(protocol, num_folds, rng):
    table = make_table()
    for fold in folds_of(table, protocol, rng):
        inner = divide(table, fold, num_folds)
        held_out = np.concatenate([one.test for one in inner])
        np.testing.assert_array_equal(np.sort(held_out), fold.train)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_speaker_trains_for_its_own_scores(protocol, rng):
    table = make_table()
    speakers = np.asarray(table.clip_speakers)
    for fold in folds_of(table, protocol, rng):
        for inner in divide(table, fold):
            heard, scored = (
                speakers[table.clip[part]] for part in (inner.train, inner.test)
            )
            assert not set(heard) & set(scored)
            assert len(inner.train)
            assert len(inner.test)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nothing_held_out_plays_a_part(protocol, rng):
    table = make_table()
    for fold in folds_of(table, protocol, rng):
        for inner in divide(table, fold):
            used = np.concatenate([inner.train, inner.test])
            assert not np.intersect1d(used, fold.test).size


@pytest.mark.parametrize(("num_folds", "expected"), [(2, 2), (4, 4), (9, 4)])
def test_there_are_no_more_groups_than_training_speakers(num_folds, expected, rng):
    table = make_table()
    fold, *_ = folds_of(table, "loso", rng)
    assert len(divide(table, fold, num_folds)) == expected


def test_names_tell_the_fold_and_the_group(rng):
    table = make_table()
    fold, *_ = folds_of(table, "loso", rng)
    names = [inner.name for inner in divide(table, fold)]
    assert names == ["a/inner_1", "a/inner_2"]
    assert {outer_name(name) for name in names} == {"a"}
    assert outer_name("a") == ""


def test_groups_depend_on_the_stream_alone(rng):
    table = make_table()
    fold, *_ = folds_of(table, "loso", rng)
    one, again = divide(table, fold), divide(table, fold)
    assert [part.test.tolist() for part in one] == [
        part.test.tolist() for part in again
    ]
    others = {tuple(divide(table, fold, seed=seed)[0].test) for seed in range(9)}
    assert len(others) > 1


def test_one_training_speaker_is_too_few(rng):
    table = make_table(speakers=("a", "b"))
    fold, *_ = folds_of(table, "loso", rng)
    with pytest.raises(DataError, match=r"fold a has 1: b; add .*--inner_folds"):
        divide(table, fold)


def test_a_recording_of_two_speakers_is_refused(rng):
    table = make_table()
    table = dataclasses.replace(table, clip_sources=["one"] * len(table.clip_keys))
    fold = Fold("0", len(table.clip), np.arange(0))
    with pytest.raises(DataError, match=r"0/inner_1 leaks: 1 source file"):
        divide(table, fold)
