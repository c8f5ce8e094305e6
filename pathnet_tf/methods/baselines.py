"""What is no search in a PathNet: other networks, an SVM, and two yardsticks."""

import dataclasses
from collections.abc import Callable

import numpy as np

from pathnet_tf.data.fold_inputs import Division
from pathnet_tf.evaluation.fold_scores import Cost, clip_labels
from pathnet_tf.methods.alexnet_training import learn_alexnet, learn_alexnet_average
from pathnet_tf.methods.baseline_task import BaselineScores, BaselineTask, of_segments
from pathnet_tf.methods.progressive import learn_progressive
from pathnet_tf.methods.svm import learn_compare_svm, learn_egemaps_svm, learn_mel_svm


def learn_baseline(method: str, task: BaselineTask) -> BaselineScores:
    """Learns a fold's training side and scores its held-out side, once.

    Args:
      method: One of `BASELINES`.
      task: What it learns; segments that validate are learned from too.

    Returns:
      The scores.
    """
    division = task.division
    train = np.sort(np.concatenate([division.train, division.validation]))
    whole = Division(train, division.validation[:0], division.test)
    return BASELINES[method](dataclasses.replace(task, division=whole))


def _majority(task: BaselineTask) -> BaselineScores:
    """Says of every clip what most training clips are."""
    target, division = task.target, task.division
    labels = clip_labels(target)[np.unique(target.clip[division.train])]
    share = np.bincount(labels, minlength=len(target.emotions)) / len(labels)
    clips = np.unique(target.clip[division.test])
    scores = np.tile(np.log(share), (len(clips), 1))
    return BaselineScores(of_segments(scores, clips, task), float(share.max()), Cost())


def _chance(task: BaselineTask) -> BaselineScores:
    """Says of every clip whatever the dice say."""
    target, division = task.target, task.division
    clips, number = np.unique(target.clip[division.test]), len(target.emotions)
    scores = np.log(task.rng.dirichlet(np.ones(number), size=len(clips)))
    return BaselineScores(of_segments(scores, clips, task), 1 / number, Cost())


BASELINES: dict[str, Callable[[BaselineTask], BaselineScores]] = {
    "progressive": learn_progressive,
    "alexnet": learn_alexnet,
    "alexnet_average": learn_alexnet_average,
    "mel_svm": learn_mel_svm,
    "egemaps_svm": learn_egemaps_svm,
    "compare_svm": learn_compare_svm,
    "majority": _majority,
    "chance": _chance,
}
