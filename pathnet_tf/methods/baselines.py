"""Learns a fold without pathways, and the two baselines that hear nothing."""

import dataclasses

import numpy as np

from pathnet_tf.data.fold_inputs import Division
from pathnet_tf.evaluation.fold_scores import Cost, clip_labels
from pathnet_tf.methods.baseline_task import BaselineScores, BaselineTask, of_segments
from pathnet_tf.methods.registry import METHODS, imported


def learn_baseline(method: str, task: BaselineTask) -> BaselineScores:
    """Learns a fold's training side and scores its held-out side, once.

    Args:
      method: One of `registry.METHODS` that has a `baseline`.
      task: What is learned; segments that validate are learned from too.

    Returns:
      The scores.
    """
    division = task.division
    train = np.sort(np.concatenate([division.train, division.validation]))
    whole = Division(train, division.validation[:0], division.test)
    learn = imported(METHODS[method].baseline)
    scores: BaselineScores = learn(dataclasses.replace(task, division=whole))
    return scores


def learn_majority(task: BaselineTask) -> BaselineScores:
    """Says of every clip what most training clips are."""
    target, division = task.target, task.division
    labels = clip_labels(target)[np.unique(target.clip[division.train])]
    share = np.bincount(labels, minlength=len(target.emotions)) / len(labels)
    clips = np.unique(target.clip[division.test])
    scores = np.tile(np.log(share), (len(clips), 1))
    return BaselineScores(of_segments(scores, clips, task), float(share.max()), Cost())


def guess(task: BaselineTask) -> BaselineScores:
    """Says of every clip whatever the dice say."""
    target, division = task.target, task.division
    clips, number = np.unique(target.clip[division.test]), len(target.emotions)
    scores = np.log(task.rng.dirichlet(np.ones(number), size=len(clips)))
    return BaselineScores(of_segments(scores, clips, task), 1 / number, Cost())
