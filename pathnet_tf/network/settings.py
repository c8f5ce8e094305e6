"""Sizes of a PathNet, and what follows from them."""

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pathnet_tf.network.layer_shapes import MODULES, LayerPlan, plan_layers
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.flag_fields import check, flag

if TYPE_CHECKING:
    import tensorflow as tf

AGGREGATIONS = ("mean_active", "mean_all", "sum")
PerLayer = int | tuple[int, ...]
"""A number for all layers, or one for each."""


def _read_per_layer(words: tuple[str, ...]) -> PerLayer:
    """Reads one number, or one for each layer."""
    try:
        numbers = tuple(int(word) for word in words)
    except ValueError:
        numbers = ()
    if not numbers:
        raise ValueError("be a number, or one for each layer, as in 64,64,32")
    return numbers[0] if len(numbers) == 1 else numbers


@dataclasses.dataclass(frozen=True)
class PathNetSettings:
    """Sizes of a PathNet.

    Attributes:
      input_shape: Shape of one segment, which the dataset decides.

    Raises:
      UsageError: A value is out of its range.
    """

    input_shape: tuple[int, ...] = (64, 64, 3)
    num_layers: int = flag(3, "Layers of the network (L).", least=1)
    num_modules: int = flag(20, "Modules a layer (M).", least=1)
    module_units: PerLayer = flag(
        20,
        "Linear units of a module, channels of its output; one number, or one for each "
        "layer, as in 64,64,32.",
        read=_read_per_layer,
        kind="list",
    )
    num_active: int = flag(4, "Most modules a layer in a pathway (N).", least=1)
    aggregation: str = flag(
        "mean_active",
        "How the outputs of a layer's active modules are brought together: their sum "
        "divided by their number, divided by --num_modules, or not divided at all.",
        choices=AGGREGATIONS,
    )
    module: str = flag(
        "dense",
        "Kind of the modules: dense as in the paper, convolved over rows and columns, "
        "or over the frames of a segment alone.",
        choices=MODULES,
    )
    kernel_size: PerLayer = flag(
        3,
        "Rows and columns, or frames, that a convolution sees; one number, or one for "
        "each layer.",
        read=_read_per_layer,
        kind="list",
    )
    stride: PerLayer = flag(
        1,
        "Step of a convolution; one number, or one for each layer.",
        read=_read_per_layer,
        kind="list",
    )
    pool_size: PerLayer = flag(
        1,
        "Size of the pools after a layer's average, whose maxima go on; 1 for none, "
        "one number, or one for each layer.",
        read=_read_per_layer,
        kind="list",
    )
    pooling: str = flag(
        "mean",
        "How frames and segments become what the head sees: their mean, mean and "
        "deviation, or both weighted by learned attention. Frames are those of "
        "--module=time_conv; of other modules a segment is one.",
        choices=("mean", "statistics", "attention"),
    )
    readout: str = flag(
        "last",
        "Whether the head sees what the last layer gives, or all layers side by side.",
        choices=("last", "all"),
    )

    def __post_init__(self) -> None:
        """Checks every value."""
        check(self)
        for name in ("module_units", "kernel_size", "stride", "pool_size"):
            self._check_per_layer(name)

    @property
    def num_inputs(self) -> int:
        """Values of one segment."""
        return math.prod(self.input_shape)

    @property
    def layer_units(self) -> tuple[int, ...]:
        """Linear units of a module in each layer."""
        return self._per_layer("module_units")

    def layer_plans(self) -> list[LayerPlan]:
        """Shapes of each layer.

        Raises:
          UsageError: Pooling leaves nothing.
        """
        sizes = [self._per_layer(n) for n in ("kernel_size", "stride", "pool_size")]
        return plan_layers(self.module, self.input_shape, self.layer_units, *sizes)

    def features_shape(self) -> tuple[int, int]:
        """Frames of a segment as the head sees them, and values of each.

        Raises:
          UsageError: All layers are read out and do not have the same frames.
        """
        shapes = [plan.output_shape for plan in self.layer_plans()]
        if self.readout == "last":
            shapes = shapes[-1:]
        keeps_frames = MODULES[self.module].keeps_frames
        num_frames = {shape[0] if keeps_frames else 1 for shape in shapes}
        if len(num_frames) > 1:
            raise UsageError(
                "readout=all needs as many frames after every layer; give the first "
                f"layer alone a stride. Received: frames={sorted(num_frames)}"
            )
        (frames,) = num_frames
        return frames, sum(map(math.prod, shapes)) // frames

    def join_features(self, outputs: "Sequence[tf.Tensor]") -> "tf.Tensor":
        """What the head sees of the layers.

        Args:
          outputs: What each layer gives, `[batch, *output_shape]`.

        Returns:
          float32 `[batch, frames, width]`.
        """
        # Settings are read for --help, which must not wait for TensorFlow.
        import tensorflow as tf

        frames, width = self.features_shape()
        if self.readout == "last":
            return tf.reshape(outputs[-1], [-1, frames, width])
        batch = tf.shape(outputs[0])[0]
        parts = [tf.reshape(one, [batch, frames, -1]) for one in outputs]
        joined = tf.concat(parts, axis=2)
        joined.set_shape([None, frames, width])
        return joined

    def module_parameters(self) -> list[int]:
        """Parameters of one module in each layer."""
        return [plan.module_parameters for plan in self.layer_plans()]

    def pathway_parameters(self) -> int:
        """Parameters of a pathway of distinct modules, heads apart."""
        distinct = min(self.num_active, self.num_modules)
        return distinct * sum(self.module_parameters())

    def network_parameters(self) -> int:
        """Parameters of all modules, heads apart."""
        return self.num_modules * sum(self.module_parameters())

    def parameter_lines(self) -> list[str]:
        """Counts of parameters: one pathway, the network, and AlexNet beside them."""
        pathway, alexnet = self.pathway_parameters(), ALEXNET_PARAMETERS
        dense = PathNetSettings().pathway_parameters()
        beside = f", {pathway / dense:.0%} of the paper's" if pathway != dense else ""
        return [
            f"One pathway   {pathway:>11,} parameters, head apart{beside}",
            f"Whole network {self.network_parameters():>11,} parameters, heads apart",
            f"AlexNet       {alexnet:>11,} parameters at 1,000 classes, "
            f"{alexnet / pathway:.0f} times one pathway",
        ]

    def _per_layer(self, name: str) -> tuple[int, ...]:
        value = getattr(self, name)
        return (value,) * self.num_layers if isinstance(value, int) else tuple(value)

    def _check_per_layer(self, name: str) -> None:
        values = self._per_layer(name)
        if len(values) != self.num_layers:
            raise UsageError(
                f"{name} must be one number, or one for each of {self.num_layers} "
                f"layers. Received: {name}={','.join(map(str, values))}"
            )
        if min(values) < 1:
            raise UsageError(
                f"{name} must be at least 1. "
                f"Received: {name}={','.join(map(str, dict.fromkeys(values)))}"
            )


# At 1,000 classes, with its grouped convolutions: Krizhevsky et al. 2012, section 3.5.
ALEXNET_PARAMETERS = 60_965_224
