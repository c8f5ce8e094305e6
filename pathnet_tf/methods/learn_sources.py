"""Learns the sources, and scores what a network still knows of them.

A source is one task. With `--pathways=per_emotion` it is one task for each of its
emotions: to tell that emotion from the others. The tasks are learned one after the
other: the pathway of a learned task is frozen and stays active while the next one is
searched, so that emotions share modules. All frozen pathways together go on to the
target.

Reference: the paper, section 4, discusses one pathway for each emotion.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from pathnet_tf.data.dataset import ALL_SPEAKERS, Dataset
from pathnet_tf.data.fold_inputs import normalize, undivided
from pathnet_tf.data.speaker_folds import Fold
from pathnet_tf.evaluation import metrics
from pathnet_tf.evaluation.fold_scores import (
    Cost,
    LearnedSource,
    SourceScore,
)
from pathnet_tf.methods.initial_network import InitialNetwork
from pathnet_tf.methods.learn_fold import learn_fold
from pathnet_tf.methods.settings import (
    TARGET_TASK,
    JobSettings,
    SearchName,
    network_folder,
)
from pathnet_tf.network.freezing import Pathway, freeze, num_free_modules
from pathnet_tf.network.genotype import to_mask
from pathnet_tf.network.pathnet import PathNet, grown
from pathnet_tf.network.pathway_network import PathwayNetwork
from pathnet_tf.network.saving import save_network
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.reproducibility import stream, use_one_thread
from pathnet_tf.runtime.storage import AnyPath
from pathnet_tf.search import tensorboard_log
from pathnet_tf.search.learn_task import LearnedTask
from pathnet_tf.search.tensorboard_log import SearchLog
from pathnet_tf.serving.network_file import read_network

OTHERS = "others"


@dataclasses.dataclass(frozen=True, eq=False)
class SourceTask:
    """One task of a source chain.

    Attributes:
      name: Name of the task, and of its head.
      dataset: What is learned; where one emotion is told from the others, its classes
        are `others` and the emotion.
      fold: The segments that are learned from; nothing is held out.
      description: The task's name for a person.
    """

    name: str
    dataset: Dataset
    fold: Fold
    description: str


def source_task(index: int) -> str:
    """Name of a source, by its place."""
    return f"source_{index + 1}"


def source_tasks(
    sources: Sequence[Dataset], pathways: str, seed: int, repeat: int
) -> list[SourceTask]:
    """Makes the tasks of a source chain.

    Args:
      sources: The sources, in order.
      pathways: `shared` or `per_emotion`.
      seed: The experiment's seed.
      repeat: From 0.

    Returns:
      The tasks, in the order in which they are learned.
    """
    tasks = []
    for index, source in enumerate(sources):
        name = source_task(index)
        if pathways == "shared":
            tasks.append(SourceTask(name, source, source.everything(), source.name))
            continue
        for place, emotion in enumerate(source.emotions):
            rng = stream(seed, f"others than {emotion}", name, repeat)
            tasks.append(_told_apart(name, source, place, rng))
    return tasks


def num_source_tasks(sources: Sequence[Dataset], pathways: str) -> int:
    """Counts the tasks of a source chain."""
    if pathways == "shared":
        return len(sources)
    return sum(len(source.emotions) for source in sources)


def require_room(network: PathNetSettings, num_tasks: int, grow_modules: int) -> None:
    """Checks that all source tasks and the target will find a free module.

    Args:
      network: Sizes of the network.
      num_tasks: Source tasks, each of which may freeze `num_active` modules a layer.
      grow_modules: Modules that are added to each layer after each task.

    Raises:
      UsageError: There are too few modules.
    """
    needed = network.num_active * num_tasks + 1
    if network.num_modules + grow_modules * num_tasks < needed:
        raise UsageError(
            f"--pathways=per_emotion may freeze {needed - 1} modules a layer over "
            f"{num_tasks} source tasks; raise --num_modules to {needed}, or "
            f"--grow_modules to {network.num_active}"
        )


def _told_apart(
    name: str, source: Dataset, place: int, rng: np.random.Generator
) -> SourceTask:
    """Makes the task of one emotion, with equally many clips drawn of the others."""
    emotion = source.emotions[place]
    of_clip = np.array([clip.emotion == emotion for clip in source.clips])
    others = np.flatnonzero(~of_clip)
    # All of them where the emotion is the larger part.
    number = min(int(of_clip.sum()), len(others))
    drawn = rng.choice(others, size=number, replace=False)
    is_used = of_clip.copy()
    is_used[drawn] = True
    rows = np.flatnonzero(is_used[source.clip])
    dataset = dataclasses.replace(
        source,
        emotions=(OTHERS, emotion),
        labels=(source.labels == place).astype(np.int32),
    )
    fold = dataset.everything().training_on(rows)
    description = f"{source.name}, {emotion}"
    return SourceTask(f"{name}_{emotion}", dataset, fold, description)


def score_sources(
    model: PathNet,
    pathways: Sequence[Pathway],
    tasks: Sequence[SourceTask],
    *,
    normalization: str,
    classify: str,
) -> tuple[SourceScore, ...]:
    """Scores a network on the recordings from which it has learned its sources.

    The scores tell whether the network has forgotten anything. They do not tell how
    well it would do on other recordings.

    Args:
      model: The network.
      pathways: Of each source task, in order.
      tasks: The tasks; none where they are not to be scored.
      normalization: One of `normalization.NORMALIZATIONS`.
      classify: `segment` or `clip`.

    Returns:
      The scores of the clips of each source.
    """
    found = []
    for pathway, task in zip(pathways, tasks, strict=False):
        source = task.dataset
        inputs = normalize(source, undivided(source), normalization).train
        member = PathwayNetwork.of(model, pathway)
        learned = LearnedTask(pathway, [member], classify, float("nan"), Cost())
        scores = metrics.clip_log_probabilities(
            learned.log_probabilities(inputs), source.clip, len(source.clips)
        )
        labels = np.zeros(len(source.clips), int)
        labels[source.clip] = source.labels
        confusion = metrics.confusion_matrix(
            labels, scores.argmax(axis=1), len(source.emotions)
        )
        found.append(
            SourceScore(pathway.task, metrics.war(confusion), metrics.uar(confusion))
        )
    return tuple(found)


def learn_sources(
    settings: JobSettings,
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
      Fitness, free modules and, if asked for, scores of each task.
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
        search = SearchName("transfer", task.name, repeat, ALL_SPEAKERS)
        with SearchLog(search.folder(settings.log_dir)) as log:
            learned, _ = learn_fold(
                settings,
                InitialNetwork(model, settings.learning),
                search,
                task.dataset,
                task.fold,
                log,
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
    if settings.score_sources:
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


def adopt(
    folder: AnyPath, network_folder: AnyPath, target_emotions: Sequence[str]
) -> None:
    """Makes the source network of a new run from an exported model.

    The modules that the model's pathway used are frozen as one source pathway, all
    others are free. Of an ensemble the best pathway is taken. Sizes, modules and
    pooling are the model's.

    Args:
      folder: The model.
      network_folder: Where the source network goes.
      target_emotions: Classes of the task to be learned.

    Raises:
      DataError: A file of the model is missing or damaged.
    """
    old, pathway = read_network(folder)
    task = source_task(0)
    tasks = {task: old.tasks[pathway.task], TARGET_TASK: tuple(target_emotions)}
    model = PathNet(old.settings, tasks)
    for layer, copy in zip(old.pathnet_layers, model.pathnet_layers, strict=True):
        for module, twin in zip(layer.path_modules, copy.path_modules, strict=True):
            twin.set_weights(module.get_weights())
    model.heads[task].set_weights(old.heads[pathway.task].get_weights())
    if attention := old.attentions.get(pathway.task):
        model.attentions[task].set_weights(attention.get_weights())
    used = [
        np.flatnonzero(np.maximum(always, to_mask(genes, len(always))))
        for genes, always in zip(pathway.genotype, pathway.always_active, strict=True)
    ]
    # As long in every layer, by naming a module more than once.
    width = max(map(len, used))
    genotype = np.stack([np.resize(modules, width) for modules in used])
    frozen = Pathway(
        task, genotype.astype(np.int32), np.zeros_like(pathway.always_active)
    )
    save_network(network_folder, model, [frozen])
