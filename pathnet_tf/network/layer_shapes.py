"""Shapes of a network's layers, for each kind of module.

    dense      relu(x K + b) of all values of a segment
    conv       relu(x * K + b) over rows and columns
    time_conv  relu(x * K + b) over frames; what a frame holds are its channels

A layer's outputs are averaged over its active modules and then pooled, each pool's
maximum standing for it.
"""

import dataclasses
import math
from collections.abc import Callable, Sequence

from pathnet_tf.runtime.errors import UsageError

SCORED_AT_ONCE = 512
# 64 MB of a convolution's outputs, of which several copies stand side by side.
MOST_OUTPUTS = 2**24


@dataclasses.dataclass(frozen=True)
class ModuleKind:
    """How a kind of module looks at its inputs.

    Attributes:
      arrange: Shape of a segment to the shape in which the first layer takes it.
      window: A size along the axes that a module is convolved over.
      keeps_frames: Whether the first axis of the last layer's output is time.
    """

    arrange: Callable[[tuple[int, ...]], tuple[int, ...]]
    window: Callable[[int], tuple[int, ...]]
    keeps_frames: bool = False


MODULES = {
    "dense": ModuleKind(lambda shape: (math.prod(shape),), lambda size: ()),
    "conv": ModuleKind(lambda shape: shape, lambda size: (size, size)),
    "time_conv": ModuleKind(
        lambda shape: (shape[0], 1, math.prod(shape[1:])),
        lambda size: (size, 1),
        keeps_frames=True,
    ),
}


@dataclasses.dataclass(frozen=True)
class LayerPlan:
    """Shapes of one layer.

    Attributes:
      input_shape: Of a sample: `(num_inputs,)`, or `(rows, columns, channels)`.
      kernel_shape: Of a module: `(num_inputs, units)`, or
        `(window rows, window columns, channels, units)`.
      stride: Steps of the window; empty where nothing is convolved.
      pool_size: Rows and columns of a pool; empty where nothing is convolved.
    """

    input_shape: tuple[int, ...]
    kernel_shape: tuple[int, ...]
    stride: tuple[int, ...] = ()
    pool_size: tuple[int, ...] = ()

    @property
    def units(self) -> int:
        """Linear units of a module, the channels of its output."""
        return self.kernel_shape[-1]

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Of a sample, after pooling."""
        *places, units = self.linear_shape
        pools = zip(places, self.pool_size, strict=True)
        return (*(size // pool for size, pool in pools), units)

    @property
    def linear_shape(self) -> tuple[int, ...]:
        """Of a sample, before pooling."""
        places = zip(self.input_shape[:-1], self.stride, strict=True)
        return (*(-(-size // step) for size, step in places), self.units)

    @property
    def module_parameters(self) -> int:
        """Parameters of one module."""
        return math.prod(self.kernel_shape) + self.units


def plan_layers(
    module: str,
    input_shape: tuple[int, ...],
    units: Sequence[int],
    kernel_size: Sequence[int],
    stride: Sequence[int],
    pool_size: Sequence[int],
) -> list[LayerPlan]:
    """Plans the layers of a network.

    Args:
      module: One of `MODULES`.
      input_shape: Shape of a segment.
      units: Linear units of a module, a number a layer.
      kernel_size: Size of a window, a number a layer.
      stride: Step of a window, a number a layer.
      pool_size: Size of a pool, a number a layer.

    Returns:
      A plan a layer.

    Raises:
      UsageError: Pooling leaves nothing.
    """
    kind = MODULES[module]
    shape = kind.arrange(input_shape)
    plans = []
    for number, (width, kernel, step, pool) in enumerate(
        zip(units, kernel_size, stride, pool_size, strict=True), start=1
    ):
        plan = LayerPlan(
            input_shape=shape,
            kernel_shape=(*kind.window(kernel), shape[-1], width),
            stride=kind.window(step),
            pool_size=kind.window(pool),
        )
        shape = plan.output_shape
        if 0 in shape:
            raise UsageError(
                f"Layer {number} has nothing left after pooling, {plan.input_shape} "
                f"becomes {shape}; lower --stride or --pool_size"
            )
        plans.append(plan)
    return plans


def scoring_batch(plans: Sequence[LayerPlan], num_active: int) -> int:
    """How many segments to score at a time.

    Args:
      plans: The layers.
      num_active: Modules that are worked on side by side.

    Returns:
      As many as `SCORED_AT_ONCE` if no layer has more than `MOST_OUTPUTS` values then,
      else fewer, but at least one.
    """
    most = num_active * max(math.prod(plan.linear_shape) for plan in plans)
    return max(1, min(SCORED_AT_ONCE, MOST_OUTPUTS // most))
