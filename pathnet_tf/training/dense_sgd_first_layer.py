"""The free modules of the first layer while candidates train: by their weights.

The first layer does nearly all of the work: its kernel has a row for each of a
segment's values, the later ones' a few. So it alone is trained in one of two ways,
this one and the one of `gram_first_layer`, which give the same updates.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.network.modules import DenseModule

SCORING_BATCH = 512


class Prepared(Protocol):
    """Segments other than the training set, ready to be scored again and again."""

    def sums(self) -> tf.Tensor:
        """Sums x K of the gathered modules: float32 `[num_segments, width]`."""


class FirstLayer(Protocol):
    """What trains the free modules of the first layer.

    `width` below is `num_gathered * units`. Biases are left to the caller.
    """

    def gather(self, modules: Sequence[int]) -> None:
        """Makes the modules, by their places, the current ones."""

    def scatter(self) -> None:
        """Keeps what the current modules have learned."""

    def settle(self) -> None:
        """Writes what was learned to the kernels of the modules themselves."""

    def state(self) -> dict[str, np.ndarray]:
        """What the modules have learned, by name, for `restore`."""

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Takes what they had learned when `state` was called.

        The same segments must have been prepared in the same order as then.
        """

    def open_pass(self, order: tf.Tensor) -> Callable[[tf.Tensor], "Batch"]:
        """Opens a pass, inside a graph; what it gives takes `order` bit by bit."""

    def prepare(self, inputs: SegmentInputs) -> Prepared:
        """Makes other segments ready to be scored."""

    def train_sums(self) -> tf.Tensor:
        """Sums x K of the training set: float32 `[num_segments, width]`."""


class Batch(Protocol):
    """A mini-batch, inside a graph."""

    def sums(self) -> tf.Tensor:
        """Sums x K: float32 `[batch, width]`."""

    def descend(self, gradient: tf.Tensor, rate: float) -> None:
        """One step of SGD, given the loss's gradient by `sums`."""


def descend(variable: tf.Variable, gradient: tf.Tensor, rate: float) -> None:
    """One step of SGD, in place and in one sweep over the variable.

    `assign_sub(rate * gradient)` would write the product to memory first.
    """
    tf.raw_ops.ResourceApplyGradientDescent(
        var=variable.handle, alpha=rate, delta=gradient
    )


def apart(columns: tf.Tensor, num_modules: int) -> list[tf.Tensor]:
    """Parts what modules side by side have, column by column."""
    return tf.split(columns, num_modules, axis=1) if num_modules else []


def project(inputs: SegmentInputs, kernel: tf.Tensor) -> tf.Tensor:
    """Multiplies segments by a kernel, a part of them at a time.

    Args:
      inputs: The segments.
      kernel: float32 `[num_inputs, width]`.

    Returns:
      float32 `[num_segments, width]`.
    """
    parts = [
        inputs.block(start, start + SCORING_BATCH) @ kernel
        for start in range(0, len(inputs), SCORING_BATCH)
    ]
    return tf.concat(parts, axis=0) if parts else tf.zeros([0, kernel.shape[1]])


class WeightsFirstLayer:
    """Trains the kernels, gathered into one: K -= rate x' g."""

    def __init__(
        self, modules: Sequence[DenseModule], inputs: SegmentInputs, batch_size: int
    ) -> None:
        self._modules = modules
        self._inputs = inputs
        self._batch_size = batch_size
        self._nothing = tf.zeros([inputs.num_inputs, 0])
        self._kernel = tf.Variable(
            self._nothing, shape=(inputs.num_inputs, None), trainable=False
        )
        self._gathered: list[DenseModule] = []
        self._moved: set[int] = set()

    def gather(self, modules: Sequence[int]) -> None:
        """Copies the modules' kernels into one."""
        self._gathered = [self._modules[m] for m in modules]
        self._moved.update(modules)
        kernels = [module.kernel.value for module in self._gathered]
        self._kernel.assign(tf.concat([self._nothing, *kernels], axis=1))

    def scatter(self) -> None:
        """Copies the kernel back into the modules."""
        for module, kernel in zip(
            self._gathered, apart(self._kernel, len(self._gathered)), strict=True
        ):
            module.kernel.assign(kernel)

    def settle(self) -> None:
        """Does nothing: the modules hold what was learned."""

    def state(self) -> dict[str, np.ndarray]:
        """The kernels of every module that was gathered."""
        return {str(m): self._modules[m].kernel.numpy() for m in sorted(self._moved)}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Takes the kernels."""
        for name, kernel in state.items():
            self._modules[int(name)].kernel.assign(kernel)
            self._moved.add(int(name))

    def open_pass(self, order: tf.Tensor) -> Callable[[tf.Tensor], "_WeightsBatch"]:
        """Opens a pass over the training set."""
        read = self._inputs.batches(order, self._batch_size)
        return lambda batch: _WeightsBatch(self._kernel, read(batch))

    def prepare(self, inputs: SegmentInputs) -> "_WeightsPrepared":
        """Remembers the segments; the kernels change under them."""
        return _WeightsPrepared(self._kernel, inputs)

    def train_sums(self) -> tf.Tensor:
        """Multiplies the training set by the kernel."""
        return project(self._inputs, self._kernel)


class _WeightsBatch:
    def __init__(self, kernel: tf.Variable, inputs: tf.Tensor) -> None:
        self._kernel = kernel
        self._inputs = inputs

    def sums(self) -> tf.Tensor:
        return self._inputs @ self._kernel

    def descend(self, gradient: tf.Tensor, rate: float) -> None:
        product = tf.matmul(self._inputs, gradient, transpose_a=True)
        descend(self._kernel, product, rate)


class _WeightsPrepared:
    def __init__(self, kernel: tf.Variable, inputs: SegmentInputs) -> None:
        self._kernel = kernel
        self._inputs = inputs

    def sums(self) -> tf.Tensor:
        return project(self._inputs, self._kernel)
