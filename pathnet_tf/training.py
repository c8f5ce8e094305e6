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
from pathnet_tf.first_layer import (
    SCORING_BATCH,
    FirstLayer,
    Prepared,
    WeightsFirstLayer,
    descend,
)
from pathnet_tf.gram_first_layer import GramFirstLayer
from pathnet_tf.model import PathNet
from pathnet_tf.module_block import BiasBlock, ModuleBlock
from pathnet_tf.segment_inputs import SegmentInputs

ARITHMETICS = ("auto", "gram", "weights")


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """How a candidate is trained.

    Attributes:
      learning_rate: Step of SGD.
      batch_size: Segments a mini-batch.
      passes_per_evaluation: Passes over the training set.
      arithmetic: `weights` trains the first layer's kernels, `gram` makes the same
        updates through the Gram matrix of the training set, `auto` takes `gram` for
        up to as many segments as a segment has values, where it takes at most half
        the multiplications and 600 MB at 64x64x3 values.

    Raises:
      UsageError: A value is out of its range.
    """

    learning_rate: float = 0.02
    batch_size: int = 64
    passes_per_evaluation: int = 1
    arithmetic: str = "auto"

    def __post_init__(self) -> None:
        """Checks every value."""
        for name in ("learning_rate", "batch_size", "passes_per_evaluation"):
            if not getattr(self, name) > 0:
                raise UsageError(
                    f"{name} must be positive. Received: {name}={getattr(self, name)}"
                )
        if self.arithmetic not in ARITHMETICS:
            raise UsageError(
                f"arithmetic must be one of {ARITHMETICS}. "
                f"Received: arithmetic={self.arithmetic!r}"
            )

    def uses_gram(self, inputs: SegmentInputs) -> bool:
        """Whether a training set's first layer is trained by its Gram matrix."""
        if self.arithmetic == "auto":
            return len(inputs) <= inputs.num_inputs
        return self.arithmetic == "gram"


@dataclasses.dataclass(frozen=True)
class PreparedInputs:
    """Segments with what never changes about them during a task.

    Attributes:
      first: What gives their sums in the first layer.
      frozen_sum: float32 `[num_segments, module_units]`, sum of the outputs of the
        first layer's frozen modules.
    """

    first: Prepared
    frozen_sum: tf.Tensor


