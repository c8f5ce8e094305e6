"""Trains candidates of any kind of modules end to end, with every switch of training.

A sample is a segment, or a clip, of which some segments are drawn each time that it is
presented. `dense_sgd_trainer` does the same faster, for plain SGD on dense modules.
"""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.network.layer_shapes import scoring_batch
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.training.candidate import Candidate
from pathnet_tf.training.loss import TrainingLoss
from pathnet_tf.training.optimizers import OPTIMIZERS, learning_rates
from pathnet_tf.training.samples import Presentation, Samples, in_passes
from pathnet_tf.training.settings import TrainingSettings
from pathnet_tf.training.stacked_network import StackedNetwork, Weights


class Trainer:
    """Trains candidates of one network on one task.

    The network must be ready for the task: earlier pathways frozen, the rest drawn
    anew. Its weights are those that were learned whenever `settle` was called.

    Attributes:
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
        num_own: int | None = None,
    ) -> None:
        """Holds the training set.

        Args:
          model: The network, whose weights training changes.
          task: The task, whose head is trained.
          inputs: The training set.
          labels: int32 `[num_segments]`, class indices of the task.
          settings: How to train.
          allowed: See `LabelledSegments`.
          num_own: See `LabelledSegments`; all others are of other clips.
        """
        self._settings = settings
        self._model, self._task = model, task
        self._network = StackedNetwork(model, task)
        self._samples = samples = Samples(inputs, settings.classify)
        num_own = len(inputs) if num_own is None else num_own
        self._own = Samples(inputs.select(np.arange(num_own)), settings.classify)
        if allowed is None:
            allowed = np.ones((len(labels), len(model.tasks[task])), bool)
        self._loss = TrainingLoss(
            self._network,
            samples.first_of(labels),
            samples.first_of(allowed),
            inputs.segment_shape,
            settings,
            num_own=len(self._own),
        )
        self._trained: list[set[int]] = [set() for _ in model.pathnet_layers]
        self.num_presentations = 0
        candidate = self._network.candidates.spec
        presentation = Presentation(
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([None, self._loss.num_drawn], tf.int32),
            tf.TensorSpec([None], tf.float32),
            tf.TensorSpec([2], tf.int32),
        )
        # Traced per trainer: a graph holds the training set it was traced with.
        self._evaluate = tf.function(
            self._present, input_signature=[candidate, presentation], autograph=False
        )
        self._features = tf.function(
            self._segment_features,
            input_signature=[candidate, tf.TensorSpec([None, None], tf.float32)],
            autograph=False,
        )

    def prepare(self, inputs: SegmentInputs) -> Samples:
        """Finds the samples among segments that are to be scored."""
        return Samples(inputs, self._settings.classify)

    def train(self, genotype: np.ndarray, rng: np.random.Generator) -> float:
        """Trains a candidate for `passes_per_evaluation` passes.

        A pass presents every sample once, in an order drawn from `rng`. Mini-batches
        go on from one pass into the next, and the last one moves the weights by its
        mean even if it is not full: `DenseSgdTrainer` ends each pass with one that
        moves them in proportion to its size, and that difference is all there is.

        Args:
          genotype: int32 `[num_layers, num_active]`.
          rng: Source of every random choice.

        Returns:
          Share of the presented samples that were classified correctly, each at the
          moment when it was presented, as it was changed by then.

        Raises:
          UsageError: Training diverged.
        """
        passes = self._settings.passes_per_evaluation
        return self._train(genotype, passes * len(self._own), "constant", rng)

    def finish(self, genotype: np.ndarray, rng: np.random.Generator) -> None:
        """Trains a pathway on, as the settings ask for after a search.

        Args:
          genotype: int32 `[num_layers, num_active]`.
          rng: Source of every random choice.

        Raises:
          UsageError: Training diverged.
        """
        settings = self._settings
        number = max(
            settings.final_passes * len(self._own),
            settings.final_steps * settings.batch_size,
        )
        if number:
            self._train(genotype, number, settings.schedule, rng)

    def accuracy(self, genotype: np.ndarray) -> float:
        """Scores a candidate on the training set without training it."""
        return self._loss.accuracy(self._logits(genotype, self._own))

    def log_probabilities(self, genotype: np.ndarray, inputs: Samples) -> np.ndarray:
        """Classifies samples along a candidate's pathway.

        Args:
          genotype: int32 `[num_layers, num_active]`.
          inputs: From `prepare`.

        Returns:
          float32 `[num_segments, num_classes]`; all segments of a clip have its own.
        """
        scores = tf.nn.log_softmax(self._logits(genotype, inputs)).numpy()
        return scores[inputs.of_segment]

    def state(self) -> dict[str, np.ndarray]:
        """Everything that training has changed, by name, for `restore`."""
        state = {f"network/{k}": v for k, v in self._network.state().items()}
        for layer, modules in enumerate(self._trained):
            state[f"trained/{layer}"] = np.array(sorted(modules), int)
        state["num_presentations"] = np.array(self.num_presentations)
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Goes back to where `state` was called."""
        network = "network/"
        self._network.restore(
            {
                k.removeprefix(network): v
                for k, v in state.items()
                if k.startswith(network)
            }
        )
        for layer, modules in enumerate(self._trained):
            modules.update(state[f"trained/{layer}"].tolist())
        self.num_presentations = int(state["num_presentations"])

    def num_trained_parameters(self) -> int:
        """Counts the weights that training has moved, those of the readout too."""
        return self._model.parameters_of(self._task, self._trained)

    def settle(self) -> None:
        """Gives the network the weights that were learned."""
        self._network.settle()

    def num_traces(self) -> int:
        """How often the evaluation was traced; 1 once a candidate was trained."""
        return self._evaluate.experimental_get_tracing_count()

    def _train(
        self,
        genotype: np.ndarray,
        number: int,
        schedule: str,
        rng: np.random.Generator,
    ) -> float:
        """Presents so many samples; the share that was classified correctly."""
        settings = self._settings
        candidate = self._network.candidates.of(genotype)
        num_others = len(self._samples) - len(self._own)
        replay = settings.replay if num_others else 0.0
        samples = in_passes(number, len(self._own), num_others, replay, rng)
        num_steps = -(-len(samples) // settings.batch_size)
        presentation = Presentation(
            samples.astype(np.int32),
            self._samples.draw(samples, self._loss.num_drawn, rng),
            learning_rates(schedule, settings.learning_rate, num_steps),
            rng.integers(2**31, size=2).astype(np.int32),
        )
        num_correct, is_finite = self._evaluate(candidate, presentation)
        if not is_finite:
            raise UsageError(
                "Training diverged, weights are no longer finite; lower the learning "
                f"rate. Received: learning_rate={settings.learning_rate:g}"
            )
        self.num_presentations += len(samples) * self._loss.num_drawn
        for trained, free in zip(self._trained, candidate.free, strict=True):
            trained.update(free.tolist())
        return int(num_correct) / number

    def _present(
        self, candidate: Candidate, presentation: Presentation
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Trains: how many samples were classified correctly, and if all is finite."""
        optimizer = OPTIMIZERS[self._settings.optimizer]
        size = self._settings.batch_size
        samples, segments = presentation.samples, presentation.segments
        in_order = tf.reshape(segments, [-1])
        read = self._samples.inputs.batches(in_order, size * self._loss.num_drawn)
        weights = self._network.gather(candidate)
        slots = [tf.zeros_like(one) for one in weights * optimizer.num_slots]

        def step(
            number: tf.Tensor, num_correct: tf.Tensor, weights: Weights, slots: Weights
        ) -> tuple[tf.Tensor, tf.Tensor, Weights, Weights]:
            places = samples[number * size : (number + 1) * size]
            drawn = segments[number * size : (number + 1) * size]
            values = read(tf.reshape(drawn, [-1]))
            seed = tf.random.experimental.stateless_fold_in(presentation.seed, number)
            gradients, correct = self._loss.gradients(
                values, places, weights, candidate.divisors, seed
            )
            rate = presentation.rates[number]
            weights, slots = optimizer.step(
                self._decayed(weights, rate), slots, gradients, number + 1, rate
            )
            return number + 1, num_correct + correct, weights, slots

        shapes = self._network.weights_spec()
        _, num_correct, weights, _ = tf.while_loop(
            lambda number, *_: number < tf.size(presentation.rates),
            step,
            [tf.constant(0), tf.constant(0), weights, slots],
            shape_invariants=[
                tf.TensorShape([]),
                tf.TensorShape([]),
                shapes,
                shapes * optimizer.num_slots,
            ],
            # A step begins with the weights that the one before has left.
            parallel_iterations=1,
        )
        self._network.scatter(candidate, weights)
        return num_correct, self._network.is_finite()

    def _decayed(self, weights: Weights, rate: tf.Tensor) -> Weights:
        if not self._settings.weight_decay:
            return weights
        keeps = 1 - rate * self._settings.weight_decay
        are_kernels = self._network.kernels_of(weights)
        return [
            keeps * one if is_kernel else one
            for one, is_kernel in zip(weights, are_kernels, strict=True)
        ]

    def _segment_features(self, candidate: Candidate, values: tf.Tensor) -> tf.Tensor:
        weights = self._network.gather(candidate)
        return self._network.features(values, weights, candidate.divisors)

    def _logits(self, genotype: np.ndarray, samples: Samples) -> np.ndarray:
        """float32 `[num_samples, num_classes]`."""
        candidate = self._network.candidates.of(genotype)
        inputs = samples.inputs
        size = scoring_batch(
            self._model.settings.layer_plans(), self._model.settings.num_active
        )
        parts = [
            self._features(candidate, inputs.block(start, start + size))
            for start in range(0, len(inputs), size)
        ]
        features = tf.gather(tf.concat(parts, axis=0), samples.order)
        weights = self._network.gather(candidate)
        of_segment = samples.of_segment[samples.order]
        pooled = self._network.pooled(features, tf.constant(of_segment), weights)
        return self._network.logits(pooled, weights).numpy()
