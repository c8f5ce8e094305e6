"""The loop of mini-batches in which pathways and progressive columns are trained.

A step presents a mini-batch, differentiates its loss, takes the decay off the kernels,
and moves the weights. The loop runs inside one graph and changes weights in place.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import tensorflow as tf

from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.training.gram_kernels import GramKernels
from pathnet_tf.training.loss import Batch, TrainingLoss
from pathnet_tf.training.optimizers import Optimizer, learning_rates
from pathnet_tf.training.samples import Presentation, Samples, in_passes
from pathnet_tf.training.settings import TrainingSettings


class TrainedNetwork(Protocol):
    """What the loop trains.

    Attributes:
      moved: Variables that training moves.
      are_kernels: Which of them are kernels, from which the decay takes a share.
    """

    moved: list[tf.Variable]
    are_kernels: list[bool]

    def features_of(
        self,
        values: tf.Tensor | None,
        known: tf.Tensor | None = None,
        products: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Runs segments through the layers: float32 `[num_segments, frames, width]`."""

    def pooled(self, features: tf.Tensor, sample: tf.Tensor | None) -> tf.Tensor:
        """Brings the frames of samples together: float32 `[num_samples, width]`."""

    def logits(self, pooled: tf.Tensor) -> tf.Tensor:
        """Classifies samples: float32 `[num_samples, num_classes]`."""

    def is_finite(self) -> tf.Tensor:
        """Whether training has not diverged: bool, a scalar."""


class TrainingLoop:
    """Trains a network on a training set.

    Attributes:
      num_presentations: How often a segment has been presented so far.
    """

    def __init__(
        self,
        network: TrainedNetwork,
        samples: Samples,
        loss: TrainingLoss,
        settings: TrainingSettings,
        *,
        known: tf.Tensor | None = None,
        gram: GramKernels | None = None,
    ) -> None:
        """Holds the training set.

        Args:
          network: What is trained.
          samples: The training set.
          loss: What its samples are trained towards.
          settings: How to train.
          known: float32 `[num_segments, width]`, what is known of segments beforehand,
            for the network's `features_of`.
          gram: Trains the first of the network's weights in its place.
        """
        self._network, self._settings = network, settings
        self._samples, self._loss = samples, loss
        self._known, self._gram = known, gram
        self.num_presentations = 0
        self._trace()

    def train(self, number: int, schedule: str, rng: np.random.Generator) -> float:
        """Presents samples, pass after pass.

        Args:
          number: Own samples to present; each is in a pass once, in an order drawn from
            `rng`. Mini-batches go on from one pass into the next. The gradient of the
            last one, if it is not full, counts in proportion to its size.
          schedule: One of `optimizers.SCHEDULES`.
          rng: Source of every random choice.

        Returns:
          Share of the presented samples that were classified correctly, each at the
          moment when it was presented, as it was changed by then.

        Raises:
          UsageError: Training diverged.
        """
        settings, num_own = self._settings, self._loss.num_own
        num_others = len(self._samples) - num_own
        replay = settings.replay if num_others else 0.0
        samples = in_passes(number, num_own, num_others, replay, rng)
        num_steps = -(-len(samples) // settings.batch_size)
        # Plain training draws nothing but the order.
        segments, seed = samples[:, np.newaxis], np.zeros(2, np.int64)
        if not settings.is_plain:
            segments = self._samples.draw(samples, self._loss.num_drawn, rng)
            seed = rng.integers(2**31, size=2)
        presentation = Presentation(
            samples.astype(np.int32),
            segments.astype(np.int32),
            learning_rates(schedule, settings.learning_rate, num_steps),
            seed.astype(np.int32),
        )
        num_correct, is_finite = self._present(presentation)
        if not is_finite:
            raise UsageError(
                "Training diverged, weights are no longer finite; lower the learning "
                f"rate. Received: learning_rate={settings.learning_rate:g}"
            )
        self.num_presentations += len(samples) * self._loss.num_drawn
        return int(num_correct) / number

    def train_by_weights(self) -> None:
        """Does without the Gram engine from now on."""
        self._gram = None
        self._trace()

    def num_traces(self) -> int:
        """How often the graph was traced; 1 once something was trained."""
        return self._present.experimental_get_tracing_count()

    def _trace(self) -> None:
        """Makes the graphs, which hold the training set that they are traced with."""
        presentation = Presentation(
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([None, self._loss.num_drawn], tf.int32),
            tf.TensorSpec([None], tf.float32),
            tf.TensorSpec([2], tf.int32),
        )
        # Nothing here needs AutoGraph, whose conversion takes longer than the trace.
        self._present = tf.function(
            self._presented, input_signature=[presentation], autograph=False
        )
        moved = self._network.moved
        self._optimizer = Optimizer(
            self._settings.optimizer, moved[1:] if self._gram else moved
        )

    def _presented(self, presentation: Presentation) -> tuple[tf.Tensor, tf.Tensor]:
        """Trains on a presentation, inside a graph.

        Args:
          presentation: What is presented, and how.

        Returns:
          How many samples were classified correctly, int32, and whether all weights are
          finite, bool; both scalars.
        """
        size = self._settings.batch_size
        read = self._reader(presentation)
        self._optimizer.forget()

        def step(number: tf.Tensor, num_correct: tf.Tensor) -> tuple[tf.Tensor, ...]:
            seed = presentation.seed
            if not self._settings.is_plain:
                seed = tf.random.experimental.stateless_fold_in(seed, number)
            rate = presentation.rates[number]
            batch = read(number * size)
            gradients, correct = self._loss.gradients(batch, self._network, seed)
            if self._gram:
                self._gram.descend(batch.samples, gradients.pop(), rate)
            if self._settings.weight_decay:
                self._decay(rate)
            self._optimizer.step(gradients, number + 1, rate)
            return number + 1, num_correct + correct

        _, num_correct = tf.while_loop(
            lambda number, _: number < tf.size(presentation.rates),
            step,
            [tf.constant(0), tf.constant(0)],
            # A step begins with the weights that the one before has left.
            parallel_iterations=1,
        )
        return num_correct, self._network.is_finite()

    def _reader(self, presentation: Presentation) -> Callable[[tf.Tensor], Batch]:
        """Gives the mini-batch that starts at a place of the order, inside a graph.

        Args:
          presentation: What is presented.

        Returns:
          A function from the place, int32, a scalar, to the `Batch` `[batch_size]`.
        """
        size, num_drawn = self._settings.batch_size, self._loss.num_drawn
        in_order = tf.reshape(presentation.segments, [-1])
        gram = self._gram
        read = (
            None if gram else self._samples.inputs.batches(in_order, size * num_drawn)
        )

        def batch(start: tf.Tensor) -> Batch:
            segments = in_order[start * num_drawn : (start + size) * num_drawn]
            return Batch(
                samples=presentation.samples[start : start + size],
                values=read(segments) if read else None,
                known=(
                    None if self._known is None else tf.gather(self._known, segments)
                ),
                products=gram.products(segments) if gram else None,
            )

        return batch

    def _decay(self, rate: tf.Tensor) -> None:
        """Takes a share off every kernel `[..., units]`; `rate` is a scalar."""
        keeps = 1 - rate * self._settings.weight_decay
        for variable, is_kernel in zip(
            self._network.moved, self._network.are_kernels, strict=True
        ):
            if is_kernel:
                variable.assign(keeps * variable)
