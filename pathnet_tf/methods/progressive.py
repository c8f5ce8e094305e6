"""A progressive network: a column for the target beside a frozen one of the source.

    h_1 = relu(W_1 x + b_1)
    h_i = relu(W_i h_{i-1} + U_i s_{i-1} + b_i)
    logits = W h_L + U s_L + b

s_i is what layer i of the source's best pathway gives for the same segment; its weights
never move. The laterals U are linear, without the adapters that the reference has for
columns of many sizes.

Reference: Rusu et al. 2016, "Progressive neural networks"; Gideon et al. 2017 for
emotion.
"""

import itertools

import numpy as np
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.evaluation.fold_scores import Cost
from pathnet_tf.methods.baseline_task import BaselineScores, BaselineTask
from pathnet_tf.methods.settings import network_folder
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.network.layer_shapes import SCORED_AT_ONCE
from pathnet_tf.network.modules import glorot_uniform
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.pathway_network import PathwayNetwork
from pathnet_tf.network.saving import load_network
from pathnet_tf.runtime.interruption import stop_if_requested
from pathnet_tf.search.learn_task import active_parameters
from pathnet_tf.training.loss import TrainingLoss
from pathnet_tf.training.samples import Samples
from pathnet_tf.training.settings import TrainingSettings
from pathnet_tf.training.training_loop import TrainingLoop


class ProgressiveColumn:
    """The target's column, as `TrainingLoop` trains it.

    What is known of a segment beforehand are the laterals: what the frozen column's
    layers give for it, side by side.

    Attributes:
      moved: All that training moves: of each layer W, b and, from the second one on, U;
        those of the output last.
      are_kernels: Which of them are W or U.
    """

    def __init__(
        self,
        source: PathNet,
        pathway: Pathway,
        *,
        width: int,
        num_classes: int,
        rng: np.random.Generator,
    ) -> None:
        """Draws the column.

        Args:
          source: The network that learned the source.
          pathway: The source's best pathway, the frozen column.
          width: Units of each hidden layer.
          num_classes: Classes of the target.
          rng: Draws the weights.
        """
        self._source = PathwayNetwork.of(source, pathway)
        num_layers, beside = source.settings.num_layers, source.settings.layer_units[0]
        widths = [source.settings.num_inputs, *[width] * num_layers, num_classes]
        self._layers: list[list[tf.Variable]] = []
        for place, (before, after) in enumerate(itertools.pairwise(widths)):
            layer = [glorot_uniform(rng, (before, after)), np.zeros(after, np.float32)]
            if place:
                layer.append(glorot_uniform(rng, (beside, after)))
            self._layers.append([tf.Variable(values) for values in layer])
        self.moved = [one for layer in self._layers for one in layer]
        self.are_kernels = [len(one.shape) == 2 for one in self.moved]

    def laterals(self, inputs: SegmentInputs) -> tf.Tensor:
        """Computes the frozen column, which is the same in every pass.

        Args:
          inputs: The segments.

        Returns:
          float32 `[num_segments, num_layers * module_units]`.
        """
        parts = []
        for block in inputs.blocks(SCORED_AT_ONCE):
            parts.append(tf.concat(self._source.layer_outputs(block), axis=1))
        return tf.concat(parts, axis=0)

    def features_of(
        self,
        values: tf.Tensor | None,
        known: tf.Tensor | None = None,
        products: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Computes the hidden layers.

        Args:
          values: float32 `[batch, num_inputs]`.
          known: float32 `[batch, num_layers * module_units]`, from `laterals`.
          products: None; the Gram engine trains pathways alone.

        Returns:
          float32 `[batch, 1, width + module_units]`: the last hidden layer, and that of
          the frozen column.
        """
        del products
        (kernel, bias), *later = self._layers[:-1]
        laterals = tf.split(known, len(self._layers) - 1, axis=1)
        hidden = tf.nn.relu(values @ kernel + bias)
        for (kernel, bias, lateral), beside in zip(later, laterals, strict=False):
            hidden = tf.nn.relu(hidden @ kernel + beside @ lateral + bias)
        return tf.concat([hidden, laterals[-1]], axis=1)[:, tf.newaxis]

    def pooled(self, features: tf.Tensor, sample: tf.Tensor | None) -> tf.Tensor:
        """Takes each segment as a sample: float32 `[batch, width + module_units]`."""
        del sample
        return features[:, 0]

    def logits(self, pooled: tf.Tensor) -> tf.Tensor:
        """Classifies samples: float32 `[batch, num_classes]`."""
        kernel, bias, lateral = self._layers[-1]
        return pooled @ tf.concat([kernel, lateral], axis=0) + bias

    def is_finite(self) -> tf.Tensor:
        """Whether training has not diverged: bool, a scalar."""
        return tf.reduce_all(tf.math.is_finite(self.moved[-1]))

    def log_probabilities(self, inputs: SegmentInputs) -> np.ndarray:
        """Classifies segments: float32 `[num_segments, num_classes]`."""
        laterals, done, parts = self.laterals(inputs), 0, []
        for block in inputs.blocks(SCORED_AT_ONCE):
            features = self.features_of(block, laterals[done : done + len(block)])
            parts.append(self.logits(features[:, 0]))
            done += len(block)
        return tf.nn.log_softmax(tf.concat(parts, axis=0)).numpy()

    def num_parameters(self) -> int:
        """Counts the weights that training moves."""
        return sum(int(np.prod(one.shape)) for one in self.moved)


def learn_progressive(task: BaselineTask) -> BaselineScores:
    """As many passes as a search presents, by a column as large as a pathway."""
    settings, inputs = task.settings, task.inputs()
    model, pathways = load_network(network_folder(settings.run_dir, task.repeat))
    network, training = settings.network, settings.learning.training
    classes = task.target.emotions
    column = ProgressiveColumn(
        model,
        pathways[-1],
        width=network.num_active * network.layer_units[0],
        num_classes=len(classes),
        rng=task.rng,
    )
    loop = training_loop(
        column, inputs.train, task.target.labels[task.division.train], training
    )
    num_passes = (
        2 * settings.learning.search.generations * training.passes_per_evaluation
    )
    for _ in range(num_passes):
        stop_if_requested()
        fitness = loop.train(len(inputs.train), "constant", task.rng)
    number = column.num_parameters()
    beside = active_parameters(model, pathways[-1])
    return BaselineScores(
        column.log_probabilities(inputs.test),
        fitness,
        Cost(number, number + beside, loop.num_presentations),
    )


def training_loop(
    column: ProgressiveColumn,
    inputs: SegmentInputs,
    labels: np.ndarray,
    settings: TrainingSettings,
) -> TrainingLoop:
    """Makes the loop that trains a column.

    Args:
      column: The column.
      inputs: The training set.
      labels: int32 `[num_segments]`.
      settings: How to train.

    Returns:
      The loop.
    """
    allowed = np.ones((len(labels), column.moved[-1].shape[-1]), bool)
    loss = TrainingLoss(labels, allowed, inputs.segment_shape, settings)
    samples = Samples(inputs, "segment")
    return TrainingLoop(column, samples, loss, settings, known=column.laterals(inputs))