class CandidateTrainer:
    """Trains candidates of one network on one task.

    The network must be ready for the task: earlier pathways frozen, the rest drawn
    anew. Freezing more of it afterwards makes this object refuse to go on. The
    network's weights are those that were learned once `settle` was called.

    Attributes:
      num_segments: Size of the training set.
    """

    def __init__(
        self,
        model: PathNet,
        task: str,
        inputs: SegmentInputs,
        labels: np.ndarray,
        settings: TrainingSettings,
    ) -> None:
        """Holds the training set.

        Args:
          model: The network, whose weights training changes.
          task: The task, whose head is trained.
          inputs: The training set.
          labels: int32 `[num_segments]`, class indices of the task.
          settings: How to train.
        """
        self._settings = settings
        self._head = model.heads[task]
        self._layers = layers = model.pathnet_layers
        units, num_inputs = model.settings.module_units, model.settings.num_inputs
        modules = layers[0].path_modules
        self._first: FirstLayer = (
            GramFirstLayer(modules, inputs)
            if settings.uses_gram(inputs)
            else WeightsFirstLayer(modules, inputs, settings.batch_size)
        )
        self._first_bias = BiasBlock(units, trainable=True)
        self._first_frozen = ModuleBlock(num_inputs, units, trainable=False)
        self._free = [ModuleBlock(units, units, trainable=True) for _ in layers[1:]]
        self._gathered: list[BiasBlock | ModuleBlock] = [self._first_bias, *self._free]
        self._frozen = [ModuleBlock(units, units, trainable=False) for _ in layers[1:]]
        self._divisors = [tf.Variable(1.0, trainable=False) for _ in layers]
        for block, layer in zip(
            [self._first_frozen, *self._frozen], layers, strict=True
        ):
            block.gather([m for m in layer.path_modules if not m.trainable])
        self._frozen_at_start = self._frozen_modules()
        self._frozen_sum = self._sum_of_frozen(inputs)
        self._labels = tf.constant(labels, tf.int32)
        self._is_settled = False
        self.num_segments = len(labels)
        self._trained = [
            self._first_bias.bias,
            *(variable for block in self._free for variable in block.variables),
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
                tf.TensorSpec([None, None], tf.float32),
                tf.TensorSpec([None, units], tf.float32),
            ],
        )

    def prepare(self, inputs: SegmentInputs) -> PreparedInputs:
        """Computes what is fixed about segments that are to be scored.

        Args:
          inputs: The segments.

        Returns:
          The prepared inputs, for this trainer alone.
        """
        return PreparedInputs(self._first.prepare(inputs), self._sum_of_frozen(inputs))

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
        self._first.scatter()
        for block, gathered in zip(self._gathered, modules, strict=True):
            block.scatter(gathered)
        presented = self.num_segments * self._settings.passes_per_evaluation
        return num_correct / presented

    def settle(self) -> None:
        """Gives the network the weights that were learned, and ends the training."""
        self._first.settle()
        self._is_settled = True

    def accuracy(self, genotype: np.ndarray) -> float:
        """Scores a candidate on the training set without training it."""
        self._gather(genotype)
        logits = self._score(self._first.train_sums(), self._frozen_sum)
        predicted = tf.argmax(logits, axis=1, output_type=tf.int32)
        return float(np.mean(predicted == self._labels))

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
        logits = self._score(inputs.first.sums(), inputs.frozen_sum)
        return tf.nn.log_softmax(logits).numpy()

    def num_traces(self) -> int:
        """How often the training pass was traced; 1 once a candidate was trained."""
        return self._run_pass.experimental_get_tracing_count()

    def _gather(self, genotype: np.ndarray) -> list[list]:
        """Makes the candidate's pathway the current one; returns its free modules."""
        if self._is_settled:
            raise RuntimeError("The training was ended by settle(); make a new trainer")
        if self._frozen_modules() != self._frozen_at_start:
            raise RuntimeError(
                "Modules were frozen or thawed after this trainer was made, which it "
                "would not see; make a new one"
            )
        gathered = []
        for index, (layer, genes, block, divisor) in enumerate(
            zip(self._layers, genotype, self._gathered, self._divisors, strict=True)
        ):
            layer.genotype.assign(genes)
            active = layer.active_modules()
            places = [m for m in active if layer.path_modules[m].trainable]
            if index == 0:
                self._first.gather(places)
            free = [layer.path_modules[m] for m in places]
            block.gather(free)
            divisor.assign(layer.divisor(float(len(active))))
            gathered.append(free)
        return gathered

    def _frozen_modules(self) -> list[tuple[int, int]]:
        return [
            (index, m)
            for index, layer in enumerate(self._layers)
            for m, module in enumerate(layer.path_modules)
            if not module.trainable
        ]

    def _sum_of_frozen(self, inputs: SegmentInputs) -> tf.Tensor:
        parts = [
            self._first_frozen(inputs.block(start, start + SCORING_BATCH))
            for start in range(0, len(inputs), SCORING_BATCH)
        ]
        return tf.concat(parts, axis=0)

    def _pass(self, order: tf.Tensor) -> tf.Tensor:
        """One pass of SGD over the segments in `order`; counts correct ones."""
        size, rate = self._settings.batch_size, self._settings.learning_rate
        num_correct = tf.constant(0)
        read = self._first.open_pass(order)
        for start in tf.range(0, tf.shape(order)[0], size):
            places = order[start : start + size]
            labels = tf.gather(self._labels, places)
            batch = read(places)
            sums = batch.sums()
            with tf.GradientTape() as tape:
                tape.watch(sums)
                logits = self._forward(sums, tf.gather(self._frozen_sum, places))
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
                loss = tf.reduce_sum(losses) / size
            of_sums, *gradients = tape.gradient(loss, [sums, *self._trained])
            batch.descend(of_sums, rate)
            for variable, gradient in zip(self._trained, gradients, strict=True):
                descend(variable, gradient, rate)
            predicted = tf.argmax(logits, axis=1, output_type=tf.int32)
            num_correct += tf.reduce_sum(tf.cast(predicted == labels, tf.int32))
        return num_correct

    def _forward(self, sums: tf.Tensor, frozen_sum: tf.Tensor) -> tf.Tensor:
        """Logits of segments, given the first layer's x K."""
        hidden = (self._first_bias(sums) + frozen_sum) / self._divisors[0]
        for free, frozen, divisor in zip(
            self._free, self._frozen, self._divisors[1:], strict=True
        ):
            hidden = (free(hidden) + frozen(hidden)) / divisor
        return hidden @ self._head.kernel.value + self._head.bias.value
