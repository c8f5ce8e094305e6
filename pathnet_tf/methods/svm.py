"""Linear SVMs on one vector a clip, with a cost that is chosen on training speakers.

The vectors are statistics of log-mel frames, openSMILE functionals that
`data_tools.write_functionals` wrote, descriptors of faces, or what the network sees of
a clip. Emotions are told apart two by two with the hinge loss, as in the challenges of
the field (INTERSPEECH ComParE). On openSMILE functionals that scores higher than one
emotion against all others with the squared hinge loss.
"""

import dataclasses

import numpy as np
from scipy.special import log_softmax
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.data.normalization import LEAST_STD, TRANSDUCTIVE
from pathnet_tf.evaluation.fold_scores import Cost, clip_labels
from pathnet_tf.features.face_vectors import Describe, clip_vectors, pixels
from pathnet_tf.features.functionals import clip_functionals
from pathnet_tf.features.functionals_file import read_functionals
from pathnet_tf.features.hog import hog
from pathnet_tf.methods.baseline_task import (
    LEAST,
    BaselineScores,
    BaselineTask,
    of_segments,
)
from pathnet_tf.runtime.errors import DataError

# From strong to hardly any regularization, for standardized functionals.
SVM_COSTS = tuple(10.0**power for power in range(-6, 1))
MOST_FOLDS = 5
MAX_ITERATIONS = 1_000_000
BLOCK = 256


def learn_mel_svm(task: BaselineTask) -> BaselineScores:
    """Classifies clips by the functionals of their log-mel frames."""
    frames = task.on_segments()
    clip, division, inputs = frames.target.clip, frames.division, frames.inputs()
    train_clips, train = clip_functionals(inputs.train, clip[division.train])
    test_clips, test = clip_functionals(inputs.test, clip[division.test])
    return classify_clips(task, train_clips, train, test_clips, test)


def learn_svm(task: BaselineTask) -> BaselineScores:
    """Classifies what the network sees of a clip.

    That is each vector of a clip, or else the mean of the clip's segments, normalized
    as for the network.
    """
    target, division, inputs = task.target, task.division, task.inputs()
    train_clips, test_clips = target.clip[division.train], target.clip[division.test]
    if target.is_of_vectors:
        train, test = (
            one.block(0, len(one)).numpy() for one in (inputs.train, inputs.test)
        )
        return classify(task, train_clips, train, test)
    train_clips, train = _clip_means(inputs.train, train_clips)
    test_clips, test = _clip_means(inputs.test, test_clips)
    return classify_clips(task, train_clips, train, test_clips, test)


def _clip_means(
    inputs: SegmentInputs, clip: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Means of the segments of int64 `[num_segments]` clips, and these clips."""
    clips, place = np.unique(clip, return_inverse=True)
    sums = np.zeros((len(clips), inputs.num_inputs))
    for start, block in zip(
        range(0, len(inputs), BLOCK), inputs.blocks(BLOCK), strict=True
    ):
        np.add.at(sums, place[start : start + BLOCK], block.numpy())
    return clips, sums / np.bincount(place)[:, np.newaxis]


def learn_hog_svm(task: BaselineTask) -> BaselineScores:
    """Classifies clips by the histograms of oriented gradients of their faces."""
    return _learn_faces(task, hog)


def learn_pixel_svm(task: BaselineTask) -> BaselineScores:
    """Classifies clips by the grey pixels of their faces."""
    return _learn_faces(task, pixels)


def _learn_faces(task: BaselineTask, describe: Describe) -> BaselineScores:
    faces = task.on_segments()
    values, clip, division = faces.target.values, faces.target.clip, faces.division
    (train_clips, train), (test_clips, test) = (
        clip_vectors(values, rows, clip[rows], describe)
        for rows in (division.train, division.test)
    )
    speakers = np.asarray(faces.target.speakers)
    train, test = (
        _scaled_by_speaker(values, speakers[clips], task.settings.normalization)
        for values, clips in ((train, train_clips), (test, test_clips))
    )
    return classify_clips(task, train_clips, train, test_clips, test)


def classify_clips(
    task: BaselineTask,
    train_clips: np.ndarray,
    train: np.ndarray,
    test_clips: np.ndarray,
    test: np.ndarray,
) -> BaselineScores:
    """Learns from one vector of each training clip and scores the held-out ones.

    Args:
      task: What is learned.
      train_clips: int64 `[num_train_clips]`.
      train: float `[num_train_clips, num_values]`.
      test_clips: int64 `[num_test_clips]`, ascending.
      test: float `[num_test_clips, num_values]`.

    Returns:
      The scores, see `classify`. Those of a clip are given to each of its segments.

    Raises:
      DataError: A single speaker is left to train on.
    """
    found = classify(task, train_clips, train, test)
    of_clips = found.log_probabilities
    return dataclasses.replace(
        found, log_probabilities=of_segments(of_clips, test_clips, task)
    )


def classify(
    task: BaselineTask, train_clips: np.ndarray, train: np.ndarray, test: np.ndarray
) -> BaselineScores:
    """Learns from training vectors and scores others.

    Vectors are standardized over the training clips. The cost of the SVM is the one
    with the best UAR when groups of training speakers are left out in turn.

    Args:
      task: What is learned.
      train_clips: int64 `[num_train]`, the clip of each training vector.
      train: float `[num_train, num_values]`.
      test: float `[num_test, num_values]`.

    Returns:
      The scores of the test vectors: a softmax over the votes of pairs of emotions,
      whose ties are broken by margins. The probabilities are not calibrated.

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
        # As kernel="linear", by one product of matrices, which is far faster.
        kernel=_products,
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
    log_probabilities = np.maximum(log_softmax(scores, axis=1), LEAST)
    number = best.intercept_.size * (train.shape[1] + 1)
    return BaselineScores(
        log_probabilities.astype(np.float32),
        float(chosen.best_score_),
        # An iteration moves the weights of two clips.
        Cost(number, number, 2 * int(np.sum(best.n_iter_))),
    )


def _products(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Inner products of `[num_ones, n]` and `[num_others, n]`."""
    return one @ other.T


def learn_egemaps_svm(task: BaselineTask) -> BaselineScores:
    """Classifies clips by their eGeMAPS functionals."""
    return _learn(task, "egemaps")


def learn_compare_svm(task: BaselineTask) -> BaselineScores:
    """Classifies clips by their ComParE functionals."""
    return _learn(task, "compare")


def _learn(task: BaselineTask, feature_set: str) -> BaselineScores:
    target, division, settings = task.target, task.division, task.settings
    values = read_functionals(settings.functionals, feature_set, target)[:, 0]
    speakers = np.asarray(target.speakers)
    values = _scaled_by_speaker(values, speakers, settings.normalization)
    train_clips = np.unique(target.clip[division.train])
    test_clips = np.unique(target.clip[division.test])
    return classify_clips(
        task, train_clips, values[train_clips], test_clips, values[test_clips]
    )


def _scaled_by_speaker(
    values: np.ndarray, speakers: np.ndarray, normalization: str
) -> np.ndarray:
    """Scales `[num_clips, num_values]` by each speaker's own statistics, if told to.

    That is transductive: held-out speakers' own are used.
    """
    if normalization not in TRANSDUCTIVE:
        return values
    values = values.astype(np.float64)
    for speaker in np.unique(speakers):
        own = values[speakers == speaker]
        std = own.std(axis=0)
        std[std < LEAST_STD] = 1
        if normalization == "speaker_mean":
            # All vectors are standardized over the training clips later.
            std = 1
        values[speakers == speaker] = (own - own.mean(axis=0)) / std
    return values
