"""The independent pieces of an experiment, each run in one process on one thread.

A source chain learns the source tasks one after the other and leaves its network on
disk. A target unit learns the target task on one fold's training speakers, from such a
network or from scratch, and scores the held-out speakers once, at the end.
"""

import dataclasses
import time
import urllib.parse

import numpy as np
import tensorflow as tf

from pathnet_tf import final_summaries
from pathnet_tf.dataset import ALL_SPEAKERS, Dataset
from pathnet_tf.fold_inputs import Division, FoldInputs, divide, normalize
from pathnet_tf.folds import Fold
from pathnet_tf.freezing import freeze, num_free_modules
from pathnet_tf.inner_folds import outer_name
from pathnet_tf.learning import LabelledSegments, LearnedTask, LearningSettings, learn
from pathnet_tf.model import PathNet, PathNetSettings, grown
from pathnet_tf.normalization import Statistics
from pathnet_tf.outcomes import FoldScores, LearnedSource
from pathnet_tf.source_network import load_network, save_network
from pathnet_tf.storage import AnyPath
from pathnet_tf.streams import stream
from pathnet_tf.summaries import SearchLog

TARGET_TASK = "target"


@dataclasses.dataclass(frozen=True)
class UnitSettings:
    """What every unit of an experiment shares.

    Attributes:
      network: Sizes of the network before it grows.
      learning: How a task is learned.
      normalization: One of `normalization.NORMALIZATIONS`; empty stands for the
        usual one of the target's modality, until the data is known.
      validation_share: Share of the training speakers whose accuracy is the
        fitness; 0 makes it the running accuracy on the training set.
      grow_modules: Modules added to each layer before each task after the first.
      seed: The experiment's seed.
      run_dir: Folder of the run.
      is_leaky: Whether the protocol is LEAKY; logs then say so.
    """

    network: PathNetSettings
    learning: LearningSettings
    normalization: str
    validation_share: float
    grow_modules: int
    seed: int
    run_dir: AnyPath
    is_leaky: bool = False

    @property
    def log_dir(self) -> AnyPath:
        """Folder of every search's log."""
        return (
            self.run_dir / "logs" / "LEAKY" if self.is_leaky else self.run_dir / "logs"
        )


def use_one_thread() -> None:
    """Keeps TensorFlow to one thread in this process.

    A sum's order, and so its last bits, would change with the number of threads; and
    units that run side by side share the cores already.
    """
    if tf.config.threading.get_intra_op_parallelism_threads() != 1:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)


def source_task(index: int) -> str:
    """Name of a chain's task."""
    return f"source_{index + 1}"


def log_folder(
    log_dir: AnyPath, method: str, stage: str, repeat: int, fold: str
) -> AnyPath:
    """Folder of one search's log."""
    # A speaker may be called anything, even "..".
    name = f"fold-{urllib.parse.quote(fold, safe=' ')}"
    return log_dir / method / stage / f"repeat-{repeat}" / name


def learn_sources(
    settings: UnitSettings,
    sources: list[Dataset],
    target_emotions: tuple[str, ...],
    repeat: int,
) -> list[LearnedSource]:
    """Learns a chain of source tasks and writes the network to the run's folder.

    Args:
      settings: The experiment's.
      sources: A dataset each task, in order.
      target_emotions: Classes of the target task, whose head the network has too.
      repeat: From 0.

    Returns:
      What came of each task.
    """
    use_one_thread()
    tasks = {source_task(i): source.emotions for i, source in enumerate(sources)}
    model = PathNet(settings.network, tasks | {TARGET_TASK: target_emotions})
    pathways, learned_sources = [], []
    for index, source in enumerate(sources):
        if index:
            model = grown(model, settings.grow_modules)
        folder = log_folder(
            settings.log_dir, "transfer", source_task(index), repeat, ALL_SPEAKERS
        )
        with SearchLog(folder) as log:
            learned, _ = _learn_fold(
                settings,
                model,
                source_task(index),
                source,
                source.everything(),
                repeat,
                log,
            )
            final_summaries.log_pathway(
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
                task=source_task(index),
                corpus=source.name,
                repeat=repeat,
                fitness=learned.fitness,
                num_free_modules=num_free_modules(model),
                num_modules=model.settings.num_modules,
            )
        )
    save_network(_network_folder(settings.run_dir, repeat), model, pathways)
    return learned_sources


