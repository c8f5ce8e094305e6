import dataclasses

import numpy as np
import pytest

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.data.dataset_card import ClipCard
from pathnet_tf.evaluation.fold_scores import ClipScores
from pathnet_tf.evaluation.method_comparison import (
    compare_methods,
    comparison_text,
    method_intervals,
    speaker_confusions,
)

EMOTIONS = ("anger", "fear")
NUM_SPEAKERS = 8


@pytest.fixture
def target():
    """Clips 2 s and 2 s + 1 are anger and fear of speaker s."""
    clips = tuple(
        ClipCard(f"x/s{speaker}/{emotion}", f"s{speaker}", emotion, "", "", 1, 1.0)
        for speaker in range(NUM_SPEAKERS)
        for emotion in EMOTIONS
    )
    return Dataset(
        name="x",
        emotions=EMOTIONS,
        values=np.zeros((len(clips), 1)),
        labels=np.tile([0, 1], NUM_SPEAKERS).astype(np.int32),
        clip=np.arange(len(clips)),
        clips=clips,
        speakers=tuple(clip.speaker for clip in clips),
        fingerprint="",
    )


def fold(method, speaker, predicted, repeat=0):
    """Scores of a speaker's two clips, by their predicted classes."""
    log_probabilities = np.log(np.eye(2)[list(predicted)] * 0.8 + 0.1)
    clips = np.array([2 * speaker, 2 * speaker + 1])
    return ClipScores(method, repeat, f"s{speaker}", clips, log_probabilities)


def folds(method, predicted, repeat=0):
    return [fold(method, s, predicted, repeat) for s in range(NUM_SPEAKERS)]


def test_clips_are_counted_by_speaker_and_repeat(target):
    scores = [fold("transfer", 3, (0, 0)), fold("transfer", 1, (0, 1), repeat=2)]
    got = speaker_confusions(scores, target)
    assert got.speakers == ("s1", "s3")
    none = [[0, 0], [0, 0]]
    assert got.counts.tolist() == [
        [none, [[1, 0], [1, 0]]],
        [[[1, 0], [0, 1]], none],
    ]


def test_transfer_is_compared_with_scratch(target):
    scores = folds("transfer", (0, 1)) + folds("scratch", (0, 0))
    uar, war = compare_methods(scores, target, seed=0, is_leaky=False)
    assert (uar.metric, war.metric) == ("UAR", "WAR")
    assert uar.differences.tolist() == [0.5] * NUM_SPEAKERS
    assert uar.p_value == pytest.approx(2 / 2**NUM_SPEAKERS)
    assert uar.words() == (
        "transfer is better than scratch by 0.50 UAR a speaker (p = 0.008, effect 1.0)"
    )


def test_repeats_are_averaged_before_speakers_are_paired(target):
    scores = folds("transfer", (0, 1)) + folds("transfer", (1, 0), repeat=1)
    scores += folds("scratch", (0, 0)) + folds("scratch", (1, 1), repeat=1)
    uar, _ = compare_methods(scores, target, seed=0, is_leaky=False)
    assert uar.differences.tolist() == [0] * NUM_SPEAKERS


def test_only_folds_of_both_methods_are_compared(target):
    scores = folds("transfer", (0, 1)) + folds("transfer", (1, 0), repeat=1)
    scores += folds("scratch", (0, 0))[:5]
    uar, _ = compare_methods(scores, target, seed=0, is_leaky=False)
    assert uar.differences.tolist() == [0.5] * 5


def test_methods_without_a_fold_in_common_are_not_compared(target):
    scores = [fold("transfer", 0, (0, 1)), fold("scratch", 1, (0, 1))]
    assert compare_methods(scores, target, seed=0, is_leaky=False) == []


def test_folds_that_share_a_name_alone_are_not_compared(target):
    other = dataclasses.replace(fold("scratch", 1, (0, 1)), fold="s0")
    scores = [fold("transfer", 0, (0, 1)), other]
    assert compare_methods(scores, target, seed=0, is_leaky=False) == []


