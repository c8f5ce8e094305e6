"""How well a network answers for its sources, each by its own pathway and head."""

from collections.abc import Sequence

import numpy as np

from pathnet_tf.data.fold_inputs import normalize, undivided
from pathnet_tf.evaluation import metrics
from pathnet_tf.evaluation.fold_scores import Cost, SourceScore
from pathnet_tf.methods.learn_sources import SourceTask
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.pathway_network import PathwayNetwork
from pathnet_tf.search.learn_task import LearnedTask


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
