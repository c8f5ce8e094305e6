"""Trains and scores one candidate pathway on one task's training set.

A candidate's free modules are gathered into one block a layer, trained in place by
plain SGD for one pass, and scattered back: the same updates as training the layers
themselves, to rounding. The frozen modules of the first layer see the same inputs with
the same weights in every pass, so their sum is computed once a task.
"""

import dataclasses

import numpy as np
import tensorflow as tf

from pathnet_tf.errors import UsageError
from pathnet_tf.model import PathNet
from pathnet_tf.module_block import ModuleBlock

SCORING_BATCH = 2048


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """How a candidate is trained.

    Attributes:
      learning_rate: Step of SGD.
      batch_size: Segments a mini-batch.
      passes_per_evaluation: Passes over the training set.

    Raises:
      UsageError: A value is out of its range.
    """

    learning_rate: float = 0.02
    batch_size: int = 64
    passes_per_evaluation: int = 1

    def __post_init__(self) -> None:
        """Checks every value."""
        for name in ("learning_rate", "batch_size", "passes_per_evaluation"):
            if not getattr(self, name) > 0:
                raise UsageError(
                    f"{name} must be positive. Received: {name}={getattr(self, name)}"
                )


@dataclasses.dataclass(frozen=True)
class PreparedInputs:
    """Inputs with what never changes about them during a task.

    Attributes:
      values: float32 `[num_segments, num_inputs]`.
      frozen_sum: float32 `[num_segments, module_units]`, sum of the outputs of the
        first layer's frozen modules.
    """

    values: tf.Tensor
    frozen_sum: tf.Tensor


