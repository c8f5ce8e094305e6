"""Linear SVMs on one vector a clip, with a cost that is chosen on training speakers.

The vectors are statistics of log-mel frames, or openSMILE functionals that
`data_tools.write_functionals` wrote. Emotions are told apart two by two with the hinge
loss, as in the challenges of the field (INTERSPEECH ComParE). On openSMILE functionals
that scores higher than one emotion against all others with the squared hinge loss.
"""

import numpy as np
from scipy.special import log_softmax
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from pathnet_tf.evaluation.fold_scores import Cost, clip_labels
from pathnet_tf.features.functionals import clip_functionals
from pathnet_tf.features.functionals_file import read_functionals
from pathnet_tf.methods.baseline_task import BaselineScores, BaselineTask, of_segments
from pathnet_tf.runtime.errors import DataError

# From strong to hardly any regularization, for standardized functionals.
SVM_COSTS = tuple(10.0**power for power in range(-6, 1))
MOST_FOLDS = 5
MAX_ITERATIONS = 1_000_000


def learn_mel_svm(task: BaselineTask) -> BaselineScores:
    """Classifies clips by the functionals of their log-mel frames."""
    target, division, inputs = task.target, task.division, task.inputs()
    train_clips, train = clip_functionals(inputs.train, target.clip[division.train])
    test_clips, test = clip_functionals(inputs.test, target.clip[division.test])
    return classify_clips(task, train_clips, train, test_clips, test)


def classify_clips(
    task: BaselineTask,
    train_clips: np.ndarray,
    train: np.ndarray,
    test_clips: np.ndarray,
    test: np.ndarray,
) -> BaselineScores:
    """Learns from the training clips' vectors and scores the held-out ones.

    Vectors are standardized over the training clips. The cost of the SVM is the one
    with the best UAR when groups of training speakers are left out in turn.

    Args:
      task: What is learned.
      train_clips: int64 `[num_train_clips]`, ascending.
      train: float `[num_train_clips, num_values]`.
      test_clips: int64 `[num_test_clips]`, ascending.
      test: float `[num_test_clips, num_values]`.

    Returns:
      The scores: a softmax over the votes of pairs of emotions, whose ties are broken
      by margins. The probabilities are not calibrated.

    Raises:
      DataError: A single speaker is left to train on.
    """
    labels = clip_labels(task.target)[train_clips]
    speakers = np.asarray(task.target.speakers)[train_clips]
    if len(set(speakers)) < 2:
        raise DataError(
            f"{task.target.name} leaves a single speaker to train on, and the cost of "
            "an SVM is chosen on speakers left out; leave the SVMs out of --method"
        )
    svm = SVC(
        kernel="linear",
        class_weight="balanced",
        break_ties=True,
        max_iter=MAX_ITERATIONS,
    )
    chosen = GridSearchCV(
        make_pipeline(StandardScaler(), svm),
        {"svc__C": SVM_COSTS},
        scoring="balanced_accuracy",
        cv=GroupKFold(min(MOST_FOLDS, len(set(speakers)))),
    ).fit(train, labels, groups=speakers)
    best = chosen.best_estimator_[-1]
    margins = chosen.decision_function(test)
    if margins.ndim == 1:
        # Of two classes scikit-learn gives the second one's margin alone.
        margins = np.stack([-margins, margins], axis=1)
    scores = np.full((len(test), len(task.target.emotions)), -np.inf)
    scores[:, best.classes_] = margins
    log_probabilities = log_softmax(scores, axis=1)
    number = best.coef_.size + best.intercept_.size
    return BaselineScores(
        of_segments(log_probabilities, test_clips, task),
        float(chosen.best_score_),
        # An iteration moves the weights of two clips.
        Cost(number, number, 2 * int(np.sum(best.n_iter_))),
    )


def learn_egemaps_svm(task: BaselineTask) -> BaselineScores:
    """Classifies clips by their eGeMAPS functionals."""
    return _learn(task, "egemaps")


def learn_compare_svm(task: BaselineTask) -> BaselineScores:
    """Classifies clips by their ComParE functionals."""
    return _learn(task, "compare")


def _learn(task: BaselineTask, feature_set: str) -> BaselineScores:
    target, division, settings = task.target, task.division, task.settings
    values = read_functionals(settings.functionals, feature_set, target)[:, 0]
    if settings.normalization == "speaker":
        # Transductive: the held-out speakers' own statistics are used.
        speakers = np.asarray(target.speakers)
        for speaker in np.unique(speakers):
            own = values[speakers == speaker]
            std = own.std(axis=0)
            std[std == 0] = 1
            values[speakers == speaker] = (own - own.mean(axis=0)) / std
    train_clips = np.unique(target.clip[division.train])
    test_clips = np.unique(target.clip[division.test])
    return classify_clips(
        task, train_clips, values[train_clips], test_clips, values[test_clips]
    )
