import numpy as np
import pytest

from pathnet_tf.evaluation import metrics
from pathnet_tf.evaluation.paired_comparison import compare, compare_counts, corrected

TEN = np.linspace(0.3, 0.6, 10)


def words(first, second):
    return compare("transfer", "scratch", "UAR", first, second).words()


def test_the_better_method_is_named_with_its_lead():
    gains = np.linspace(0.05, 0.13, 10)
    assert words(TEN + gains, TEN) == (
        "transfer is better than scratch by 0.09 UAR a speaker (p = 0.002, effect 1.0)"
    )


def test_the_second_method_may_be_the_better_one():
    assert words(TEN - 0.1, TEN) == (
        "scratch is better than transfer by 0.10 UAR a speaker (p = 0.002, effect 1.0)"
    )


def test_no_evidence_is_said_in_these_words():
    gains = np.array([0.1, -0.1, 0.2, -0.2, 0.05, -0.05, 0.02, -0.03, 0.01, 0])
    text = words(TEN + gains, TEN)
    assert text.startswith(
        "no evidence of a difference in UAR between transfer and scratch: "
    )
    assert "too few" not in text


def test_methods_alike_are_no_evidence():
    assert "no evidence of a difference" in words(TEN, TEN)


@pytest.mark.parametrize(("num_speakers", "says"), [(5, True), (6, False)])
def test_speakers_too_few_for_any_evidence_are_named(num_speakers, says):
    scores = np.zeros(num_speakers)
    mixed = np.arange(num_speakers) - 2.0
    assert ("speaker(s) are too few" in words(scores + mixed, scores)) == says


def test_a_tiny_p_value_is_a_bound():
    scores = np.linspace(0, 1, 20)
    assert "(p < 0.001, effect 1.0)" in words(scores + 0.1, scores)


def test_a_mean_against_the_ranks_is_said():
    gains = np.array([0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, -2])
    gains = np.concatenate([gains, np.linspace(0.011, 0.091, 10)])
    assert "better than scratch for more speakers, yet worse on average" in words(
        gains, np.zeros(20)
    )


def test_comparisons_made_together_are_corrected():
    one = compare("a", "b", "UAR", TEN + 0.1, TEN)
    other = compare("a", "c", "UAR", TEN, TEN)
    first, second = corrected([one, other])
    assert first.p_value == pytest.approx(2 * one.p_value)
    assert second.p_value == 1
    assert "(p = 0.004 after Holm, effect 1.0)" in first.words()


def test_each_metric_is_corrected_apart():
    pairs = [("b", "UAR"), ("b", "WAR"), ("c", "UAR"), ("d", "UAR")]
    given = [compare("a", name, metric, TEN + 0.1, TEN) for name, metric in pairs]
    got = corrected(given)
    assert [(one.second, one.metric) for one in got] == pairs
    times = [one.p_value / given[0].p_value for one in got]
    assert times == pytest.approx([3, 1, 3, 3])


def test_a_dozen_methods_are_not_too_many_for_ten_speakers():
    given = [compare("a", str(n), m, TEN + 0.1, TEN) for n in range(13) for m in "UW"]
    assert all(one.is_significant and not one.remark for one in corrected(given))


def test_one_comparison_needs_no_correction():
    one = compare("a", "b", "UAR", TEN + 0.1, TEN)
    (same,) = corrected([one])
    assert same.words() == one.words()


@pytest.mark.parametrize(
    ("first", "second"), [([0.1], [0.1, 0.2]), ([], []), ([np.nan], [0.1])]
)
def test_scores_that_are_not_paired_are_refused(first, second):
    with pytest.raises(ValueError, match="need a finite score of each speaker"):
        compare("a", "b", "UAR", np.array(first), np.array(second))


RIGHT, HALF, NONE = [[2, 0], [0, 2]], [[2, 0], [2, 0]], [[0, 0], [0, 0]]


def compared(first, second):
    sides, rng = (np.array([first]), np.array([second])), np.random.default_rng(0)
    return compare_counts("a", "b", "UAR", metrics.uars, sides, rng=rng)


def test_counts_of_clips_give_an_interval_of_the_pooled_difference():
    got = compared([RIGHT] * 9, [HALF] * 9)
    assert got.differences.tolist() == [0.5] * 9
    pooled = got.pooled
    assert (pooled.low, pooled.estimate, pooled.high) == (0.5, 0.5, 0.5)
    (same,) = corrected([got])
    assert same.pooled == pooled


def test_speakers_that_one_method_lacks_are_left_out():
    got = compared([RIGHT, RIGHT, NONE], [HALF, NONE, HALF])
    assert got.differences.tolist() == [0.5]
    assert got.pooled.num_speakers == 1


def test_without_a_speaker_of_both_there_is_no_comparison():
    assert compared([RIGHT, NONE], [NONE, HALF]) is None


def verdict(first, second):
    return compare("a", "b", "UAR", first, second).verdict()


def test_a_verdict_names_the_better_side():
    gains = np.linspace(0.05, 0.13, 10)
    assert verdict(TEN + gains, TEN) == "first scores higher"
    assert verdict(TEN - gains, TEN) == "second scores higher"


def test_a_verdict_without_evidence_says_so():
    assert verdict(TEN, TEN) == "no evidence of a difference"
    assert verdict(TEN[:4], TEN[:4] - 0.1) == (
        "no evidence of a difference; 4 speaker(s) are too few to show any"
    )


def test_a_verdict_tells_of_a_mean_against_the_ranks():
    gains = np.concatenate([np.linspace(0.01, 0.02, 19), [-2]])
    assert verdict(gains, np.zeros(20)) == "first scores higher for most"