class CandidateTrainer:
    """Trains candidates of one network on one task.

    The network must be ready for the task: earlier pathways frozen, the rest drawn
    anew. Freezing more of it afterwards makes this object refuse to go on.

    Attributes:
      num_segments: Size of the training set.
    """

    def __init__(
        self,
        model: PathNet,
        task: str,
        inputs: np.ndarray,
        labels: np.ndarray,
        settings: TrainingSettings,
    ) -> None:
        """Holds the training set.

        Args:
          model: The network, whose weights training changes.
          task: The task, whose head is trained.
          inputs: float32 `[num_segments, *input_shape]`, normalized.
          labels: int32 `[num_segments]`, class indices of the task.
          settings: How to train.
        """
        self._model = model
        self._settings = settings
        self._head = model.heads[task]
        layers = model.pathnet_layers
        widths = [model.settings.num_inputs] + [model.settings.module_units] * (
            len(layers) - 1
        )
        units = model.settings.module_units
        self._free = [ModuleBlock(width, units, trainable=True) for width in widths]
        self._frozen = [ModuleBlock(width, units, trainable=False) for width in widths]
        self._divisors = [tf.Variable(1.0, trainable=False) for _ in layers]
        for block, layer in zip(self._frozen, layers, strict=True):
            block.gather([m for m in layer.path_modules if not m.trainable])
        self._frozen_at_start = self._frozen_modules()
        self._inputs = self.prepare(inputs)
        self._labels = tf.constant(labels, tf.int32)
        self.num_segments = len(labels)
        self._trained = [
            *(
                variable
                for block in self._free
                for variable in (block.kernel, block.bias)
            ),
            self._head.kernel.value,
            self._head.bias.value,
        ]
        # Traced per trainer: a graph holds the training set it was traced with.
        self._run_pass = tf.function(
            self._pass, input_signature=[tf.TensorSpec([None], tf.int32)]
        )
        self._score = tf.function(
            self._forward,
            input_signature=[
                tf.TensorSpec([None, model.settings.num_inputs], tf.float32),
                tf.TensorSpec([None, units], tf.float32),
            ],
        )

    def prepare(self, inputs: np.ndarray) -> PreparedInputs:
        """Moves inputs to TensorFlow and computes what is fixed about them.

        Args:
          inputs: float32 `[num_segments, *input_shape]`, normalized.

        Returns:
          The prepared inputs, for this trainer alone.
        """
        flat = inputs.reshape(len(inputs), self._model.settings.num_inputs)
        values = tf.constant(flat, tf.float32)
        return PreparedInputs(values, self._frozen[0](values))

    def train(self, genotype: np.ndarray, rng: np.random.Generator) -> float:
        """Trains a candidate for `passes_per_evaluation` passes.

        A pass presents every segment once, in an order drawn from `rng`; a last
        mini-batch that is not full moves the weights in proportion to its size.

        Args:
          genotype: int32 `[num_layers, num_active]`.
          rng: Source of the order.

        Returns:
          Share of the presented segments that were classified correctly, each at
          the moment when it was presented, before its update.

        Raises:
          UsageError: Training diverged.
        """
        modules = self._gather(genotype)
        num_correct = 0
        for _ in range(self._settings.passes_per_evaluation):
            order = rng.permutation(self.num_segments).astype(np.int32)
            num_correct += int(self._run_pass(order))
        if not np.isfinite(self._head.kernel.numpy()).all():
            raise UsageError(
                "Training diverged, weights are no longer finite; lower the learning "
                f"rate. Received: learning_rate={self._settings.learning_rate:g}"
            )
        for block, gathered in zip(self._free, modules, strict=True):
            block.scatter(gathered)
        presented = self.num_segments * self._settings.passes_per_evaluation
        return num_correct / presented

    def accuracy(self, genotype: np.ndarray) -> float:
        """Scores a candidate on the training set without training it."""
        predicted = self.log_probabilities(genotype, self._inputs).argmax(axis=1)
        return float(np.mean(predicted == self._labels.numpy()))

    def log_probabilities(
        self, genotype: np.ndarray, inputs: PreparedInputs
    ) -> np.ndarray:
        """Classifies segments along a candidate's pathway.

        Args:
          genotype: int32 `[num_layers, num_active]`.
          inputs: From `prepare` of this trainer.

        Returns:
          float32 `[num_segments, num_classes]`.
        """
        self._gather(genotype)
        parts = [
            tf.nn.log_softmax(
                self._score(
                    inputs.values[start : start + SCORING_BATCH],
                    inputs.frozen_sum[start : start + SCORING_BATCH],
                )
            ).numpy()
            for start in range(0, len(inputs.values), SCORING_BATCH)
        ]
        return np.concatenate(parts)

    def num_traces(self) -> int:
        """How often the training pass was traced; 1 once a candidate was trained."""
        return self._run_pass.experimental_get_tracing_count()

    def _gather(self, genotype: np.ndarray) -> list[list]:
        """Makes the candidate's pathway the current one; returns its free modules."""
        if self._frozen_modules() != self._frozen_at_start:
            raise RuntimeError(
                "Modules were frozen or thawed after this trainer was made, which it "
                "would not see; make a new one"
            )
        gathered = []
        layers = self._model.pathnet_layers
        for layer, genes, block, divisor in zip(
            layers, genotype, self._free, self._divisors, strict=True
        ):
            layer.genotype.assign(genes)
            active = layer.active_modules()
            free = [
                m for m in map(layer.path_modules.__getitem__, active) if m.trainable
            ]
            block.gather(free)
            divisor.assign(layer.divisor(float(len(active))))
            gathered.append(free)
        return gathered

    def _frozen_modules(self) -> list[tuple[int, int]]:
        return [
            (index, m)
            for index, layer in enumerate(self._model.pathnet_layers)
            for m, module in enumerate(layer.path_modules)
            if not module.trainable
        ]

    def _pass(self, order: tf.Tensor) -> tf.Tensor:
        """One pass of SGD over the segments in `order`; counts correct ones."""
        size = self._settings.batch_size
        num_correct = tf.constant(0)
        for start in tf.range(0, tf.shape(order)[0], size):
            batch = order[start : start + size]
            labels = tf.gather(self._labels, batch)
            with tf.GradientTape() as tape:
                logits = self._forward(
                    tf.gather(self._inputs.values, batch),
                    tf.gather(self._inputs.frozen_sum, batch),
                )
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
                loss = tf.reduce_sum(losses) / size
            gradients = tape.gradient(loss, self._trained)
            for variable, gradient in zip(self._trained, gradients, strict=True):
                # In place and in one sweep over the weights; assign_sub(rate * g)
                # writes the product to memory first.
                tf.raw_ops.ResourceApplyGradientDescent(
                    var=variable.handle,
                    alpha=self._settings.learning_rate,
                    delta=gradient,
                )
            predicted = tf.argmax(logits, axis=1, output_type=tf.int32)
            num_correct += tf.reduce_sum(tf.cast(predicted == labels, tf.int32))
        return num_correct

    def _forward(self, inputs: tf.Tensor, frozen_sum: tf.Tensor) -> tf.Tensor:
        hidden = (self._free[0](inputs) + frozen_sum) / self._divisors[0]
        for free, frozen, divisor in zip(
            self._free[1:], self._frozen[1:], self._divisors[1:], strict=True
        ):
            hidden = (free(hidden) + frozen(hidden)) / divisor
        return hidden @ self._head.kernel.value + self._head.bias.value