def learn_target(
    settings: UnitSettings,
    target: Dataset,
    fold: Fold,
    *,
    method: str,
    repeat: int,
) -> FoldScores:
    """Learns the target on a fold's training side and scores its held-out side.

    Args:
      settings: The experiment's.
      target: The target dataset.
      fold: What trains and what is held out.
      method: `transfer` starts from the repeat's source network, `scratch` from
        an untrained one.
      repeat: From 0.

    Returns:
      The scores.
    """
    use_one_thread()
    began = time.monotonic()
    model = target_network(settings, target, method, repeat)
    folder = log_folder(settings.log_dir, method, TARGET_TASK, repeat, fold.name)
    log = SearchLog(
        folder,
        held_out_labels=target.labels[fold.test],
        held_out_clip=target.clip[fold.test],
        num_classes=len(target.emotions),
    )
    with log:
        learned, inputs = _learn_fold(
            settings, model, TARGET_TASK, target, fold, repeat, log
        )
        scores = FoldScores(
            method=method,
            repeat=repeat,
            fold=fold.name,
            test=fold.test,
            log_probabilities=learned.log_probabilities(inputs.test),
            fitness=learned.fitness,
            pathway=learned.pathway,
            seconds=time.monotonic() - began,
        )
        # Inner folds are many, and nobody looks at them one by one.
        if not outer_name(fold.name):
            final_summaries.log_target(log, scores, target, is_leaky=settings.is_leaky)
    return scores


def refit(
    settings: UnitSettings, target: Dataset, *, method: str
) -> tuple[PathNet, LearnedTask, Statistics]:
    """Learns the target on all its speakers, for a model to be exported.

    Args:
      settings: The experiment's; normalization is `train` or `none`.
      target: The target dataset.
      method: `transfer` or `scratch`; the first repeat's source network is used.

    Returns:
      The network, the learned target task, and the statistics of its inputs.
    """
    use_one_thread()
    model = target_network(settings, target, method, repeat=0)
    folder = log_folder(settings.log_dir, method, TARGET_TASK, 0, ALL_SPEAKERS)
    with SearchLog(folder) as log:
        learned, inputs = _learn_fold(
            settings, model, TARGET_TASK, target, target.everything(), 0, log
        )
        final_summaries.log_pathway(
            log, learned.pathway, method=method, repeat=0, is_leaky=settings.is_leaky
        )
    assert inputs.statistics is not None
    return model, learned, inputs.statistics


def target_network(
    settings: UnitSettings, target: Dataset, method: str, repeat: int
) -> PathNet:
    """Makes the network that a target unit starts from."""
    if method == "scratch":
        return PathNet(settings.network, {TARGET_TASK: target.emotions})
    model, _ = load_network(_network_folder(settings.run_dir, repeat))
    return grown(model, settings.grow_modules)


def divide_fold(
    settings: UnitSettings, dataset: Dataset, fold: Fold, task: str, repeat: int
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
    return divide(dataset, fold, validation_share=share, rng=rng), rng


def _learn_fold(
    settings: UnitSettings,
    model: PathNet,
    task: str,
    dataset: Dataset,
    fold: Fold,
    repeat: int,
    log: SearchLog,
) -> tuple[LearnedTask, FoldInputs]:
    """Learns a task on a fold's training side."""
    division, rng = divide_fold(settings, dataset, fold, task, repeat)
    inputs = normalize(dataset, division, settings.normalization)
    labels = dataset.labels
    learned = learn(
        model,
        task,
        LabelledSegments(inputs.train, labels[division.train]),
        settings.learning,
        rng,
        validation=(
            LabelledSegments(inputs.validation, labels[division.validation])
            if len(inputs.validation)
            else None
        ),
        held_out=inputs.test if len(inputs.test) else None,
        observe=log,
    )
    return learned, inputs


def _network_folder(run_dir: AnyPath, repeat: int) -> AnyPath:
    return run_dir / "sources" / f"repeat-{repeat}"
