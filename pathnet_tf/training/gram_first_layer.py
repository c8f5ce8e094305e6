"""The free modules of the first layer while candidates train: by the Gram matrix.

Plain SGD moves a kernel along the inputs it has seen, so that it always is

    K = K_0 + X' A,    X K = X K_0 + G A,    G = X X'

with a row of A for each segment. A step on the mini-batch b with the gradient g of its
sums x K adds -rate g to the rows b of A, and so -rate G[:, b] g to X K. Inputs and
kernels are needed no more: what is kept is X K and A of each module, and one kernel
for the inputs of a whole task, G. A step costs n instead of 2 D multiplications a
segment and unit, for n segments of D values, hence less below 2 D segments.

The updates are those of the kernels themselves, to rounding.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs, shared_tensor
from pathnet_tf.data.stored_values import aligned_empty
from pathnet_tf.network.modules import DenseModule
from pathnet_tf.training.dense_sgd_first_layer import (
    SCORING_BATCH,
    apart,
    descend,
    project,
)


class GramFirstLayer:
    """Trains sums and coefficients in the place of kernels."""

    def __init__(self, modules: Sequence[DenseModule], inputs: SegmentInputs) -> None:
        """Multiplies the training set by itself.

        Args:
          modules: All modules of the layer, whose kernels change in `settle` alone.
          inputs: The training set.
        """
        self._modules = modules
        self._units = modules[0].units
        self._inputs = inputs
        self._gram = gram_matrix(inputs)
        self._of_module = _KernelSums(modules, inputs)
        self._every_sums = [self._of_module]
        self._coefficients: dict[int, tf.Tensor] = {}
        self._gathered: list[int] = []
        shape = (len(inputs), None)
        self._untrained = tf.zeros([len(inputs), self._units])
        nothing = tf.zeros([len(inputs), 0])
        self._sums = tf.Variable(nothing, shape=shape, trainable=False)
        self._steps = tf.Variable(nothing, shape=shape, trainable=False)

    def gather(self, modules: Sequence[int]) -> None:
        """Puts the modules' sums side by side, and their coefficients."""
        self._gathered = list(modules)
        sums = self._of_module.of(self._gathered)
        steps = [self._coefficients.get(m, self._untrained) for m in self._gathered]
        self._sums.assign(_side_by_side(sums, len(self._inputs)))
        self._steps.assign(_side_by_side(steps, len(self._inputs)))

    def scatter(self) -> None:
        """Keeps the modules' sums and coefficients apart again."""
        number = len(self._gathered)
        for m, sums, steps in zip(
            self._gathered,
            apart(self._sums, number),
            apart(self._steps, number),
            strict=True,
        ):
            self._of_module.replace(m, sums)
            self._coefficients[m] = steps

    def settle(self) -> None:
        """Moves every kernel along the inputs: K_0 + X' A."""
        moved = list(self._coefficients)
        steps = _side_by_side(list(self._coefficients.values()), len(self._inputs))
        change = tf.zeros([self._inputs.num_inputs, len(moved) * self._units])
        for start in range(0, len(self._inputs), SCORING_BATCH):
            stop = start + SCORING_BATCH
            inputs = self._inputs.block(start, stop)
            change += tf.matmul(inputs, steps[start:stop], transpose_a=True)
        for m, part in zip(moved, apart(change, len(moved)), strict=True):
            self._modules[m].kernel.assign_add(part)
        # The sums were of the kernels together with the coefficients, and still are.
        self._coefficients.clear()

    def state(self) -> dict[str, np.ndarray]:
        """Sums of the training set and of all prepared segments, and coefficients.

        What could be computed again is kept too: the last bits of a product depend on
        what is multiplied beside it.
        """
        state = _stacked("steps", self._coefficients)
        for place, sums in enumerate(self._every_sums):
            state |= _stacked(f"sums_{place}", sums.known)
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Takes sums and coefficients."""
        self._coefficients = _unstacked("steps", state)
        for place, sums in enumerate(self._every_sums):
            sums.known = _unstacked(f"sums_{place}", state)

    def open_pass(self, order: tf.Tensor) -> Callable[[tf.Tensor], "_GramBatch"]:
        """Opens a pass over the training set."""
        del order
        return lambda batch: _GramBatch(self._sums, self._steps, self._gram, batch)

    def prepare(self, inputs: SegmentInputs) -> "_GramPrepared":
        """Multiplies other segments by the training set."""
        sums = _KernelSums(self._modules, inputs)
        self._every_sums.append(sums)
        return _GramPrepared(
            sums,
            cross_gram(inputs, self._inputs),
            self._steps,
            self._gathered_now,
        )

    def train_sums(self) -> tf.Tensor:
        """The sums as they are."""
        return self._sums.value()

    def _gathered_now(self) -> list[int]:
        return self._gathered


class _GramBatch:
    def __init__(
        self,
        sums: tf.Variable,
        steps: tf.Variable,
        gram: tf.Tensor,
        batch: tf.Tensor,
    ) -> None:
        self._sums = sums
        self._steps = steps
        self._gram = gram
        self._batch = batch

    def sums(self) -> tf.Tensor:
        return tf.gather(self._sums, self._batch)

    def descend(self, gradient: tf.Tensor, rate: float) -> None:
        # G is symmetric, and its rows lie in memory as they are needed.
        products = tf.gather(self._gram, self._batch)
        change = tf.matmul(products, gradient, transpose_a=True)
        descend(self._sums, change, rate)
        tf.raw_ops.ResourceScatterSub(
            resource=self._steps.handle, indices=self._batch, updates=rate * gradient
        )


class _GramPrepared:
    def __init__(
        self,
        of_module: "_KernelSums",
        products: tf.Tensor,
        steps: tf.Variable,
        gathered: Callable[[], list[int]],
    ) -> None:
        self._of_module = of_module
        self._products = products
        self._steps = steps
        self._gathered = gathered

    def sums(self) -> tf.Tensor:
        kernel_sums = self._of_module.of(self._gathered())
        num_segments = self._products.shape[0]
        return _side_by_side(kernel_sums, num_segments) + self._products @ self._steps


class _KernelSums:
    """x K of each module that was ever asked for."""

    def __init__(self, modules: Sequence[DenseModule], inputs: SegmentInputs) -> None:
        self._modules = modules
        self._inputs = inputs
        self.known: dict[int, tf.Tensor] = {}

    def of(self, modules: Sequence[int]) -> list[tf.Tensor]:
        new = [m for m in modules if m not in self.known]
        if new:
            kernels = [self._modules[m].kernel.value for m in new]
            sums = project(self._inputs, tf.concat(kernels, axis=1))
            parts = tf.split(sums, len(new), axis=1)
            self.known.update(zip(new, parts, strict=True))
        return [self.known[m] for m in modules]

    def replace(self, module: int, sums: tf.Tensor) -> None:
        self.known[module] = sums


def gram_matrix(inputs: SegmentInputs) -> tf.Tensor:
    """Multiplies segments with each other: float32 `[num_segments, num_segments]`.

    One half is computed and the other one copied, a square at a time.
    """
    # Filled where it stays: to join parts would take twice the memory.
    gram = _aligned_matrix(inputs, inputs)
    for start in range(0, len(inputs), SCORING_BATCH):
        left = inputs.block(start, start + SCORING_BATCH)
        rows = slice(start, start + SCORING_BATCH)
        for other in range(0, start + 1, SCORING_BATCH):
            columns = slice(other, other + SCORING_BATCH)
            right = left if other == start else inputs.block(other, columns.stop)
            square = tf.matmul(left, right, transpose_b=True).numpy()
            gram[rows, columns] = square
            gram[columns, rows] = square.T
    return shared_tensor(gram)


def cross_gram(inputs: SegmentInputs, others: SegmentInputs) -> tf.Tensor:
    """Multiplies segments with others: float32 `[num_segments, num_others]`."""
    products = _aligned_matrix(inputs, others)
    for start in range(0, len(inputs), SCORING_BATCH):
        left = inputs.block(start, start + SCORING_BATCH)
        rows = slice(start, start + SCORING_BATCH)
        for other in range(0, len(others), SCORING_BATCH):
            columns = slice(other, other + SCORING_BATCH)
            right = others.block(other, columns.stop)
            products[rows, columns] = tf.matmul(left, right, transpose_b=True)
    return shared_tensor(products)


def _aligned_matrix(inputs: SegmentInputs, others: SegmentInputs) -> np.ndarray:
    return aligned_empty((len(inputs), len(others)), np.dtype(np.float32))


def _side_by_side(parts: Sequence[tf.Tensor], num_segments: int) -> tf.Tensor:
    return tf.concat(parts, axis=1) if parts else tf.zeros([num_segments, 0])


def _stacked(name: str, of_module: Mapping[int, tf.Tensor]) -> dict[str, np.ndarray]:
    """Arrays of modules as two, in their order, which decides the order of products."""
    values = np.stack([one.numpy() for one in of_module.values()] or [np.zeros(0)])
    return {f"{name}/modules": np.array(list(of_module), int), name: values}


def _unstacked(name: str, state: Mapping[str, np.ndarray]) -> dict[int, tf.Tensor]:
    modules = state[f"{name}/modules"].tolist()
    # Of no module there is one empty row, which nothing stands for.
    return dict(zip(modules, map(tf.constant, state[name]), strict=False))
