import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import auc, roc_auc_score

from pathnet_tf.evaluation import roc

NUM_CLASSES = 4


@st.composite
def scored_samples(draw):
    """Truth and probabilities, with absent classes and many ties."""
    seed = draw(st.integers(0, 2**32 - 1))
    present = draw(st.sets(st.integers(0, NUM_CLASSES - 1), min_size=1))
    rng = np.random.default_rng(seed)
    truth = rng.choice(sorted(present), size=draw(st.integers(1, 40)))
    weights = rng.integers(1, 5, size=(len(truth), NUM_CLASSES))
    return truth, weights / weights.sum(axis=1, keepdims=True)


def test_area_is_the_share_of_pairs_in_the_right_order():
    # Positives .9 and .4, negatives .5 and .4: 2 + 0 + 1/2 of 4 pairs.
    truth = np.array([0, 0, 1, 1])
    scores = np.array([0.9, 0.4, 0.5, 0.4])
    probabilities = np.stack([scores, 1 - scores], axis=1)
    assert roc.areas(truth, probabilities).of_class[0] == pytest.approx(2.5 / 4)


@given(samples=scored_samples())
def test_areas_agree_with_scikit_learn(samples):
    truth, probabilities = samples
    areas = roc.areas(truth, probabilities)
    is_class = truth[:, None] == np.arange(NUM_CLASSES)
    for place in range(NUM_CLASSES):
        own = is_class[:, place]
        if own.any() and not own.all():
            expected = roc_auc_score(own, probabilities[:, place])
            assert areas.of_class[place] == pytest.approx(expected)
        else:
            assert np.isnan(areas.of_class[place])
    assert areas.micro == pytest.approx(
        roc_auc_score(is_class.ravel(), probabilities.ravel())
    )


def test_macro_leaves_out_an_absent_class():
    truth = np.array([0, 0, 1, 1])
    rng = np.random.default_rng(0)
    areas = roc.areas(truth, rng.dirichlet(np.ones(3), size=4))
    assert np.isnan(areas.of_class).tolist() == [False, False, True]
    assert areas.macro == pytest.approx(areas.of_class[:2].mean())


def test_a_single_class_has_no_area():
    areas = roc.areas(np.zeros(3, int), np.full((3, 2), 0.5))
    assert np.isnan(areas.of_class).all()
    assert np.isnan(areas.macro)


@given(samples=scored_samples())
def test_the_macro_curve_encloses_the_macro_area(samples):
    truth, probabilities = samples
    curve = roc.macro_curve(roc.class_curves(truth, probabilities))
    if np.isnan(curve.area):
        assert not len(curve.false_positive_rate)
        return
    enclosed = auc(curve.false_positive_rate, curve.true_positive_rate)
    assert enclosed == pytest.approx(curve.area)
    assert curve.area == pytest.approx(roc.areas(truth, probabilities).macro)


@given(samples=scored_samples())
def test_curves_rise_from_corner_to_corner(samples):
    truth, probabilities = samples
    curves = roc.class_curves(truth, probabilities)
    for curve in [*curves, roc.micro_curve(*samples), roc.macro_curve(curves)]:
        if len(curve.false_positive_rate):
            for rate in (curve.false_positive_rate, curve.true_positive_rate):
                assert (rate[0], rate[-1]) == (0, 1)
                assert (np.diff(rate) >= -1e-12).all()


@pytest.mark.parametrize(
    ("truth", "message"),
    [([0, 1], "must have a row a sample"), ([0, 1, 2], r"must lie in \[0, 2\)")],
)
def test_what_does_not_fit_is_refused(truth, message):
    with pytest.raises(ValueError, match=message):
        roc.areas(np.array(truth), np.full((3, 2), 0.5))
