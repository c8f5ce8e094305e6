"""Modules, the smallest parts of a PathNet, and the average of a layer's active ones.

    y = max_pool(sum_m relu(x K_m + b_m) / d)

over the active modules m of a layer, with a product or a convolution (*) of x and K_m.
The modules are computed side by side, as one product or convolution:

    [x K_1 | x K_2 | ...] = x [K_1 | K_2 | ...]

`average_modules` is the one place that computes y: for `PathNetLayer.call`, for the
pathway in training, and for pathways that are scored or exported.

Reference: the paper, section 3.3.1. Convolved modules are its future work (section 4);
their convolution is Keras' `Conv2D` with zeros around the inputs.
"""

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from pathnet_tf.network.frame_convolution import convolve_frames


class ModuleWeights(NamedTuple):
    """Weights of some modules of a layer, side by side.

    Attributes:
      kernel: float32 `[..., num_inputs, num_modules * units]`, module by module.
      bias: float32 `[num_modules * units]`.
    """

    kernel: tf.Tensor
    bias: tf.Tensor


def average_modules(
    inputs: tf.Tensor | None,
    groups: Sequence[ModuleWeights],
    divisor: tf.Tensor | float,
    *,
    units: int,
    stride: Sequence[int] = (),
    pool_size: Sequence[int] = (),
    known_sum: tf.Tensor | None = None,
) -> tf.Tensor:
    """Averages the outputs of a layer's active modules, and pools the average.

    Args:
      inputs: float32 `[batch, num_inputs]`, or `[batch, rows, columns, channels]`; not
        needed where `known_sum` stands for all modules.
      groups: Weights of the active modules. Modules that are trained and modules that
        are frozen make two groups, so that the frozen ones cost no gradient. A group
        may be empty, as long as there is another one or `known_sum`.
      divisor: What the sum over the modules is divided by.
      units: Units of a module.
      stride: Steps of a convolution by rows and columns; empty for a product.
      pool_size: Rows and columns of a pool; empty or of ones where nothing is pooled.
      known_sum: float32, the sum of the rectified outputs of other active modules,
        where it is known already; as large as the sum of a group.

    Returns:
      float32 `[batch, units]`, or `[batch, rows, columns, units]`.
    """
    sums = [] if known_sum is None else [known_sum]

    def sum_of(group: ModuleWeights) -> tf.Tensor:
        outputs = linear(inputs, group.kernel, stride)
        return sum_rectified(tf.nn.bias_add(outputs, group.bias), units)

    # A group of unknown width may be empty, which a convolution does not take. Groups
    # of a known width come first: they tell how large the sum is.
    for group in sorted(groups, key=lambda one: one.bias.shape[0] is None):
        if group.bias.shape[0] is None and sums:
            is_empty = tf.size(group.bias) == 0
            nothing = functools.partial(tf.zeros_like, sums[0])
            sums.append(tf.cond(is_empty, nothing, functools.partial(sum_of, group)))
        elif group.bias.shape[0] != 0:
            sums.append(sum_of(group))
    return max_pool(tf.add_n(sums) / divisor, pool_size)


def linear(inputs: tf.Tensor, kernel: tf.Tensor, stride: Sequence[int]) -> tf.Tensor:
    """Multiplies or convolves inputs with a kernel, the fastest way there is.

    Args:
      inputs: float32 `[batch, num_inputs]`, or `[batch, rows, columns, channels]`.
      kernel: float32 `[num_inputs, units]`, or `[window rows, window columns, channels,
        units]`; all but the units known.
      stride: Steps of the window by rows and columns; empty for a product.

    Returns:
      float32 `[batch, units]`; of a convolution, with zeros around the inputs,
      `[batch, rows / step, columns / step, units]`, rounded up.
    """
    if not stride:
        return inputs @ kernel
    if kernel.shape[1] == 1 and inputs.shape[2] == 1 and inputs.shape[1] is not None:
        return convolve_frames(inputs, kernel, stride[0])
    return tf.nn.conv2d(inputs, kernel, stride, "SAME")