def test_the_first_method_is_compared_with_every_other(target):
    scores = [one for name in ("a", "b", "c") for one in folds(name, (0, 1))]
    got = compare_methods(scores, target, seed=0, is_leaky=False)
    pairs = [(one.first, one.second) for one in got[::2]]
    assert pairs == [("a", "b"), ("a", "c")]
    assert {one.num_comparisons for one in got} == {2}


def test_intervals_are_of_the_pooled_scores(target):
    scores = folds("transfer", (0, 0))[:4] + folds("transfer", (0, 1))[4:]
    war, uar = method_intervals(scores, target, seed=0, is_leaky=False)
    assert (war.metric, uar.metric) == ("WAR", "UAR")
    assert war.interval.estimate == 12 / 16
    assert 0.5 < war.interval.low < 12 / 16 < war.interval.high < 1


def test_intervals_depend_on_the_seed_alone(target):
    scores = folds("transfer", (0, 0))[:4] + folds("transfer", (0, 1))[4:]
    both = scores + folds("scratch", (0, 1))
    alone = method_intervals(scores, target, seed=3, is_leaky=False)
    assert method_intervals(both, target, seed=3, is_leaky=False)[:2] == alone


def test_a_difference_is_of_the_pooled_scores(target):
    scores = folds("transfer", (0, 1)) + folds("scratch", (0, 0))[:4]
    scores += folds("scratch", (0, 1))[4:]
    uar, _ = compare_methods(scores, target, seed=0, is_leaky=False)
    assert uar.pooled.estimate == 0.25
    assert 0 < uar.pooled.low < 0.25 < uar.pooled.high < 0.5
    assert uar.pooled.num_speakers == NUM_SPEAKERS


def test_the_text_stands_in_the_columns_of_the_table(target):
    scores = folds("transfer", (0, 1)) + folds("scratch", (0, 0))
    text = comparison_text(scores, target, seed=0, is_leaky=True)
    assert text.splitlines() == [
        f"clip WAR 95 %         {'1.000 to 1.000':>24}{'0.500 to 0.500':>24}",
        f"clip UAR 95 %         {'1.000 to 1.000':>24}{'0.500 to 0.500':>24}",
        "95 % intervals: bootstrap over 8 speaker(s)",
        "By speaker: transfer LEAKY is better than scratch LEAKY by 0.50 UAR a speaker "
        "(p = 0.008, effect 1.0); pooled +0.500, 95 % +0.500 to +0.500",
        "By speaker: transfer LEAKY is better than scratch LEAKY by 0.50 WAR a speaker "
        "(p = 0.008, effect 1.0); pooled +0.500, 95 % +0.500 to +0.500",
    ]


def test_the_text_warns_of_few_speakers(target):
    text = comparison_text(folds("scratch", (0, 1))[:4], target, seed=0, is_leaky=False)
    assert "4 speakers are few for an interval" in text
    assert "By speaker" not in text


def test_many_methods_have_a_line_each_and_share_what_is_no_evidence(target):
    names = [f"m{number}" for number in range(7)]
    scores = [one for name in names[:-1] for one in folds(name, (0, 1))]
    scores += folds("m6", (0, 0))
    lines = comparison_text(scores, target, seed=0, is_leaky=False).splitlines()
    assert [line.split()[0] for line in lines[:7]] == names
    assert lines[0] == (
        f"{'m0':22}clip WAR   1.000 to 1.000, clip UAR   1.000 to 1.000"
    )
    no_evidence = [line for line in lines if "no evidence" in line]
    assert len(no_evidence) == 2 or "m6" in "".join(no_evidence)
    alike = [f"m{number} (+0.000 to +0.000)" for number in range(1, 6)]
    assert f"between m0 and any of {', '.join(alike)}" in no_evidence[0]
    assert (
        "(6 tests, Holm; 95 % of the pooled difference in brackets)" in (no_evidence[0])
    )
