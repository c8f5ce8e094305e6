"""Learns the sources, and scores how well a network still answers for them.

A source is one task, or under `per_emotion` one task for each of its emotions, which is
told apart from the other emotions. The tasks are learned one after the other: the
pathway of a learned task is frozen and stays active while the next one is searched, so
that emotions share modules. All frozen pathways together go on to the target.

Reference: the paper, section 4, discusses one pathway for each emotion.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from pathnet_tf.data.dataset import ALL_SPEAKERS, Dataset
from pathnet_tf.data.fold_inputs import normalize, undivided
from pathnet_tf.data.folds import Fold
from pathnet_tf.evaluation import metrics
from pathnet_tf.evaluation.fold_scores import Cost, SourceScore
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.pathway_network import PathwayNetwork
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.reproducibility import stream
from pathnet_tf.search.learn_task import LearnedTask

PATHWAYS = ("shared", "per_emotion")
OTHERS = "others"


@dataclasses.dataclass(frozen=True, eq=False)
class SourceTask:
    """One task of a source chain.

    Attributes:
      name: Name of the task, and of its head.
      dataset: What is learned; of one emotion, with the classes `others` and the
        emotion.
      fold: The segments that are learned from; nothing is held out.
      description: What a person calls it.
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
      pathways: One of `PATHWAYS`.
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
    """Refuses a chain of so many tasks that the last ones might find no free module.

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
    """One emotion, and as many clips of the others, drawn, as it has itself."""
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
    fold = Fold(ALL_SPEAKERS, rows, np.arange(0))
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
    """Scores the recordings that a network has learned its sources from.

    They say nothing of other recordings: what they tell is whether what was learned is
    still there.

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
        member = PathwayNetwork(model, pathway)
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
