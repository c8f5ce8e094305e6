import itertools

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from pathnet_tf.evaluation import metrics
from pathnet_tf.evaluation.significance import (
    bootstrap_difference,
    bootstrap_interval,
    holm,
    signed_rank_test,
    speaker_scores,
)

RIGHT = np.array([[2, 0], [0, 2]])
WRONG = np.array([[0, 2], [2, 0]])
HALF = np.array([[2, 0], [2, 0]])

# Small whole numbers, so that ties and zeros are common.
DIFFERENCES = st.lists(st.integers(-4, 4), min_size=1, max_size=9)


def interval_of(*repeats, metric=metrics.wars, seed=0, **options):
    rng = np.random.default_rng(seed)
    return bootstrap_interval(np.array(repeats), metric, rng=rng, **options)


def test_the_interval_is_that_of_the_draws():
    # Drawn are both, or the one, or the other twice: 1/2, 1/4 and 1/4 of the draws.
    interval = interval_of([RIGHT, WRONG])
    assert (interval.low, interval.estimate, interval.high) == (0, 0.5, 1)


def test_speakers_alike_leave_no_doubt():
    interval = interval_of([HALF] * 9)
    assert (interval.low, interval.estimate, interval.high) == (0.5, 0.5, 0.5)
    assert interval.warning == ""


def test_repeats_are_scored_apart_and_averaged():
    interval = interval_of([RIGHT, RIGHT], [HALF, HALF])
    assert (interval.low, interval.estimate, interval.high) == (0.75, 0.75, 0.75)


def test_clips_of_drawn_speakers_are_pooled(rng):
    """As a loop over draws does it, with speakers of different sizes."""
    confusions = rng.integers(0, 9, size=(2, 10, 3, 3))
    interval = interval_of(*confusions, metric=metrics.uars, num_draws=50)
    again = np.random.default_rng(0)
    scores = []
    for _ in range(50):
        times = again.multinomial(10, np.full(10, 0.1))
        drawn = np.repeat(confusions, times, axis=1).sum(axis=1)
        scores.append(np.mean([metrics.uar(one) for one in drawn]))
    assert [interval.low, interval.high] == pytest.approx(
        np.quantile(scores, [0.025, 0.975])
    )
    pooled = [metrics.uar(repeat.sum(axis=0)) for repeat in confusions]
    assert interval.estimate == pytest.approx(np.mean(pooled))


@pytest.mark.parametrize(
    ("num_speakers", "text"),
    [(1, "1 speaker gives no interval"), (7, "7 speakers are few"), (8, "")],
)
def test_few_speakers_come_with_a_warning(num_speakers, text):
    warning = interval_of([RIGHT] * num_speakers).warning
    assert text in warning
    assert bool(text) == bool(warning)


def test_a_single_speaker_has_no_interval():
    interval = interval_of([HALF])
    assert interval.estimate == 0.5
    assert str(interval) == "none"


@pytest.mark.parametrize("confusions", [RIGHT, np.zeros((1, 2, 2, 2), int)])
def test_an_interval_needs_clips_by_speaker(confusions):
    with pytest.raises(ValueError, match="with at least one clip"):
        bootstrap_interval(confusions, metrics.wars, rng=np.random.default_rng(0))


def difference_of(first, second, *, metric=metrics.wars, seed=0, **options):
    rng = np.random.default_rng(seed)
    sides = np.array(first), np.array(second)
    return bootstrap_difference(*sides, metric, rng=rng, **options)


def ends(interval):
    return interval.low, interval.estimate, interval.high


def test_methods_alike_differ_by_nothing(rng):
    confusions = rng.integers(0, 9, size=(2, 10, 3, 3))
    interval = difference_of(confusions, confusions, metric=metrics.uars)
    assert ends(interval) == (0, 0, 0)
    assert interval.signed == "+0.000 to +0.000"


def test_a_method_better_for_every_speaker_is_better_beyond_doubt():
    first = [[RIGHT] * 5 + [HALF] * 5]
    second = [[HALF] * 5 + [WRONG] * 5]
    assert ends(difference_of(first, second)) == pytest.approx((0.5, 0.5, 0.5))
    assert ends(difference_of(second, first)) == pytest.approx((-0.5, -0.5, -0.5))


def test_a_difference_is_that_of_the_draws():
    # Drawn are both, or the one, or the other twice: 1/2, 1/4 and 1/4 of the draws.
    interval = difference_of([[RIGHT, HALF]], [[WRONG, RIGHT]])
    assert ends(interval) == (-0.5, 0.25, 1)


def test_pairing_makes_the_interval_narrower(rng):
    """Speakers differ much from each other, and alike under both methods."""
    right = rng.integers(5, 95, size=12)

    def confusions(correct):
        return [[[[n, 100 - n], [100 - n, n]] for n in correct]]

    first, second = confusions(right + rng.integers(0, 6, size=12)), confusions(right)
    paired = difference_of(first, second)
    apart = [interval_of(*side, seed=seed) for seed, side in enumerate((first, second))]
    # Of independent scores, variances add.
    width = np.hypot(*(one.high - one.low for one in apart))
    assert paired.high - paired.low < width / 4
    assert paired.low > 0