def sum_rectified(outputs: tf.Tensor, units: int) -> tf.Tensor:
    """Rectifies the linear outputs of modules side by side, and sums over the modules.

    The sum is a product with identity matrices one below the other: the gradient of a
    sum over an axis of unknown size is a dozen small operations, much for a step.

    Args:
      outputs: float32 `[batch, ..., num_modules * units]`.
      units: Units of a module.

    Returns:
      float32 `[batch, ..., units]`.
    """
    shape = tf.shape(outputs)
    summation = tf.tile(tf.eye(units), [shape[-1] // units, 1])
    rectified = tf.nn.relu(outputs)
    if len(outputs.shape) == 2:
        return rectified @ summation
    total = tf.reshape(rectified, [-1, shape[-1]]) @ summation
    return tf.reshape(total, tf.concat([shape[:-1], [units]], axis=0))


def max_pool(outputs: tf.Tensor, pool_size: Sequence[int]) -> tf.Tensor:
    """Takes the maximum of each pool.

    Args:
      outputs: float32 `[batch, rows, columns, units]`; anything if nothing is pooled.
      pool_size: Rows and columns of a pool; empty or of ones where nothing is pooled.

    Returns:
      float32 `[batch, rows / size, columns / size, units]`, rounded down.
    """
    if max(pool_size, default=1) == 1:
        return outputs
    return tf.nn.max_pool2d(outputs, pool_size, pool_size, "VALID")


class DenseModule(keras.layers.Layer):
    """Linear units followed by a rectifier.

    Attributes:
      units: Width of the output.
      kernel: float32 `[num_inputs, units]`.
      bias: float32 `[units]`.
      stride: Steps of a convolution; none here.
    """

    stride: tuple[int, ...] = ()

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if units < 1:
            raise ValueError(f"units must be at least 1. Received: units={units}")
        self.units = units

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates kernel and bias for inputs `[batch, num_inputs]`."""
        self.kernel = self.add_weight(
            shape=self.kernel_shape(input_shape),
            initializer="glorot_uniform",
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(self.units,), initializer="zeros", name="bias"
        )

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Maps float32 `[batch, num_inputs]` to `[batch, units]`."""
        kernel, bias = self.kernel.value, self.bias.value
        if not self.trainable:
            # Leaving a frozen weight out of the optimizer alone would still have its
            # gradient computed.
            kernel, bias = tf.stop_gradient(kernel), tf.stop_gradient(bias)
        return tf.nn.relu(linear(inputs, kernel, self.stride) + bias)

    def kernel_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int, ...]:
        """Shape of the kernel for inputs `[batch, num_inputs]`."""
        return (int(input_shape[-1] or 0), self.units)

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        """Shape of the output for a shape of the input."""
        return (*input_shape[:-1], self.units)

    def draw_anew(self, rng: np.random.Generator) -> None:
        """Forgets: draws kernel and bias again from `rng`."""
        self.kernel.assign(glorot_uniform(rng, self.kernel.shape))
        self.bias.assign(np.zeros(self.bias.shape, np.float32))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make this layer again."""
        return super().get_config() | {"units": self.units}


def glorot_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draws a kernel: uniform in +-sqrt(6 / (num_inputs + num_outputs)).

    Args:
      rng: Source of randomness.
      shape: `[num_inputs, num_outputs]`; before them the window of a convolution,
        each place of which counts as inputs and outputs of its own.

    Returns:
      float32 of that shape.

    Reference: Glorot & Bengio 2010, equation 16.
    """
    limit = np.sqrt(6.0 / (math.prod(shape[:-2]) * (shape[-2] + shape[-1])))
    return rng.uniform(-limit, limit, size=shape).astype(np.float32)


class ConvModule(DenseModule):
    """Convolved linear units followed by a rectifier.

    Attributes:
      kernel_size: Rows and columns of the window.
      stride: Steps of the window, by rows and columns.
      kernel: float32 `[window rows, window columns, channels, units]`.
      bias: float32 `[units]`.
    """

    def __init__(
        self,
        units: int,
        kernel_size: tuple[int, ...],
        stride: tuple[int, ...] = (1, 1),
        **kwargs: Any,
    ) -> None:
        super().__init__(units, **kwargs)
        for name, value in (("kernel_size", kernel_size), ("stride", stride)):
            if len(value) != 2 or min(value) < 1:
                raise ValueError(
                    f"{name} must be two numbers of at least 1. "
                    f"Received: {name}={value}"
                )
        self.kernel_size = tuple(kernel_size)
        self.stride = tuple(stride)

    def kernel_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int, ...]:
        """Shape of the kernel for inputs `[batch, rows, columns, channels]`."""
        return (*self.kernel_size, int(input_shape[-1] or 0), self.units)

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        """Shape of the output for a shape of the input."""
        batch, *places, _ = input_shape
        moved = [
            None if size is None else -(-size // step)
            for size, step in zip(places, self.stride, strict=True)
        ]
        return (batch, *moved, self.units)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make this layer again."""
        shape = {"kernel_size": self.kernel_size, "stride": self.stride}
        return super().get_config() | shape
