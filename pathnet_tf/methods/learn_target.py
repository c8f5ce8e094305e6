"""Learns a fold of the target by any method, and scores its held-out side."""

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pathnet_tf.data.dataset import ALL_SPEAKERS, Dataset
from pathnet_tf.data.normalization import Statistics
from pathnet_tf.data.speaker_folds import Fold, outer_name
from pathnet_tf.evaluation.fold_scores import Cost, FoldScores, SourceScore
from pathnet_tf.methods.baseline_task import BaselineTask
from pathnet_tf.methods.baselines import learn_baseline
from pathnet_tf.methods.initial_network import make_initial_network, wide_network
from pathnet_tf.methods.joint_task import JOINT_TASK, join_tasks
from pathnet_tf.methods.learn_fold import divide_fold, learn_fold, search_checkpoints
from pathnet_tf.methods.learn_sources import score_sources, source_tasks
from pathnet_tf.methods.registry import METHODS
from pathnet_tf.methods.settings import TARGET_TASK, JobSettings, SearchName
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.runtime.reproducibility import use_one_thread
from pathnet_tf.search import tensorboard_log
from pathnet_tf.search.genetic_search import Generation
from pathnet_tf.search.learn_task import LearnedTask, learn
from pathnet_tf.search.tensorboard_log import SearchLog


class _Found(NamedTuple):
    """What a method made of a fold; see `FoldScores`."""

    log_probabilities: np.ndarray
    fitness: float
    cost: Cost
    pathway: Pathway | None = None
    source_scores: tuple[SourceScore, ...] = ()


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
      sources: The source datasets, for methods that learn, replay or score them too.

    Returns:
      The scores.
    """
    use_one_thread()
    began = time.monotonic()
    search = SearchName(method, TARGET_TASK, repeat, fold.name)
    log = SearchLog(
        search.folder(settings.log_dir),
        held_out_labels=target.labels[fold.test],
        held_out_clip=target.clip[fold.test],
        num_classes=len(target.emotions),
    )
    with log:
        if METHODS[method].baseline:
            division, rng = divide_fold(settings, target, fold, TARGET_TASK, repeat)
            task = BaselineTask(settings, target, division, repeat, rng)
            baseline = learn_baseline(method, task)
            found = _Found(baseline.log_probabilities, baseline.fitness, baseline.cost)
        elif METHODS[method].learns_sources:
            found = _learn_jointly(settings, sources, target, fold, search, log)
        else:
            found = _learn_by_pathway(settings, sources, target, fold, search, log)
        scores = FoldScores(
            method=method,
            repeat=repeat,
            fold=fold.name,
            test=fold.test,
            seconds=time.monotonic() - began,
            **found._asdict(),
        )
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
      sources: The source datasets, for methods that replay them.

    Returns:
      The network, the learned target task, and the statistics of its inputs.
    """
    use_one_thread()
    initial = make_initial_network(settings, target, method, 0, ALL_SPEAKERS)
    search = SearchName(method, TARGET_TASK, 0, ALL_SPEAKERS)
    with SearchLog(search.folder(settings.log_dir)) as log:
        learned, inputs = learn_fold(
            settings,
            initial,
            search,
            target,
            target.everything(),
            log,
            replayed=_replayed(method, settings, sources),
        )
        tensorboard_log.log_pathway(
            log, learned.pathway, method=method, repeat=0, is_leaky=settings.is_leaky
        )
    assert inputs.statistics is not None
    return initial.model, learned, inputs.statistics


def _learn_by_pathway(
    settings: JobSettings,
    sources: Sequence[Dataset],
    target: Dataset,
    fold: Fold,
    search: SearchName,
    log: SearchLog,
) -> _Found:
    """Learns the target by one pathway of the network that the method starts from."""
    initial = make_initial_network(
        settings, target, search.method, search.repeat, fold.name
    )
    replayed = _replayed(search.method, settings, sources)
    learned, inputs = learn_fold(
        settings, initial, search, target, fold, log, replayed=replayed
    )
    tasks = (
        source_tasks(sources, settings.pathways, settings.seed, search.repeat)
        if settings.score_sources
        else []
    )
    return _Found(
        learned.log_probabilities(inputs.test),
        learned.fitness,
        learned.cost,
        learned.pathway,
        score_sources(
            initial.model,
            initial.pathways,
            tasks,
            normalization=settings.normalization,
            classify=settings.learning.training.classify,
        ),
    )


def _learn_jointly(
    settings: JobSettings,
    sources: Sequence[Dataset],
    target: Dataset,
    fold: Fold,
    search: SearchName,
    log: SearchLog,
) -> _Found:
    """Learns sources and target as one task, by one search in an untrained network."""
    division, rng = divide_fold(settings, target, fold, TARGET_TASK, search.repeat)
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
        keeper=search_checkpoints(settings, search, log),
    )
    return _Found(
        task.of_target(learned.log_probabilities(task.test)),
        learned.fitness,
        learned.cost,
        learned.pathway,
    )


def _replayed(
    method: str, settings: JobSettings, sources: Sequence[Dataset]
) -> Sequence[Dataset]:
    """Sources that a method presents again while it learns the target."""
    is_replayed = settings.learning.training.replay > 0
    return sources if is_replayed and METHODS[method].starts_from_source else ()
