"""Trains and scores one candidate pathway on one task's training set.

A candidate's free modules are gathered side by side, trained in place by plain SGD
for one pass, and scattered back, all in one graph: the same updates as training the
layers themselves, to rounding. The frozen modules of the first layer see the same
inputs with the same weights in every pass, so their sum is computed once a task.
"""

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from pathnet_tf.errors import UsageError
from pathnet_tf.first_layer import (
    SCORING_BATCH,
    Batch,
    FirstLayer,
    Prepared,
    WeightsFirstLayer,
    descend,
)
from pathnet_tf.gram_first_layer import GramFirstLayer
from pathnet_tf.model import PathNet
from pathnet_tf.module_stack import (
    BiasStack,
    FrozenModules,
    ModuleStack,
    summation_matrix,
)
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
        modules = layers[0].path_modules
        self._units = model.settings.module_units
        self._first: FirstLayer = (
            GramFirstLayer(modules, inputs)
            if settings.uses_gram(inputs)
            else WeightsFirstLayer(modules, inputs, settings.batch_size)
        )
        self._first_bias = BiasStack(modules)
        self._free = [ModuleStack(layer.path_modules) for layer in layers[1:]]
        self._frozen = [FrozenModules(layer.path_modules) for layer in layers]
        self._frozen_at_start = self._frozen_modules()
        self._frozen_sum = self._sum_of_frozen(inputs)
        self._labels = tf.constant(labels, tf.int32)
        self._is_settled = False
        self.num_segments = len(labels)
        self._trained = [
            self._first_bias.bias,
            *(variable for stack in self._free for variable in stack.variables),
            self._head.kernel.value,
            self._head.bias.value,
        ]
        candidate = _Candidate(
            [tf.TensorSpec([None], tf.int32)] * len(layers),
            tf.TensorSpec([len(layers)], tf.float32),
        )
        orders = tf.TensorSpec([settings.passes_per_evaluation, None], tf.int32)
        # Traced per trainer: a graph holds the training set it was traced with.
        # Nothing here needs AutoGraph, whose conversion takes longer than the trace.
        self._evaluate = tf.function(
            self._passes, input_signature=[candidate, orders], autograph=False
        )
        self._score = tf.function(
            self._logits,
            autograph=False,
            input_signature=[
                candidate,
                tf.TensorSpec([None, None], tf.float32),
                tf.TensorSpec([None, self._units], tf.float32),
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
        candidate = self._candidate(genotype)
        orders = [
            rng.permutation(self.num_segments)
            for _ in range(self._settings.passes_per_evaluation)
        ]
        num_correct, is_finite = self._evaluate(candidate, np.array(orders, np.int32))
        if not is_finite:
            raise UsageError(
                "Training diverged, weights are no longer finite; lower the learning "
                f"rate. Received: learning_rate={self._settings.learning_rate:g}"
            )
        self._first.scatter()
        return int(num_correct) / (self.num_segments * len(orders))

    def settle(self) -> None:
        """Gives the network the weights that were learned, and ends the training."""
        self._first.settle()
        self._first_bias.settle()
        for stack in self._free:
            stack.settle()
        self._is_settled = True

    def accuracy(self, genotype: np.ndarray) -> float:
        """Scores a candidate on the training set without training it."""
        candidate = self._candidate(genotype)
        logits = self._score(candidate, self._first.train_sums(), self._frozen_sum)
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
        candidate = self._candidate(genotype)
        logits = self._score(candidate, inputs.first.sums(), inputs.frozen_sum)
        return tf.nn.log_softmax(logits).numpy()

    def num_traces(self) -> int:
        """How often the evaluation was traced; 1 once a candidate was trained."""
        return self._evaluate.experimental_get_tracing_count()

    def _candidate(self, genotype: np.ndarray) -> "_Candidate":
        """Makes the candidate's first layer the current one; describes the rest."""
        if self._is_settled:
            raise RuntimeError("The training was ended by settle(); make a new trainer")
        if self._frozen_modules() != self._frozen_at_start:
            raise RuntimeError(
                "Modules were frozen or thawed after this trainer was made, which it "
                "would not see; make a new one"
            )
        free, divisors = [], []
        for layer, genes in zip(self._layers, genotype, strict=True):
            frozen = {
                m for m, module in enumerate(layer.path_modules) if not module.trainable
            }
            active = frozen | set(genes.tolist())
            free.append(np.array(sorted(active - frozen), np.int32))
            divisors.append(layer.divisor(float(len(active))))
        self._first.gather(free[0].tolist())
        return _Candidate(free, np.array(divisors, np.float32))

    def _frozen_modules(self) -> list[tuple[int, int]]:
        return [
            (index, m)
            for index, layer in enumerate(self._layers)
            for m, module in enumerate(layer.path_modules)
            if not module.trainable
        ]

    def _sum_of_frozen(self, inputs: SegmentInputs) -> tf.Tensor:
        frozen = self._frozen[0]
        summation = summation_matrix(frozen.number, self._units, 1.0)
        parts = [
            frozen(inputs.block(start, start + SCORING_BATCH), summation)
            for start in range(0, len(inputs), SCORING_BATCH)
        ]
        return tf.concat(parts, axis=0)

    def _passes(
        self, candidate: "_Candidate", orders: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Trains: how many segments were classified correctly, and if all is finite."""
        summations = self._gather(candidate)
        num_correct = tf.constant(0)
        for order in tf.unstack(orders):
            num_correct += self._pass(order, summations)
        for stack, places in self._stacks(candidate):
            stack.scatter(places)
        is_finite = tf.reduce_all(tf.math.is_finite(self._head.kernel.value))
        return num_correct, is_finite

    def _pass(self, order: tf.Tensor, summations: list["_Summation"]) -> tf.Tensor:
        """One pass of SGD over the segments in `order`; counts correct ones."""
        read = self._first.open_pass(order)

        def step(start: tf.Tensor, num_correct: tf.Tensor) -> tuple[tf.Tensor, ...]:
            places = order[start : start + self._settings.batch_size]
            num_correct += self._step(places, read(places), summations)
            return start + self._settings.batch_size, num_correct

        _, num_correct = tf.while_loop(
            lambda start, _: start < self.num_segments, step, [0, 0]
        )
        return num_correct

    def _step(
        self, places: tf.Tensor, batch: Batch, summations: list["_Summation"]
    ) -> tf.Tensor:
        """One step of SGD on the mini-batch at `places`; counts correct ones."""
        size, rate = self._settings.batch_size, self._settings.learning_rate
        labels = tf.gather(self._labels, places)
        sums = batch.sums()
        frozen_sum = tf.gather(self._frozen_sum, places)
        with tf.GradientTape() as tape:
            tape.watch(sums)
            logits = self._forward(sums, frozen_sum, summations)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_sum(losses) / size
        of_sums, *gradients = tape.gradient(loss, [sums, *self._trained])
        batch.descend(of_sums, rate)
        for variable, gradient in zip(self._trained, gradients, strict=True):
            descend(variable, gradient, rate)
        predicted = tf.argmax(logits, axis=1, output_type=tf.int32)
        return tf.reduce_sum(tf.cast(predicted == labels, tf.int32))

    def _logits(
        self, candidate: "_Candidate", sums: tf.Tensor, frozen_sum: tf.Tensor
    ) -> tf.Tensor:
        return self._forward(sums, frozen_sum, self._gather(candidate))

    def _gather(self, candidate: "_Candidate") -> list["_Summation"]:
        """Makes the candidate's modules the current ones; how each layer sums them."""
        for stack, places in self._stacks(candidate):
            stack.gather(places)
        return [
            _Summation(
                summation_matrix(tf.size(places), self._units, divisor),
                summation_matrix(frozen.number, self._units, divisor),
                divisor,
            )
            for places, frozen, divisor in zip(
                candidate.free,
                self._frozen,
                tf.unstack(candidate.divisors),
                strict=True,
            )
        ]

    def _stacks(
        self, candidate: "_Candidate"
    ) -> list[tuple[BiasStack | ModuleStack, tf.Tensor]]:
        stacks: list[BiasStack | ModuleStack] = [self._first_bias, *self._free]
        return list(zip(stacks, candidate.free, strict=True))

    def _forward(
        self, sums: tf.Tensor, frozen_sum: tf.Tensor, summations: list["_Summation"]
    ) -> tf.Tensor:
        """Logits of segments, given the first layer's x K."""
        first, *later = summations
        hidden = self._first_bias(sums, first.free) + frozen_sum / first.divisor
        for free, frozen, summation in zip(
            self._free, self._frozen[1:], later, strict=True
        ):
            hidden = free(hidden, summation.free) + frozen(hidden, summation.frozen)
        return hidden @ self._head.kernel.value + self._head.bias.value


class _Candidate(NamedTuple):
    """A candidate as the graph takes it.

    Attributes:
      free: int32 `[num_free_and_active]` for each layer, places of modules.
      divisors: float32 `[num_layers]`, what divides a layer's sum of outputs.
    """

    free: list[Any]
    divisors: Any


class _Summation(NamedTuple):
    """How a layer sums its modules: S of the free and the frozen ones, and d."""

    free: tf.Tensor
    frozen: tf.Tensor
    divisor: tf.Tensor
