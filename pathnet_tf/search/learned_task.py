"""A task that has been learned: the pathways that answer for it."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.evaluation.fold_scores import Cost
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.network.layer_shapes import scoring_batch
from pathnet_tf.network.pathway_network import PathwayNetwork, together
from pathnet_tf.training.samples import Samples


class LearnedTask:
    """A task that has been learned.

    Attributes:
      pathway: Its best pathway.
      members: The pathways that answer together, the best one first; one unless an
        ensemble was asked for.
      classify: What they classify, see `TrainingSettings`.
      fitness: Fitness of the best pathway, by the rule that chose it.
      cost: What learning took.
    """

    def __init__(
        self,
        pathway: Pathway,
        members: Sequence[PathwayNetwork],
        classify: str,
        fitness: float,
        cost: Cost,
    ) -> None:
        self.pathway = pathway
        self.members = list(members)
        self.classify = classify
        self.fitness = fitness
        self.cost = cost

    def log_probabilities(self, inputs: SegmentInputs) -> np.ndarray:
        """Classifies segments, or the clips that they are of.

        Args:
          inputs: The segments.

        Returns:
          float32 `[num_segments, num_classes]`; where clips are classified, all
          segments of a clip have its own.
        """
        samples = Samples(inputs, self.classify)
        of_segment = tf.constant(samples.of_segment[samples.order])
        scores = []
        for member in self.members:
            size = scoring_batch(
                member.settings.layer_plans(), member.settings.num_active
            )
            parts = [
                member.features(inputs.block(start, start + size))
                for start in range(0, len(inputs), size)
            ]
            features = tf.gather(tf.concat(parts, axis=0), samples.order)
            scores.append(member.log_probabilities(features, of_segment))
        return together(scores).numpy()[samples.of_segment]
