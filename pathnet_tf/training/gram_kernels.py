"""The Gram engine: trains the first layer's kernels without touching them.

Plain SGD moves a kernel along the inputs that it has seen, so that it always is

    K = K_0 + X' A,    X K = X K_0 + G A,    G = X X'

with a row of A for each segment. A step on the mini-batch b with the gradient g of its
products x K adds -rate g to the rows b of A, and so -rate G[:, b] g to X K. Inputs and
kernels are not needed again until the training ends: what is kept are X K and A of each
module, and G once for the inputs of a whole task. A step costs n instead of 2 D
multiplications for each segment and unit, with n segments of D values.

This is why the first layer's products are computed here and not by `average_modules`,
which needs a kernel. Everything after them is: the updates are those of the kernels
themselves, to rounding, and the tests compare both.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs, shared_tensor
from pathnet_tf.data.stored_values import aligned_empty
from pathnet_tf.network.modules import DenseModule
from pathnet_tf.training.optimizers import descend

SCORING_BATCH = 512


class GramKernels:
    """Trains products and coefficients in the place of kernels."""

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
        self._of_module = _KernelProducts(modules, inputs)
        self._every_products = [self._of_module]
        self._coefficients: dict[int, tf.Tensor] = {}
        self._gathered: list[int] = []
        shape = (len(inputs), None)
        self._untrained = tf.zeros([len(inputs), self._units])
        nothing = tf.zeros([len(inputs), 0])
        self._products = tf.Variable(nothing, shape=shape, trainable=False)
        self._steps = tf.Variable(nothing, shape=shape, trainable=False)

    def gather(self, modules: Sequence[int]) -> None:
        """Puts products and coefficients of modules side by side."""
        self._gathered = list(modules)
        products = self._of_module.of(self._gathered)
        steps = [self._coefficients.get(m, self._untrained) for m in self._gathered]
        self._products.assign(_side_by_side(products, len(self._inputs)))
        self._steps.assign(_side_by_side(steps, len(self._inputs)))

    def scatter(self) -> None:
        """Takes products and coefficients of the gathered modules apart again."""
        number = len(self._gathered)
        for m, products, steps in zip(
            self._gathered,
            _apart(self._products, number),
            _apart(self._steps, number),
            strict=True,
        ):
            self._of_module.known[m] = products
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
        for m, part in zip(moved, _apart(change, len(moved)), strict=True):
            self._modules[m].kernel.assign_add(part)
        # The products were those of kernels and coefficients together, and still are.
        self._coefficients.clear()
        # Up to 600 MB, which nothing needs any more.
        self._gram = tf.zeros([0, 0])

    def state(self) -> dict[str, np.ndarray]:
        """Products of the training set and of all prepared segments, and coefficients.

        What could be computed again is kept, too: the last bits of a product depend on
        what is multiplied beside it.

        Returns:
          Modules' indices, and their arrays `[num_modules, num_segments, units]`.
        """
        state = _stacked("steps", self._coefficients)
        for place, products in enumerate(self._every_products):
            state |= _stacked(f"products_{place}", products.known)
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Takes the arrays `[num_modules, num_segments, units]` that `state` gave."""
        self._coefficients = _unstacked("steps", state)
        for place, products in enumerate(self._every_products):
            products.known = _unstacked(f"products_{place}", state)

    def products(self, batch: tf.Tensor) -> tf.Tensor:
        """Products x K of the gathered modules, inside a graph.

        Args:
          batch: int32 `[batch]`, segments of the training set.

        Returns:
          float32 `[batch, num_gathered * units]`.
        """
        return tf.gather(self._products, batch)

    def descend(
        self, batch: tf.Tensor, gradient: tf.Tensor, rate: tf.Tensor | float
    ) -> None:
        """One step of SGD, inside a graph.

        Args:
          batch: int32 `[batch]`, segments of the training set.
          gradient: float32 `[batch, num_gathered * units]`, of the loss by `products`.
          rate: The learning rate.
        """
        # G is symmetric, and its rows lie in memory as they are needed.
        rows = tf.gather(self._gram, batch)
        change = tf.matmul(rows, gradient, transpose_a=True)
        descend(self._products, change, rate)
        tf.raw_ops.ResourceScatterSub(
            resource=self._steps.handle, indices=batch, updates=rate * gradient
        )

    def prepare(self, inputs: SegmentInputs) -> "GramProducts":
        """Multiplies other segments by the training set."""
        products = _KernelProducts(self._modules, inputs)
        self._every_products.append(products)
        return GramProducts(
            products,
            cross_gram(inputs, self._inputs),
            self._steps,
            self._gathered_now,
        )

    def train_products(self) -> tf.Tensor:
        """Of the whole training set: float32 `[num_segments, num_gathered * units]`."""
        return self._products.value()

    def _gathered_now(self) -> list[int]:
        return self._gathered


