"""Learns a fold of the target by any method, and scores its held-out side."""

import dataclasses
import time
from collections.abc import Sequence

import numpy as np

from pathnet_tf.data.dataset import ALL_SPEAKERS, Dataset
from pathnet_tf.data.folds import Fold, outer_name
from pathnet_tf.data.normalization import Statistics
from pathnet_tf.evaluation.fold_scores import FoldScores
from pathnet_tf.methods.baseline_task import BaselineTask
from pathnet_tf.methods.baselines import learn_baseline
from pathnet_tf.methods.initial_network import start, wide_network
from pathnet_tf.methods.joint_task import JOINT_TASK, join_tasks
from pathnet_tf.methods.learn_fold import _keeper, divide_fold, learn_fold
from pathnet_tf.methods.learn_sources import score_sources, source_tasks
from pathnet_tf.methods.registry import METHODS
from pathnet_tf.methods.settings import (
    TARGET_TASK,
    JobSettings,
    log_folder,
)
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.runtime.reproducibility import use_one_thread
from pathnet_tf.search import tensorboard_log
from pathnet_tf.search.checkpoints import SearchCheckpoints
from pathnet_tf.search.genetic_search import Generation
from pathnet_tf.search.learn_task import LearnedTask, learn
from pathnet_tf.search.tensorboard_log import SearchLog


def learn_by(
    method: str,
    settings: JobSettings,
    target: Dataset,
    fold: Fold,
    repeat: int,
    log: SearchLog,
    *,
    keeper: SearchCheckpoints | None = None,
    sources: Sequence[Dataset] = (),
) -> FoldScores:
    """Learns a fold by a method.

    Args:
      method: One of `registry.METHODS`.
      settings: The experiment's.
      target: The target dataset.
      fold: What trains and what is held out.
      repeat: From 0.
      log: Told of every generation, where there are any.
      keeper: Keeps the search, where there is any.
      sources: The source datasets, for what learns them beside the target.

    Returns:
      The scores, without the time that they took.
    """
    if METHODS[method].learns_sources:
        return _learn_jointly(
            settings, sources, target, fold, method, repeat, log, keeper
        )
    if METHODS[method].is_network:
        return _learn_by_network(
            settings, sources, target, fold, method, repeat, log, keeper
        )
    # What has no generations has nothing to log on the way.
    return _learn_plainly(settings, target, fold, method, repeat)


def replayed_by(
    method: str, settings: JobSettings, sources: Sequence[Dataset]
) -> Sequence[Dataset]:
    """Sources that a method presents again while it learns the target."""
    is_replayed = settings.learning.training.replay > 0
    return sources if is_replayed and METHODS[method].starts_from_source else ()


def _learn_by_network(
    settings: JobSettings,
    sources: Sequence[Dataset],
    target: Dataset,
    fold: Fold,
    method: str,
    repeat: int,
    log: SearchLog,
    keeper: SearchCheckpoints | None,
) -> FoldScores:
    began_from = start(settings, target, method, repeat, fold.name)
    learned, inputs = learn_fold(
        settings,
        began_from,
        TARGET_TASK,
        target,
        fold,
        repeat,
        log,
        keeper,
        replayed=replayed_by(method, settings, sources),
    )
    return FoldScores(
        method=method,
        repeat=repeat,
        fold=fold.name,
        test=fold.test,
        log_probabilities=learned.log_probabilities(inputs.test),
        fitness=learned.fitness,
        pathway=learned.pathway,
        cost=learned.cost,
        source_scores=score_sources(
            began_from.model,
            began_from.pathways,
            source_tasks(sources, settings.pathways, settings.seed, repeat)
            if settings.scores_sources
            else [],
            normalization=settings.normalization,
            classify=settings.learning.training.classify,
        ),
    )