def test_drawn_differences_are_those_of_pooled_and_averaged_scores(rng):
    """As a loop over draws does it, with other numbers of repeats."""
    first = rng.integers(0, 9, size=(3, 10, 3, 3))
    second = rng.integers(0, 9, size=(2, 10, 3, 3))
    interval = difference_of(first, second, metric=metrics.uars, num_draws=50)
    again = np.random.default_rng(0)
    scores = []
    for _ in range(50):
        times = again.multinomial(10, np.full(10, 0.1))
        drawn = [np.repeat(one, times, axis=1).sum(axis=1) for one in (first, second)]
        means = [np.mean([metrics.uar(one) for one in side]) for side in drawn]
        scores.append(means[0] - means[1])
    assert (interval.low, interval.high) == pytest.approx(
        np.quantile(scores, [0.025, 0.975])
    )
    of_sides = [interval_of(*side, metric=metrics.uars) for side in (first, second)]
    expected = of_sides[0].estimate - of_sides[1].estimate
    assert interval.estimate == pytest.approx(expected)


def test_differences_depend_on_the_generator_alone(rng):
    sides = rng.integers(0, 9, size=(2, 1, 10, 3, 3))
    assert difference_of(*sides, seed=3) == difference_of(*sides, seed=3)
    assert difference_of(*sides, seed=3) != difference_of(*sides, seed=4)


def test_few_speakers_of_a_difference_come_with_a_warning():
    assert "7 speakers are few" in difference_of([[RIGHT] * 7], [[HALF] * 7]).warning
    single = difference_of([[RIGHT]], [[HALF]])
    assert (single.estimate, single.signed) == (0.5, "none")


def test_a_difference_needs_the_same_speakers_on_both_sides():
    with pytest.raises(ValueError, match="the same speakers and classes"):
        difference_of([[RIGHT] * 3], [[HALF] * 2])
    with pytest.raises(ValueError, match="with at least one clip"):
        difference_of([[RIGHT]], np.zeros((1, 1, 2, 2), int))


def test_a_speaker_is_scored_over_the_repeats_that_have_it():
    none = np.zeros_like(RIGHT)
    scores = speaker_scores(np.array([[RIGHT, HALF], [WRONG, none]]), metrics.wars)
    assert scores.tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("differences", "p_value", "effect"),
    [
        ([1, 2, 3], 2 / 8, 1),
        ([-1, -2, -3], 2 / 8, -1),
        ([1, 2, -3], 1, 0),
        ([1, 3, -2], 6 / 8, 1 / 3),  # W+ = 4, W- = 2; sums up to 2 are 0, 1, 2.
        ([1, 1, 1, -1], 10 / 16, 1 / 2),  # Each has rank 2.5.
        ([0, 1, 0, 2, 3], 2 / 8, 1),
        ([0, 0], 1, 0),
        ([0.3, 0.1 + 0.2, -0.3], 1, 1 / 3),  # Tied but for rounding.
    ],
)
def test_signed_ranks_computed_by_hand(differences, p_value, effect):
    got = signed_rank_test(np.array(differences))
    assert got == pytest.approx((p_value, effect))


@given(differences=DIFFERENCES)
def test_the_p_value_counts_assignments_of_signs(differences):
    kept = np.array([d for d in differences if d])
    ranks = scipy.stats.rankdata(np.abs(kept))
    middle = ranks.sum() / 2
    found = abs(ranks[kept > 0].sum() - middle)
    as_far = [
        abs(ranks[np.array(signs, bool)].sum() - middle) >= found - 1e-9
        for signs in itertools.product((0, 1), repeat=len(kept))
    ]
    p_value, _ = signed_rank_test(np.array(differences))
    assert p_value == pytest.approx(np.mean(as_far))


@given(size=st.integers(1, 40), seed=st.integers(0, 1000))
def test_the_p_value_agrees_with_scipy_where_nothing_is_tied(size, seed):
    differences = np.random.default_rng(seed).standard_normal(size) + 0.3
    expected = scipy.stats.wilcoxon(differences, method="exact").pvalue
    assert signed_rank_test(differences)[0] == pytest.approx(expected)


def test_many_pairs_are_close_to_the_normal_approximation(rng):
    differences = rng.standard_normal(300) + 0.1
    expected = scipy.stats.wilcoxon(differences, method="asymptotic").pvalue
    assert signed_rank_test(differences)[0] == pytest.approx(expected, rel=0.1)


@given(differences=DIFFERENCES)
def test_swapping_sides_turns_the_effect_alone(differences):
    p_value, effect = signed_rank_test(np.array(differences))
    assert signed_rank_test(-np.array(differences)) == (p_value, -effect)
    assert 0 < p_value <= 1
    assert -1 <= effect <= 1


def test_holm_computed_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_lies_between_no_correction_and_bonferroni(p_values):
    got, given_values = holm(p_values), np.array(p_values)
    assert (got >= given_values).all()
    assert (got <= np.minimum(given_values * len(p_values), 1)).all()
    order = np.argsort(given_values, kind="stable")
    assert (np.diff(got[order]) >= 0).all()
