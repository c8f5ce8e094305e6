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
from pathnet_tf.network.freezing import Pathway, activate
from pathnet_tf.network.modules import glorot_uniform
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.saving import load_network
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.interruption import stop_if_requested
from pathnet_tf.search.learn_task import active_parameters
from pathnet_tf.training.gram_kernels import SCORING_BATCH
from pathnet_tf.training.optimizers import descend
from pathnet_tf.training.settings import TrainingSettings


class ProgressiveColumn:
    """The target's column, trained by plain SGD.

    Attributes:
      variables: All that training moves: of each layer W, b and, from the second one
        on, U; those of the output last.
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
        activate(source, pathway)
        self._source = source
        num_layers, beside = source.settings.num_layers, source.settings.layer_units[0]
        widths = [source.settings.num_inputs, *[width] * num_layers, num_classes]
        self._layers: list[list[tf.Variable]] = []
        for place, (before, after) in enumerate(itertools.pairwise(widths)):
            layer = [glorot_uniform(rng, (before, after)), np.zeros(after, np.float32)]
            if place:
                layer.append(glorot_uniform(rng, (beside, after)))
            self._layers.append([tf.Variable(values) for values in layer])
        self.variables = [one for layer in self._layers for one in layer]
        beside_shape = [None, num_layers, beside]
        self._step = tf.function(
            self._one_step,
            autograph=False,
            input_signature=[
                tf.TensorSpec([None, source.settings.num_inputs], tf.float32),
                tf.TensorSpec(beside_shape, tf.float32),
                tf.TensorSpec([None], tf.int32),
                tf.TensorSpec([], tf.float32),
            ],
        )

    def laterals(self, inputs: SegmentInputs) -> tf.Tensor:
        """Computes the frozen column, which is the same in every pass.

        Args:
          inputs: The segments.

        Returns:
          float32 `[num_segments, num_layers, module_units]`.
        """
        parts = []
        for start in range(0, len(inputs), SCORING_BATCH):
            hidden = inputs.block(start, start + SCORING_BATCH)
            outputs = []
            for layer in self._source.pathnet_layers:
                hidden = layer(hidden)
                outputs.append(hidden)
            parts.append(tf.stack(outputs, axis=1))
        return tf.concat(parts, axis=0)

    def logits(self, values: tf.Tensor, laterals: tf.Tensor) -> tf.Tensor:
        """Classifies segments.

        Args:
          values: float32 `[batch, num_inputs]`.
          laterals: float32 `[batch, num_layers, module_units]`.

        Returns:
          float32 `[batch, num_classes]`.
        """
        (kernel, bias), *later = self._layers
        hidden = tf.nn.relu(values @ kernel + bias)
        for place, (kernel, bias, lateral) in enumerate(later):
            sums = hidden @ kernel + laterals[:, place] @ lateral + bias
            hidden = sums if place + 1 == len(later) else tf.nn.relu(sums)
        return hidden

    def train(
        self,
        inputs: SegmentInputs,
        laterals: tf.Tensor,
        labels: np.ndarray,
        order: np.ndarray,
        *,
        batch_size: int,
        learning_rate: float,
    ) -> float:
        """Trains for one pass.

        Args:
          inputs: The training set.
          laterals: Of the training set.
          labels: int32 `[num_segments]`.
          order: int64 `[num_segments]`, in which segments are presented.
          batch_size: Segments a step; a last one that is not full moves the weights in
            proportion to its size.
          learning_rate: Step of SGD.

        Returns:
          Share classified correctly, each before its own update.

        Raises:
          UsageError: Training diverged.
        """
        num_correct = 0
        for start in range(0, len(order), batch_size):
            places = order[start : start + batch_size]
            values = inputs.select(places).block(0, len(places))
            beside = tf.gather(laterals, places)
            step = tf.constant(learning_rate * len(places) / batch_size, tf.float32)
            num_correct += int(
                self._step(values, beside, tf.constant(labels[places], tf.int32), step)
            )
        if not np.isfinite(self.variables[-1].numpy()).all():
            raise UsageError(
                "Training diverged, weights are no longer finite; lower the learning "
                f"rate. Received: learning_rate={learning_rate:g}"
            )
        return num_correct / len(order)

    def log_probabilities(self, inputs: SegmentInputs) -> np.ndarray:
        """Classifies segments: float32 `[num_segments, num_classes]`."""
        laterals = self.laterals(inputs)
        parts = []
        for start in range(0, len(inputs), SCORING_BATCH):
            stop = start + SCORING_BATCH
            parts.append(self.logits(inputs.block(start, stop), laterals[start:stop]))
        return tf.nn.log_softmax(tf.concat(parts, axis=0)).numpy()

    def num_parameters(self) -> int:
        """Weights that training moves."""
        return sum(int(np.prod(one.shape)) for one in self.variables)

    def _one_step(
        self, values: tf.Tensor, laterals: tf.Tensor, labels: tf.Tensor, rate: tf.Tensor
    ) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = self.logits(values, laterals)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(losses)
        for variable, gradient in zip(
            self.variables, tape.gradient(loss, self.variables), strict=True
        ):
            descend(variable, gradient, rate)
        predicted = tf.argmax(logits, axis=1, output_type=tf.int32)
        return tf.reduce_sum(tf.cast(predicted == labels, tf.int32))


def require_column(network: PathNetSettings, training: TrainingSettings) -> None:
    """Checks that a network is one beside which a column can stand.

    Args:
      network: Sizes of the source's network.
      training: How all methods are trained.

    Raises:
      UsageError: Its modules are not dense and of one width, it pools or is read out
        otherwise, or is trained by more than plain SGD.
    """
    is_even = len(set(network.layer_units)) == 1
    if network.module != "dense" or network.pooling != "mean" or not is_even:
        raise UsageError(
            "--method=progressive is there for --module=dense, one --module_units for "
            "all layers and --pooling=mean alone. Received: "
            f"--module={network.module} "
            f"--module_units={','.join(map(str, dict.fromkeys(network.layer_units)))} "
            f"--pooling={network.pooling}"
        )
    if not training.is_plain or training.ensemble > 1 or network.readout != "last":
        raise UsageError(
            "--method=progressive reads the last layer out and learns by plain SGD "
            "alone; leave it out, or the switches of training and --readout=all"
        )


def learn_progressive(task: BaselineTask) -> BaselineScores:
    """As many passes as a search presents, by a column as large as a pathway."""
    settings, inputs = task.settings, task.inputs()
    model, pathways = load_network(network_folder(settings.run_dir, task.repeat))
    network, training = settings.network, settings.learning.training
    column = ProgressiveColumn(
        model,
        pathways[-1],
        width=network.num_active * network.layer_units[0],
        num_classes=len(task.target.emotions),
        rng=task.rng,
    )
    laterals = column.laterals(inputs.train)
    labels = task.target.labels[task.division.train]
    num_passes = (
        2 * settings.learning.search.generations * training.passes_per_evaluation
    )
    for _ in range(num_passes):
        stop_if_requested()
        fitness = column.train(
            inputs.train,
            laterals,
            labels,
            task.rng.permutation(len(labels)),
            batch_size=training.batch_size,
            learning_rate=training.learning_rate,
        )
    number = column.num_parameters()
    beside = active_parameters(model, pathways[-1])
    return BaselineScores(
        column.log_probabilities(inputs.test),
        fitness,
        Cost(number, number + beside, num_passes * len(labels)),
    )
