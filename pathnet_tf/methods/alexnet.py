"""AlexNet, the paper's baseline, on segments and faces of 64 x 64 x 3.

Three layouts of it are at large; a file of weights tells which one it is:

- `grouped`: as published, half of the channels of conv2, conv4 and conv5 see half of
  the channels below; 60,965,224 parameters at 1000 classes.
- `ungrouped`: the same without the halves; 62,378,344.
- `single`: fewer channels, no normalization (Krizhevsky 2014, the layout of
  torchvision); 61,100,840.

Inputs are resized to 227 x 227. References: Krizhevsky et al. 2012; Zhang et al. 2018
for emotion.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from pathnet_tf.network.modules import glorot_uniform
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import read_arrays

SIDE = 227
DENSE_UNITS = 4096
CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4", "conv5")
DENSE = ("fc6", "fc7", "fc8")


@dataclasses.dataclass(frozen=True)
class Layout:
    """Sizes of an AlexNet.

    Attributes:
      channels: Output channels of conv1 to conv5.
      groups: Groups of conv1 to conv5.
      first_padding: Pixels that conv1 is padded by on every side.
      is_normalized: Whether responses are normalized after conv1 and conv2.
    """

    channels: tuple[int, ...]
    groups: tuple[int, ...]
    first_padding: int = 0
    is_normalized: bool = True

    def kernel_shapes(self, num_classes: int) -> dict[str, tuple[int, ...]]:
        """Shape of each layer's kernel, by the layer's name."""
        sizes, inputs = (11, 5, 3, 3, 3), (3, *self.channels[:-1])
        shapes: dict[str, tuple[int, ...]] = {
            name: (size, size, before // groups, after)
            for name, size, before, groups, after in zip(
                CONVOLUTIONS, sizes, inputs, self.groups, self.channels, strict=True
            )
        }
        flat = 6 * 6 * self.channels[-1]
        widths = (flat, DENSE_UNITS, DENSE_UNITS)
        units = (DENSE_UNITS, DENSE_UNITS, num_classes)
        return shapes | dict(zip(DENSE, zip(widths, units, strict=True), strict=True))


LAYOUTS = {
    "grouped": Layout((96, 256, 384, 384, 256), (1, 2, 1, 2, 2)),
    "ungrouped": Layout((96, 256, 384, 384, 256), (1, 1, 1, 1, 1)),
    "single": Layout(
        (64, 192, 384, 256, 256), (1, 1, 1, 1, 1), first_padding=2, is_normalized=False
    ),
}


def num_parameters(layout: Layout, num_classes: int) -> int:
    """Counts kernels and biases."""
    shapes = layout.kernel_shapes(num_classes).values()
    return sum(int(np.prod(shape)) + shape[-1] for shape in shapes)


class AlexNet(keras.Model):
    """AlexNet with linear outputs.

    Attributes:
      layout: Its sizes.
    """

    def __init__(
        self, layout: Layout, num_classes: int, seed: int = 0, **kwargs: object
    ) -> None:
        """Makes the layers; `seed` is that of what is dropped in training."""
        super().__init__(**kwargs)
        self.layout = layout
        self._drop = keras.layers.Dropout(0.5, seed=seed)
        self._parts = {}
        for name, shape in layout.kernel_shapes(num_classes).items():
            self._parts[name] = (
                self.add_weight(shape=shape, name=f"{name}_kernel"),
                self.add_weight(shape=shape[-1:], name=f"{name}_bias"),
            )
        self.built = True

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Classifies.

        Args:
          inputs: float32 `[batch, height, width, 3]`.
          training: Whether half of the units of fc6 and fc7 are dropped.

        Returns:
          float32 `[batch, num_classes]`, logits.
        """
        return self.dense("fc8", self.features(inputs, training))

    def features(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """The activations of fc7, which a clip's decision averages.

        Args:
          inputs: float32 `[batch, height, width, 3]`.
          training: See `call`.

        Returns:
          float32 `[batch, 4096]`.
        """
        hidden = tf.image.resize(inputs, (SIDE, SIDE))
        first = self.layout.first_padding
        for place, name in enumerate(CONVOLUTIONS):
            padding = (first, 2, 1, 1, 1)[place]
            hidden = self.convolve(name, hidden, 4 if place == 0 else 1, padding)
            if place < 2 and self.layout.is_normalized:
                hidden = normalize_responses(hidden)
            if place in (0, 1, 4):
                hidden = tf.nn.max_pool2d(hidden, 3, 2, "VALID")
        hidden = tf.reshape(hidden, [-1, 36 * self.layout.channels[-1]])
        for name in DENSE[:2]:
            hidden = tf.nn.relu(self.dense(name, hidden))
            hidden = self._drop(hidden, training=training)
        return hidden

    def convolve(
        self, name: str, inputs: tf.Tensor, stride: int, padding: int
    ) -> tf.Tensor:
        """A convolution and its rectifier; groups one by one, as CPUs have no others.

        Args:
          name: The layer.
          inputs: float32 `[batch, height, width, channels]`.
          stride: Pixels a step.
          padding: Pixels of zeros on every side.
        """
        kernel, bias = self._parts[name]
        groups = self.layout.groups[CONVOLUTIONS.index(name)]
        inputs = tf.pad(inputs, [[0, 0], [padding] * 2, [padding] * 2, [0, 0]])
        parts = [
            tf.nn.conv2d(part, of_group, stride, "VALID")
            for part, of_group in zip(
                tf.split(inputs, groups, axis=3),
                tf.split(kernel, groups, axis=3),
                strict=True,
            )
        ]
        return tf.nn.relu(tf.concat(parts, axis=3) + bias)

    def dense(self, name: str, inputs: tf.Tensor) -> tf.Tensor:
        """A dense layer without its rectifier.

        Args:
          name: The layer.
          inputs: float32 `[batch, num_inputs]`.

        Returns:
          float32 `[batch, num_outputs]`.
        """
        kernel, bias = self._parts[name]
        return inputs @ kernel + bias

    def draw_anew(self, rng: np.random.Generator) -> None:
        """Draws all kernels; biases become 0."""
        for name in self._parts:
            self.draw_layer(name, rng)

    def draw_layer(self, name: str, rng: np.random.Generator) -> None:
        """Draws a layer's kernel (Glorot & Bengio 2010); its bias becomes 0."""
        kernel, bias = self._parts[name]
        kernel.assign(glorot_uniform(rng, kernel.shape))
        bias.assign(np.zeros(bias.shape, np.float32))

    def set_layer(self, name: str, kernel: np.ndarray, bias: np.ndarray) -> None:
        """Gives a layer its kernel `[..., inputs, outputs]` and bias `[outputs]`."""
        for variable, values in zip(self._parts[name], (kernel, bias), strict=True):
            variable.assign(values)


def normalize_responses(responses: tf.Tensor) -> tf.Tensor:
    """Divides each channel by what it and two neighbours on either side hold.

        b = a / (1 + 1e-4 / 5 sum a^2) ^ 0.75

    Caffe's constants, with which the weights at large were learned.

    Args:
      responses: float32 `[batch, height, width, channels]`.

    Returns:
      The same shape.
    """
    return tf.nn.lrn(responses, 2, bias=1.0, alpha=1e-4 / 5, beta=0.75)


def read_weights(path: Path) -> tuple[Layout, dict[str, np.ndarray]]:
    """Reads weights and tells which layout they are of.

    The file has an array `LAYER/kernel` and `LAYER/bias` of conv1 to conv5, fc6 and
    fc7; fc8, of other classes, is not looked at. Kernels are `[height, width, inputs,
    outputs]` and `[inputs, outputs]`; those of fc6 take rows, columns and channels in
    this order.

    Args:
      path: An `.npz` file of plain arrays.

    Returns:
      The layout, and float32 arrays by name.

    Raises:
      DataError: The file cannot be read, or a layer is missing, of the wrong shape or
        not finite; names the layer.
    """
    try:
        arrays = read_arrays(path)
    except ValueError as error:
        raise DataError(
            f"--alexnet_weights={path} cannot be read as an .npz file of plain arrays "
            f"({error}); README.md says how to make one"
        ) from error
    layout = _layout_of(path, arrays)
    weights = {}
    for layer, shape in layout.kernel_shapes(1).items():
        if layer == DENSE[-1]:
            continue
        for name, wanted in ((f"{layer}/kernel", shape), (f"{layer}/bias", shape[-1:])):
            weights[name] = _checked(path, name, wanted, arrays)
    return layout, weights


def load_weights(model: AlexNet, weights: Mapping[str, np.ndarray]) -> None:
    """Gives a model the weights of all layers but the last.

    Args:
      model: The model, of the weights' layout.
      weights: From `read_weights`: kernels `[..., inputs, outputs]` and biases
        `[outputs]`.
    """
    for layer in (*CONVOLUTIONS, *DENSE[:-1]):
        model.set_layer(layer, weights[f"{layer}/kernel"], weights[f"{layer}/bias"])


def _layout_of(path: Path, arrays: Mapping[str, np.ndarray]) -> Layout:
    """The layout that has the kernels of conv1 and conv2, `[height, width, ...]`."""
    for name in ("conv1/kernel", "conv2/kernel"):
        if name not in arrays:
            raise DataError(f"--alexnet_weights={path} has no {name}; {_KNOWN}")
    found = tuple(arrays[name].shape for name in ("conv1/kernel", "conv2/kernel"))
    for layout in LAYOUTS.values():
        shapes = layout.kernel_shapes(1)
        if found == (shapes["conv1"], shapes["conv2"]):
            return layout
    raise DataError(
        f"--alexnet_weights={path}: conv1/kernel and conv2/kernel have shapes "
        f"{found[0]} and {found[1]}, which no layout has; {_KNOWN}"
    )


def _checked(
    path: Path, name: str, wanted: tuple[int, ...], arrays: Mapping[str, np.ndarray]
) -> np.ndarray:
    """A float32 array of the shape `[...]` that is wanted, or a DataError."""
    if name not in arrays:
        raise DataError(f"--alexnet_weights={path} has no {name}; {_KNOWN}")
    array = arrays[name]
    if array.shape != wanted or array.dtype.kind != "f":
        raise DataError(
            f"--alexnet_weights={path}: {name} must be float {wanted}. Received: "
            f"{array.dtype} {array.shape}; {_KNOWN}"
        )
    if not np.isfinite(array).all():
        raise DataError(f"--alexnet_weights={path}: {name} has values not finite")
    return array.astype(np.float32)


_KNOWN = "README.md says which arrays it must have"
