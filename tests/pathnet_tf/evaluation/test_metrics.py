import audmetric
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    precision_score,
    recall_score,
)

from pathnet_tf.evaluation import metrics

TRUTH = np.array([0, 0, 0, 0, 1, 1])
PREDICTION = np.array([0, 0, 0, 1, 1, 2])

# Of five declared classes some are absent, and some are never predicted.
PAIRS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60
)


def test_confusion_has_a_row_per_true_class():
    confusion = metrics.confusion_matrix(TRUTH, PREDICTION, 3)
    assert confusion.tolist() == [[3, 1, 0], [0, 1, 1], [0, 0, 0]]


def test_war_is_accuracy():
    assert metrics.war(metrics.confusion_matrix(TRUTH, PREDICTION, 3)) == 4 / 6


def test_uar_counts_an_absent_class_as_recall_zero():
    confusion = metrics.confusion_matrix(TRUTH, PREDICTION, 3)
    assert metrics.uar(confusion) == pytest.approx((3 / 4 + 1 / 2 + 0) / 3)


def test_uap_counts_a_class_never_predicted_as_precision_zero():
    confusion = metrics.confusion_matrix(np.array([0, 0, 1]), np.array([0, 0, 0]), 2)
    assert metrics.precisions(confusion).tolist() == [2 / 3, 0]
    assert metrics.uap(confusion) == pytest.approx(1 / 3)


def test_macro_f1_is_the_mean_over_declared_classes():
    confusion = metrics.confusion_matrix(TRUTH, PREDICTION, 3)
    assert metrics.macro_f1(confusion) == pytest.approx((6 / 7 + 2 / 4 + 0) / 3)


@given(pairs=PAIRS)
def test_war_agrees_with_scikit_learn_and_audmetric(pairs):
    truth, prediction = np.array(pairs).T
    war = metrics.war(metrics.confusion_matrix(truth, prediction, 5))
    assert war == pytest.approx(accuracy_score(truth, prediction))
    assert war == pytest.approx(audmetric.accuracy(truth, prediction))


@pytest.mark.parametrize(
    ("ours", "scikit_learn", "audmetrics"),
    [
        (metrics.uar, recall_score, audmetric.unweighted_average_recall),
        (metrics.uap, precision_score, audmetric.unweighted_average_precision),
        (metrics.macro_f1, f1_score, audmetric.unweighted_average_fscore),
    ],
)
@given(pairs=PAIRS)
def test_means_agree_with_scikit_learn_and_audmetric(
    ours, scikit_learn, audmetrics, pairs
):
    truth, prediction = np.array(pairs).T
    score = ours(metrics.confusion_matrix(truth, prediction, 5))
    declared = {"labels": range(5), "average": "macro", "zero_division": 0}
    assert score == pytest.approx(scikit_learn(truth, prediction, **declared))
    assert score == pytest.approx(audmetrics(truth, prediction, labels=[*range(5)]))


@given(pairs=PAIRS)
def test_precision_of_each_class_agrees_with_audmetric(pairs):
    truth, prediction = np.array(pairs).T
    precisions = metrics.precisions(metrics.confusion_matrix(truth, prediction, 5))
    theirs = audmetric.precision_per_class(truth, prediction, labels=[*range(5)])
    assert precisions.tolist() == pytest.approx(list(theirs.values()))


def test_many_matrices_are_scored_at_once():
    one = metrics.confusion_matrix(TRUTH, PREDICTION, 3)
    stack = np.stack([one, one.T, np.zeros_like(one)])
    assert metrics.wars(stack)[:2].tolist() == [metrics.war(one), metrics.war(one.T)]
    assert np.isnan(metrics.wars(stack)[2])
    assert metrics.uars(stack).tolist() == [metrics.uar(one), metrics.uar(one.T), 0]


def test_confusion_refuses_an_undeclared_class():
    with pytest.raises(ValueError, match=r"Classes must lie in \[0, 2\)"):
        metrics.confusion_matrix(TRUTH, PREDICTION, 2)


def test_clip_scores_are_normalized_mean_log_probabilities():
    scores = np.log([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    clips = np.exp(metrics.clip_log_probabilities(scores, np.array([0, 0, 1]), 2))
    odds = np.sqrt(0.9 * 0.2) / np.sqrt(0.1 * 0.8)
    assert clips == pytest.approx(
        np.array([[odds / (1 + odds), 1 / (1 + odds)], [0.5, 0.5]])
    )
