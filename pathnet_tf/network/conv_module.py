"""A module that is convolved over its inputs: relu(x * K + b).

Reference: the paper names it as future work, section 4; the convolution is
Keras' `Conv2D` with zeros around the inputs.
"""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from pathnet_tf.network.modules import DenseModule


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
