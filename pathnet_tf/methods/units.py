"""The independent pieces of an experiment, each run in one process on one thread.

A source chain learns the source tasks one after the other and leaves its network on
disk. A target unit learns the target task on one fold's training speakers, from such a
network or from scratch, and scores the held-out speakers once, at the end.
"""

import dataclasses
import time
from collections.abc import Sequence

from pathnet_tf.data.dataset import ALL_SPEAKERS, Dataset
from pathnet_tf.data.folds import Fold, outer_name
from pathnet_tf.data.normalization import Statistics
from pathnet_tf.evaluation.fold_scores import FoldScores, LearnedSource
from pathnet_tf.methods.initial_network import Start, start
from pathnet_tf.methods.learn_fold import learn_fold
from pathnet_tf.methods.learn_sources import score_sources, source_tasks
from pathnet_tf.methods.learn_target import learn_by, replayed_by
from pathnet_tf.methods.settings import (
    TARGET_TASK,
    UnitSettings,
    log_folder,
    network_folder,
)
from pathnet_tf.network.freezing import Pathway, freeze, num_free_modules
from pathnet_tf.network.pathnet import PathNet, grown
from pathnet_tf.network.saving import save_network
from pathnet_tf.runtime.reproducibility import use_one_thread
from pathnet_tf.search import tensorboard_log
from pathnet_tf.search.checkpoints import Checkpoints, SearchKeeper
from pathnet_tf.search.learn_task import LearnedTask
from pathnet_tf.search.tensorboard_log import SearchLog


def learn_sources(
    settings: UnitSettings,
    sources: list[Dataset],
    target_emotions: tuple[str, ...],
    repeat: int,
) -> list[LearnedSource]:
    """Learns a chain of source tasks and writes the network to the run's folder.

    Args:
      settings: The experiment's.
      sources: The source datasets, in order.
      target_emotions: Classes of the target task, whose head the network has too.
      repeat: From 0.

    Returns:
      What came of each task.
    """
    use_one_thread()
    tasks = source_tasks(sources, settings.pathways, settings.seed, repeat)
    classes = {task.name: task.dataset.emotions for task in tasks}
    model = PathNet(settings.network, classes | {TARGET_TASK: target_emotions})
    pathways: list[Pathway] = []
    learned_sources = []
    for task in tasks:
        if pathways:
            model = grown(model, settings.grow_modules)
        place = ("transfer", task.name, repeat, ALL_SPEAKERS)
        with SearchLog(log_folder(settings.log_dir, *place)) as log:
            learned, _ = learn_fold(
                settings,
                Start(model, settings.learning),
                task.name,
                task.dataset,
                task.fold,
                repeat,
                log,
                _keeper(settings, log, *place),
            )
            tensorboard_log.log_pathway(
                log,
                learned.pathway,
                method="transfer",
                repeat=repeat,
                is_leaky=settings.is_leaky,
            )
        freeze(model, learned.pathway.genotype)
        pathways.append(learned.pathway)
        learned_sources.append(
            LearnedSource(
                task=task.name,
                corpus=task.description,
                repeat=repeat,
                fitness=learned.fitness,
                num_free_modules=num_free_modules(model),
                num_modules=model.settings.num_modules,
            )
        )
    save_network(network_folder(settings.run_dir, repeat), model, pathways)
    if settings.scores_sources:
        scores = score_sources(
            model,
            pathways,
            tasks,
            normalization=settings.normalization,
            classify=settings.learning.training.classify,
        )
        learned_sources = [
            dataclasses.replace(one, score=score)
            for one, score in zip(learned_sources, scores, strict=True)
        ]
    return learned_sources


def learn_target(
    settings: UnitSettings,
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
      method: One of `methods.METHODS`.
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
    settings: UnitSettings,
    target: Dataset,
    *,
    method: str,
    sources: Sequence[Dataset] = (),
) -> tuple[PathNet, LearnedTask, Statistics]:
    """Learns the target on all its speakers, for a model to be exported.

    Args:
      settings: The experiment's; normalization is `train` or `none`.
      target: The target dataset.
      method: One of `methods.METHODS`; the first repeat's source network is used.
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


def _keeper(
    settings: UnitSettings,
    log: SearchLog,
    method: str,
    stage: str,
    repeat: int,
    fold: str,
) -> SearchKeeper | None:
    if not settings.checkpoint_every:
        return None
    folder = log_folder(settings.checkpoint_dir, method, stage, repeat, fold)
    checkpoints = Checkpoints(folder, settings.checkpoint_every)
    return SearchKeeper(checkpoints, log, settings.run_dir)
