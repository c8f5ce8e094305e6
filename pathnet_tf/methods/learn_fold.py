"""Divides a fold, and learns a task on its training side by a network of pathways."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.data.fold_inputs import Division, FoldInputs, divide, normalize
from pathnet_tf.data.folds import Fold, draw_covering_speakers
from pathnet_tf.data.input_pipeline import LabelledSegments
from pathnet_tf.methods.initial_network import InitialNetwork
from pathnet_tf.methods.replay import with_replay
from pathnet_tf.methods.settings import (
    TARGET_TASK,
    JobSettings,
    log_folder,
)
from pathnet_tf.runtime.reproducibility import stream
from pathnet_tf.search.checkpoints import Checkpoints, SearchCheckpoints
from pathnet_tf.search.learn_task import LearnedTask, learn
from pathnet_tf.search.tensorboard_log import SearchLog


def divide_fold(
    settings: JobSettings, dataset: Dataset, fold: Fold, task: str, repeat: int
) -> tuple[Division, np.random.Generator]:
    """Divides a fold for one unit and makes the unit's random stream.

    The method plays no part, so that transfer and scratch start from the same draws
    (of weights, population and order; but where `grow_modules` makes the networks
    differ in size).

    Args:
      settings: The experiment's.
      dataset: The dataset of the fold.
      fold: The fold.
      task: The task that is learned.
      repeat: From 0.

    Returns:
      The division and the stream, from which the division was drawn.

    Raises:
      DataError: A class has no training example, or there are too few speakers.
    """
    rng = stream(settings.seed, task, fold.name, repeat)
    share = settings.validation_share
    # What holds out nothing is a model to be exported, and learns from everybody.
    if settings.train_speakers and task == TARGET_TASK and len(fold.test):
        fold = dataclasses.replace(
            fold, train=_of_few_speakers(settings, dataset, fold, repeat)
        )
    return divide(dataset, fold, validation_share=share, rng=rng), rng


def _of_few_speakers(
    settings: JobSettings, dataset: Dataset, fold: Fold, repeat: int
) -> np.ndarray:
    """Training segments of some speakers, the same ones for every method."""
    speakers = np.asarray(dataset.speakers)[dataset.clip[fold.train]]
    drawn = draw_covering_speakers(
        speakers,
        dataset.labels[fold.train],
        settings.train_speakers,
        stream(settings.seed, "training speakers", fold.name, repeat),
    )
    return fold.train[np.isin(speakers, drawn)]


def learn_fold(
    settings: JobSettings,
    began_from: InitialNetwork,
    task: str,
    dataset: Dataset,
    fold: Fold,
    repeat: int,
    log: SearchLog,
    keeper: SearchCheckpoints | None = None,
    replayed: Sequence[Dataset] = (),
) -> tuple[LearnedTask, FoldInputs]:
    """Learns a task on a fold's training side.

    Args:
      settings: The experiment's.
      began_from: What it starts from.
      task: The task.
      dataset: Its dataset.
      fold: What trains and what is held out.
      repeat: From 0.
      log: Told of every generation.
      keeper: Keeps the search for going on after an interruption.
      replayed: Sources that are presented beside the fold's training side.

    Returns:
      The learned task, and the fold's inputs.
    """
    division, rng = divide_fold(settings, dataset, fold, task, repeat)
    inputs = normalize(dataset, division, settings.normalization)
    labels = dataset.labels
    train = LabelledSegments(inputs.train, labels[division.train])
    if replayed:
        train = with_replay(dataset, division, replayed, settings.normalization)
    learned = learn(
        began_from.model,
        task,
        train,
        began_from.learning,
        rng,
        genotype=began_from.genotype,
        thaws=began_from.thaws,
        head_of=began_from.head_of,
        validation=(
            LabelledSegments(inputs.validation, labels[division.validation])
            if len(inputs.validation)
            else None
        ),
        held_out=inputs.test if len(inputs.test) else None,
        observe=log,
        keeper=keeper,
    )
    return learned, inputs


def _keeper(
    settings: JobSettings,
    log: SearchLog,
    method: str,
    stage: str,
    repeat: int,
    fold: str,
) -> SearchCheckpoints | None:
    if not settings.checkpoint_every:
        return None
    folder = log_folder(settings.checkpoint_dir, method, stage, repeat, fold)
    checkpoints = Checkpoints(folder, settings.checkpoint_every)
    return SearchCheckpoints(checkpoints, log, settings.run_dir)