class GramProducts:
    """Products x K of other segments with the kernels as training has moved them."""

    def __init__(
        self,
        of_module: "_KernelProducts",
        cross_gram: tf.Tensor,
        steps: tf.Variable,
        gathered: Callable[[], list[int]],
    ) -> None:
        """Keeps what products are made of.

        Args:
          of_module: Products of the segments with each module's first kernel K_0.
          cross_gram: float32 `[num_segments, num_training_segments]`.
          steps: float32 `[num_training_segments, num_gathered * units]`, A.
          gathered: Gives the gathered modules.
        """
        self._of_module = of_module
        self._cross_gram = cross_gram
        self._steps = steps
        self._gathered = gathered

    def products(self) -> tf.Tensor:
        """Of the gathered modules: float32 `[num_segments, num_gathered * units]`."""
        of_kernels = self._of_module.of(self._gathered())
        before = _side_by_side(of_kernels, self._cross_gram.shape[0])
        return before + self._cross_gram @ self._steps


class _KernelProducts:
    """x K of each module that was ever asked for."""

    def __init__(self, modules: Sequence[DenseModule], inputs: SegmentInputs) -> None:
        self._modules = modules
        self._inputs = inputs
        self.known: dict[int, tf.Tensor] = {}

    def of(self, modules: Sequence[int]) -> list[tf.Tensor]:
        """Of each module: float32 `[num_segments, units]`."""
        new = [m for m in modules if m not in self.known]
        if new:
            kernels = [self._modules[m].kernel.value for m in new]
            products = _project(self._inputs, tf.concat(kernels, axis=1))
            parts = tf.split(products, len(new), axis=1)
            self.known.update(zip(new, parts, strict=True))
        return [self.known[m] for m in modules]


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


def _project(inputs: SegmentInputs, kernel: tf.Tensor) -> tf.Tensor:
    """Multiplies all segments by a kernel `[num_inputs, width]`, a part at a time."""
    parts = [
        inputs.block(start, start + SCORING_BATCH) @ kernel
        for start in range(0, len(inputs), SCORING_BATCH)
    ]
    return tf.concat(parts, axis=0) if parts else tf.zeros([0, kernel.shape[1]])


def _apart(columns: tf.Tensor, num_modules: int) -> list[tf.Tensor]:
    """Parts what modules side by side have, `[rows, num_modules * units]`."""
    return tf.split(columns, num_modules, axis=1) if num_modules else []


def _aligned_matrix(inputs: SegmentInputs, others: SegmentInputs) -> np.ndarray:
    """float32 `[num_segments, num_others]`, not filled, for `shared_tensor`."""
    return aligned_empty((len(inputs), len(others)), np.dtype(np.float32))


def _side_by_side(parts: Sequence[tf.Tensor], num_segments: int) -> tf.Tensor:
    """Joins `[num_segments, units]` of modules; `[num_segments, 0]` of none."""
    return tf.concat(parts, axis=1) if parts else tf.zeros([num_segments, 0])


def _stacked(name: str, of_module: Mapping[int, tf.Tensor]) -> dict[str, np.ndarray]:
    """Arrays `[num_segments, units]` of modules as two arrays to be stored.

    Their order is kept, since the order of products decides the last bits.
    """
    values = np.stack([one.numpy() for one in of_module.values()] or [np.zeros(0)])
    return {f"{name}/modules": np.array(list(of_module), int), name: values}


def _unstacked(name: str, state: Mapping[str, np.ndarray]) -> dict[int, tf.Tensor]:
    """The arrays `[num_segments, units]` by module that `_stacked` took."""
    modules = state[f"{name}/modules"].tolist()
    # Of no module there is one empty row, which nothing stands for.
    return dict(zip(modules, map(tf.constant, state[name]), strict=False))