def _learn_jointly(
    settings: JobSettings,
    sources: Sequence[Dataset],
    target: Dataset,
    fold: Fold,
    method: str,
    repeat: int,
    log: SearchLog,
    keeper: SearchCheckpoints | None,
) -> FoldScores:
    division, rng = divide_fold(settings, target, fold, TARGET_TASK, repeat)
    task = join_tasks(sources, target, division, settings.normalization)
    model = PathNet(wide_network(settings), {JOINT_TASK: task.classes})

    def observe(generation: Generation, scores: np.ndarray | None) -> None:
        log(generation, None if scores is None else task.of_target(scores))

    learned = learn(
        model,
        JOINT_TASK,
        task.train,
        settings.learning,
        rng,
        held_out=task.test,
        observe=observe,
        keeper=keeper,
    )
    return FoldScores(
        method=method,
        repeat=repeat,
        fold=fold.name,
        test=fold.test,
        log_probabilities=task.of_target(learned.log_probabilities(task.test)),
        fitness=learned.fitness,
        pathway=learned.pathway,
        cost=learned.cost,
    )


def _learn_plainly(
    settings: JobSettings,
    target: Dataset,
    fold: Fold,
    method: str,
    repeat: int,
) -> FoldScores:
    division, rng = divide_fold(settings, target, fold, TARGET_TASK, repeat)
    task = BaselineTask(settings, target, division, repeat, rng)
    learned = learn_baseline(method, task)
    return FoldScores(
        method=method,
        repeat=repeat,
        fold=fold.name,
        test=fold.test,
        log_probabilities=learned.log_probabilities,
        fitness=learned.fitness,
        pathway=None,
        cost=learned.cost,
    )


def learn_target(
    settings: JobSettings,
    target: Dataset,
    fold: Fold,
    *,
    method: str,
    repeat: int,
    sources: Sequence[Dataset] = (),
) -> FoldScores:
    """Learns the target on a fold's training side and scores its held-out side.

    Args:
      settings: The experiment's.
      target: The target dataset.
      fold: What trains and what is held out.
      method: One of `registry.METHODS`.
      repeat: From 0.
      sources: The source datasets, for what learns them beside the target.

    Returns:
      The scores.
    """
    use_one_thread()
    began = time.monotonic()
    place = (method, TARGET_TASK, repeat, fold.name)
    log = SearchLog(
        log_folder(settings.log_dir, *place),
        held_out_labels=target.labels[fold.test],
        held_out_clip=target.clip[fold.test],
        num_classes=len(target.emotions),
    )
    with log:
        scores = learn_by(
            method,
            settings,
            target,
            fold,
            repeat,
            log,
            keeper=_keeper(settings, log, *place),
            sources=sources,
        )
        scores = dataclasses.replace(scores, seconds=time.monotonic() - began)
        # Inner folds are many, and nobody looks at them one by one.
        if not outer_name(fold.name):
            tensorboard_log.log_target(log, scores, target, is_leaky=settings.is_leaky)
    return scores


def refit(
    settings: JobSettings,
    target: Dataset,
    *,
    method: str,
    sources: Sequence[Dataset] = (),
) -> tuple[PathNet, LearnedTask, Statistics]:
    """Learns the target on all its speakers, for a model to be exported.

    Args:
      settings: The experiment's; normalization is `train` or `none`.
      target: The target dataset.
      method: One of `registry.METHODS`; the first repeat's source network is used.
      sources: The source datasets, for what replays them.

    Returns:
      The network, the learned target task, and the statistics of its inputs.
    """
    use_one_thread()
    began_from = start(settings, target, method, 0, ALL_SPEAKERS)
    place = (method, TARGET_TASK, 0, ALL_SPEAKERS)
    with SearchLog(log_folder(settings.log_dir, *place)) as log:
        learned, inputs = learn_fold(
            settings,
            began_from,
            TARGET_TASK,
            target,
            target.everything(),
            0,
            log,
            _keeper(settings, log, *place),
            replayed=replayed_by(method, settings, sources),
        )
        tensorboard_log.log_pathway(
            log, learned.pathway, method=method, repeat=0, is_leaky=settings.is_leaky
        )
    assert inputs.statistics is not None
    return began_from.model, learned, inputs.statistics
