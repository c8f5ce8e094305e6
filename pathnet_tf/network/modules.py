"""Modules, the smallest parts of a PathNet: dense or convolved units, then a rectifier.

A dense module computes relu(x K + b), a convolved one relu(x * K + b).

Reference: the paper, section 3.3.1. Convolved modules are its future work (section 4);
their convolution is Keras' `Conv2D` with zeros around the inputs.
"""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf


class DenseModule(keras.layers.Layer):
    """Linear units followed by a rectifier.

    Attributes:
      units: Width of the output.
      kernel: float32 `[num_inputs, units]`.
      bias: float32 `[units]`.
    """

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
        return tf.nn.relu(self.linear(inputs, kernel) + bias)

    def kernel_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int, ...]:
        """Shape of the kernel for inputs `[batch, num_inputs]`."""
        return (int(input_shape[-1] or 0), self.units)

    def linear(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Multiplies inputs by a kernel, which may be several side by side."""
        return inputs @ kernel

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

    def linear(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Convolves float32 `[batch, rows, columns, channels]` with a kernel."""
        return convolve(inputs, kernel, self.stride)

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


def convolve(inputs: tf.Tensor, kernel: tf.Tensor, stride: Sequence[int]) -> tf.Tensor:
    """Convolves, with zeros around the inputs.

    Args:
      inputs: float32 `[batch, rows, columns, channels]`.
      kernel: float32 `[window rows, window columns, channels, units]`.
      stride: Steps of the window, by rows and columns.

    Returns:
      float32 `[batch, rows / step, columns / step, units]`, rounded up.
    """
    return tf.nn.conv2d(inputs, kernel, stride, "SAME")


def side_by_side(kernels: tf.Tensor) -> tf.Tensor:
    """Makes one kernel of several modules' kernels.

    Args:
      kernels: float32 `[num_modules, ..., inputs, units]`.

    Returns:
      float32 `[..., inputs, num_modules * units]`, module by module.
    """
    rank = len(kernels.shape) - 1
    # The modules' axis goes beside the units: [..., inputs, module, unit].
    beside = tf.transpose(kernels, [*range(1, rank), 0, rank])
    shape = tf.concat([tf.shape(beside)[:-2], [-1]], axis=0)
    kernel = tf.reshape(beside, shape)
    kernel.set_shape([*kernels.shape[1:-1], None])
    return kernel


def sum_rectified(outputs: tf.Tensor, units: int) -> tf.Tensor:
    """Rectifies the linear outputs of modules side by side, and sums them.

    Args:
      outputs: float32 `[batch, ..., num_modules * units]`.
      units: Of a module.

    Returns:
      float32 `[batch, ..., units]`.
    """
    of_module = tf.concat([tf.shape(outputs)[:-1], [-1, units]], axis=0)
    return tf.reduce_sum(tf.reshape(tf.nn.relu(outputs), of_module), axis=-2)
