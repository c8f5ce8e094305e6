"""Trains and scores one candidate pathway on one task's training set.

A candidate's free modules are gathered side by side, trained in place by plain SGD
for one pass, and scattered back, all in one graph: the same updates as training the
layers themselves, to rounding. The frozen modules of the first layer see the same
inputs with the same weights in every pass, so their sum is computed once a task.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.training.candidate import Candidate
from pathnet_tf.training.dense_sgd_first_layer import (
    Batch,
    FirstLayer,
    Prepared,
    WeightsFirstLayer,
    descend,
)
from pathnet_tf.training.dense_sgd_network import CandidateNetwork, Summation
from pathnet_tf.training.gram_first_layer import GramFirstLayer
from pathnet_tf.training.settings import TrainingSettings

# Far below any logit, and far from the least float.
LEAST_LOGIT = -1e9


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


class DenseSgdTrainer:
    """Trains candidates of one network on one task.

    The network must be ready for the task: earlier pathways frozen, the rest drawn
    anew. Freezing more of it afterwards makes this object refuse to go on. The
    network's weights are those that were learned once `settle` was called.

    Attributes:
      num_segments: Size of the training set.
      num_presentations: How often a segment has been presented so far.
    """

    def __init__(
        self,
        model: PathNet,
        task: str,
        inputs: SegmentInputs,
        labels: np.ndarray,
        settings: TrainingSettings,
        *,
        allowed: np.ndarray | None = None,
    ) -> None:
        """Holds the training set.

        Args:
          model: The network, whose weights training changes.
          task: The task, whose head is trained.
          inputs: The training set.
          labels: int32 `[num_segments]`, class indices of the task.
          settings: How to train.
          allowed: See `LabelledSegments`.
        """
        self._settings = settings
        modules = model.pathnet_layers[0].path_modules
        self._first: FirstLayer = (
            GramFirstLayer(modules, inputs)
            if settings.uses_gram(inputs)
            else WeightsFirstLayer(modules, inputs, settings.batch_size)
        )
        self._network = CandidateNetwork(model, task)
        self._frozen_sum = self._network.frozen_sums(inputs)
        self._labels = tf.constant(labels, tf.int32)
        # Added to logits; nothing where every segment may be of every class.
        self._ban = None
        if allowed is not None:
            self._ban = tf.constant(np.where(allowed, 0, LEAST_LOGIT), tf.float32)
        self._is_settled = False
        self.num_segments = len(labels)
        self.num_presentations = 0
        self._trained: list[set[int]] = [set() for _ in model.pathnet_layers]
        self._model, self._task = model, task
        candidate = self._network.candidate_spec
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
                tf.TensorSpec([None, model.settings.layer_units[0]], tf.float32),
            ],
        )

    def prepare(self, inputs: SegmentInputs) -> PreparedInputs:
        """Computes what is fixed about segments that are to be scored.

        Args:
          inputs: The segments.

        Returns:
          The prepared inputs, for this trainer alone.
        """
        frozen_sum = self._network.frozen_sums(inputs)
        return PreparedInputs(self._first.prepare(inputs), frozen_sum)

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
        self.num_presentations += self.num_segments * len(orders)
        for trained, free in zip(self._trained, candidate.free, strict=True):
            trained.update(free.tolist())
        return int(num_correct) / (self.num_segments * len(orders))

    def state(self) -> dict[str, np.ndarray]:
        """Everything that training has changed, by name, for `restore`."""
        state = {f"first/{k}": v for k, v in self._first.state().items()}
        state |= {f"network/{k}": v for k, v in self._network.state().items()}
        for layer, modules in enumerate(self._trained):
            state[f"trained/{layer}"] = np.array(sorted(modules), int)
        state["num_presentations"] = np.array(self.num_presentations)
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Goes back to where `state` was called.

        Args:
          state: Of a trainer that was made, and had segments prepared, as this one.
        """
        self._first.restore(_below("first/", state))
        self._network.restore(_below("network/", state))
        for layer, modules in enumerate(self._trained):
            modules.update(state[f"trained/{layer}"].tolist())
        self.num_presentations = int(state["num_presentations"])

    def num_trained_parameters(self) -> int:
        """Counts the weights that training has moved: of modules, and of the head."""
        return self._model.parameters_of(self._task, self._trained)

    def settle(self) -> None:
        """Gives the network the weights that were learned, and ends the training."""
        self._first.settle()
        self._network.settle()
        self._is_settled = True

    def accuracy(self, genotype: np.ndarray) -> float:
        """Scores a candidate on the training set without training it."""
        candidate = self._candidate(genotype)
        logits = self._score(candidate, self._first.train_sums(), self._frozen_sum)
        if self._ban is not None:
            logits += self._ban
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

    def _candidate(self, genotype: np.ndarray) -> Candidate:
        """Makes the candidate's first layer the current one; describes the rest."""
        if self._is_settled:
            raise RuntimeError("The training was ended by settle(); make a new trainer")
        candidate = self._network.candidate(genotype)
        self._first.gather(candidate.free[0].tolist())
        return candidate

    def _passes(
        self, candidate: Candidate, orders: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Trains: how many segments were classified correctly, and if all is finite."""
        summations = self._network.gather(candidate)
        num_correct = tf.constant(0)
        for order in tf.unstack(orders):
            num_correct += self._pass(order, summations)
        self._network.scatter(candidate)
        return num_correct, self._network.is_finite()

    def _pass(self, order: tf.Tensor, summations: list[Summation]) -> tf.Tensor:
        """One pass of SGD over the segments in `order`; counts correct ones."""
        read = self._first.open_pass(order)

        def step(start: tf.Tensor, num_correct: tf.Tensor) -> tuple[tf.Tensor, ...]:
            places = order[start : start + self._settings.batch_size]
            num_correct += self._step(places, read(places), summations)
            return start + self._settings.batch_size, num_correct

        _, num_correct = tf.while_loop(
            lambda start, _: start < self.num_segments,
            step,
            [0, 0],
            # A step begins with the weights that the one before has left.
            parallel_iterations=1,
        )
        return num_correct

    def _step(
        self, places: tf.Tensor, batch: Batch, summations: list[Summation]
    ) -> tf.Tensor:
        """One step of SGD on the mini-batch at `places`; counts correct ones."""
        size, rate = self._settings.batch_size, self._settings.learning_rate
        variables = self._network.variables
        labels = tf.gather(self._labels, places)
        sums = batch.sums()
        frozen_sum = tf.gather(self._frozen_sum, places)
        with tf.GradientTape() as tape:
            tape.watch(sums)
            logits = self._network.logits(sums, frozen_sum, summations)
            if self._ban is not None:
                logits += tf.gather(self._ban, places)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_sum(losses) / size
        of_sums, *gradients = tape.gradient(loss, [sums, *variables])
        batch.descend(of_sums, rate)
        for variable, gradient in zip(variables, gradients, strict=True):
            descend(variable, gradient, rate)
        predicted = tf.argmax(logits, axis=1, output_type=tf.int32)
        return tf.reduce_sum(tf.cast(predicted == labels, tf.int32))

    def _logits(
        self, candidate: Candidate, sums: tf.Tensor, frozen_sum: tf.Tensor
    ) -> tf.Tensor:
        return self._network.logits(sums, frozen_sum, self._network.gather(candidate))


def _below(prefix: str, state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
