"""Divides a fold, and learns a task on its training side by a network of pathways."""

from collections.abc import Sequence

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.data.fold_inputs import Division, FoldInputs, divide, normalize
from pathnet_tf.data.input_pipeline import LabelledSegments
from pathnet_tf.data.speaker_folds import Fold, draw_covering_speakers
from pathnet_tf.methods.initial_network import InitialNetwork
from pathnet_tf.methods.replay import with_replay
from pathnet_tf.methods.settings import TARGET_TASK, JobSettings, SearchName
from pathnet_tf.runtime.reproducibility import stream
from pathnet_tf.search.checkpoints import Checkpoints, SearchCheckpoints
from pathnet_tf.search.learn_task import LearnedTask, learn
from pathnet_tf.search.tensorboard_log import SearchLog


def divide_fold(
    settings: JobSettings, dataset: Dataset, fold: Fold, task: str, repeat: int
) -> tuple[Division, np.random.Generator]:
    """Divides a fold for one job and makes the job's random stream.

    The method plays no part, so that transfer and scratch start from the same draws of
    weights, population and order, unless `grow_modules` makes their networks differ in
    size.

    Args:
      settings: The experiment's.
      dataset: The dataset of the fold.
      fold: The fold.
      task: The task that is learned.
      repeat: From 0.

    Returns:
      The division, and the stream from which it was drawn and everything else will be.

    Raises:
      DataError: A class has no training example, or there are too few speakers.
    """
    rng = stream(settings.seed, task, fold.name, repeat)
    share = settings.validating_share
    # A model to be exported holds out nothing, and learns from all speakers.
    if settings.train_speakers and task == TARGET_TASK and len(fold.test):
        fold = fold.training_on(_of_few_speakers(settings, dataset, fold, repeat))
    return divide(dataset, fold, validation_share=share, rng=rng), rng


def _of_few_speakers(
    settings: JobSettings, dataset: Dataset, fold: Fold, repeat: int
) -> np.ndarray:
    """Training segments of some speakers, the same ones for every method.

    Returns:
      int64 `[num_segments]`, numbers of the dataset's segments.
    """
    train = fold.train
    speakers = np.asarray(dataset.speakers)[dataset.clip[train]]
    drawn = draw_covering_speakers(
        speakers,
        dataset.labels[train],
        settings.train_speakers,
        stream(settings.seed, "training speakers", fold.name, repeat),
    )
    return train[np.isin(speakers, drawn)]


def learn_fold(
    settings: JobSettings,
    initial: InitialNetwork,
    search: SearchName,
    dataset: Dataset,
    fold: Fold,
    log: SearchLog,
    replayed: Sequence[Dataset] = (),
) -> tuple[LearnedTask, FoldInputs]:
    """Learns a task on a fold's training side by a network of pathways.

    Args:
      settings: The experiment's.
      initial: The network, and how it learns.
      search: Method, task, repeat and fold, by which files are named.
      dataset: The dataset of the task.
      fold: What trains and what is held out.
      log: Told of every generation.
      replayed: Sources that are presented beside the fold's training side.

    Returns:
      The learned task, and the fold's inputs.
    """
    division, rng = divide_fold(settings, dataset, fold, search.task, search.repeat)
    inputs = normalize(dataset, division, settings.normalization)
    labels = dataset.labels
    train = LabelledSegments(inputs.train, labels[division.train])
    if replayed:
        train = with_replay(dataset, division, replayed, settings.normalization)
    learned = learn(
        initial.model,
        search.task,
        train,
        initial.learning,
        rng,
        genotype=initial.genotype,
        thaws=initial.thaws,
        head_of=initial.head_of,
        validation=(
            LabelledSegments(inputs.validation, labels[division.validation])
            if len(inputs.validation)
            else None
        ),
        held_out=inputs.test if len(inputs.test) else None,
        observe=log,
        keeper=search_checkpoints(settings, search, log),
    )
    return learned, inputs


def search_checkpoints(
    settings: JobSettings, search: SearchName, log: SearchLog
) -> SearchCheckpoints | None:
    """What keeps a search for going on after an interruption; none if nothing does."""
    if not settings.checkpoint_every:
        return None
    folder = search.folder(settings.checkpoint_dir)
    checkpoints = Checkpoints(folder, settings.checkpoint_every)
    return SearchCheckpoints(checkpoints, log, settings.run_dir)
