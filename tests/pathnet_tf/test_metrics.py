import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, recall_score

from pathnet_tf import metrics

TRUTH = np.array([0, 0, 0, 0, 1, 1])
PREDICTION = np.array([0, 0, 0, 1, 1, 2])


def test_confusion_has_a_row_per_true_class():
    confusion = metrics.confusion_matrix(TRUTH, PREDICTION, 3)
    assert confusion.tolist() == [[3, 1, 0], [0, 1, 1], [0, 0, 0]]


def test_war_is_accuracy():
    assert metrics.war(metrics.confusion_matrix(TRUTH, PREDICTION, 3)) == 4 / 6


def test_uar_counts_an_absent_class_as_recall_zero():
    confusion = metrics.confusion_matrix(TRUTH, PREDICTION, 3)
    assert metrics.uar(confusion) == pytest.approx((3 / 4 + 1 / 2 + 0) / 3)


@given(
    pairs=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60
    )
)
def test_scores_agree_with_scikit_learn(pairs):
    truth, prediction = np.array(pairs).T
    confusion = metrics.confusion_matrix(truth, prediction, 5)
    declared = {"labels": range(5), "average": "macro", "zero_division": 0}
    assert metrics.war(confusion) == pytest.approx(accuracy_score(truth, prediction))
    assert metrics.uar(confusion) == pytest.approx(
        recall_score(truth, prediction, **declared)
    )


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
