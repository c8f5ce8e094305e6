"""A network of any kind of modules, stacked so that a candidate's can be gathered.

The active modules of a layer are worked on side by side, as one product or convolution,
and averaged after. Weights of free modules are tensors that a training moves; those of
frozen ones are constants, for which no gradient is computed.
"""

import functools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from pathnet_tf.network.layer_shapes import MODULES, LayerPlan
from pathnet_tf.network.modules import DenseModule, side_by_side, sum_rectified
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.pooling import pool_samples
from pathnet_tf.training.candidate import Candidate, Candidates
from pathnet_tf.training.frame_convolution import convolve_frames

Weights = list[tf.Tensor]
Linear = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


class StackedNetwork:
    """One task's candidates: all layers, and what reads them out.

    The weights of a candidate are a list: of each layer the kernels
    `[num_gathered, *kernel_shape]` and biases `[num_gathered, units]`, then the head's
    kernel and bias, then the attention's kernel if there is one.

    Attributes:
      candidates: Describes candidates.
      num_layers: Layers.
    """

    def __init__(self, model: PathNet, task: str) -> None:
        """Stacks the modules of a network that is ready for the task."""
        self._settings = model.settings
        self._layers = model.pathnet_layers
        plans = model.settings.layer_plans()
        self._first_shape = plans[0].input_shape
        self._linears = [
            _linear(layer.path_modules[0], plan, model.settings.module)
            for layer, plan in zip(self._layers, plans, strict=True)
        ]
        self.num_layers = len(self._layers)
        self.candidates = Candidates(self._layers)
        self._stacks = [
            tf.Variable(
                tf.stack([getattr(m, name).value for m in layer.path_modules]),
                trainable=False,
            )
            for layer in self._layers
            for name in ("kernel", "bias")
        ]
        self._frozen = [
            [
                tf.gather(self._stacks[2 * number + i], np.array(places, np.int32))
                for i in (0, 1)
            ]
            for number, places in enumerate(self.candidates.frozen)
        ]
        head, attention = model.heads[task], model.attentions.get(task)
        self._readout = [head.kernel.value, head.bias.value]
        if attention is not None:
            self._readout.append(attention.kernel.value)

    def weights_spec(self) -> list[tf.TensorShape]:
        """Shapes of a candidate's weights, whatever it names."""
        stacks = [tf.TensorShape([None, *one.shape[1:]]) for one in self._stacks]
        return stacks + [one.shape for one in self._readout]

    def gather(self, candidate: Candidate) -> Weights:
        """Copies the weights that a training of the candidate moves."""
        places = [one for one in candidate.free for _ in range(2)]
        gathered = [
            tf.gather(stack, place)
            for stack, place in zip(self._stacks, places, strict=True)
        ]
        return gathered + [one.read_value() for one in self._readout]

    def scatter(self, candidate: Candidate, weights: Sequence[tf.Tensor]) -> None:
        """Keeps what the candidate's weights have become."""
        places = [one for one in candidate.free for _ in range(2)]
        for stack, place, values in zip(self._stacks, places, weights, strict=False):
            tf.raw_ops.ResourceScatterUpdate(
                resource=stack.handle, indices=place, updates=values
            )
        for variable, values in zip(
            self._readout, weights[len(self._stacks) :], strict=True
        ):
            variable.assign(values)

    def features(
        self, values: tf.Tensor, weights: Weights, divisors: tf.Tensor
    ) -> tf.Tensor:
        """Runs segments through the layers.

        Args:
          values: float32 `[num_segments, num_inputs]`.
          weights: From `gather`.
          divisors: The candidate's.

        Returns:
          float32 `[num_segments, frames, width]`.
        """
        hidden = tf.reshape(values, [-1, *self._first_shape])
        outputs = []
        for number, (layer, divisor) in enumerate(
            zip(self._layers, tf.unstack(divisors), strict=True)
        ):
            kernels, biases = weights[2 * number : 2 * number + 2]
            hidden = layer.pool(self._sum(number, hidden, kernels, biases) / divisor)
            outputs.append(hidden)
        return self._settings.join_features(outputs)

    def pooled(
        self, features: tf.Tensor, sample: tf.Tensor, weights: Weights
    ) -> tf.Tensor:
        """Brings the frames of each sample together, see `pool_samples`."""
        attention = weights[-1] if self._settings.pooling == "attention" else None
        return pool_samples(features, sample, self._settings.pooling, attention)

    def logits(self, pooled: tf.Tensor, weights: Weights) -> tf.Tensor:
        """Classifies samples: float32 `[num_samples, num_classes]`."""
        kernel, bias = weights[len(self._stacks) :][:2]
        return pooled @ kernel + bias

    def kernels_of(self, weights: Weights) -> list[bool]:
        """Which of the weights are kernels of modules or of the head."""
        is_kernel = [True, False] * self.num_layers + [True, False]
        return is_kernel + [False] * (len(weights) - len(is_kernel))

    def is_finite(self) -> tf.Tensor:
        """Whether training has not diverged."""
        return tf.reduce_all(tf.math.is_finite(self._readout[0]))

    def settle(self) -> None:
        """Writes what was learned to the network itself."""
        for number, layer in enumerate(self._layers):
            kernels, biases = self._stacks[2 * number : 2 * number + 2]
            for m, module in enumerate(layer.path_modules):
                if module.trainable:
                    module.kernel.assign(kernels[m])
                    module.bias.assign(biases[m])

    def state(self) -> dict[str, np.ndarray]:
        """What has been learned, by name, for `restore`."""
        return {str(i): one.numpy() for i, one in enumerate(self._kept())}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Takes what had been learned when `state` was called."""
        for i, variable in enumerate(self._kept()):
            variable.assign(state[str(i)])

    def _kept(self) -> list[tf.Variable]:
        return [*self._stacks, *self._readout]

    def _sum(
        self, number: int, inputs: tf.Tensor, kernels: tf.Tensor, biases: tf.Tensor
    ) -> tf.Tensor:
        """Sums the outputs of a layer's free and frozen modules."""
        if not self.candidates.frozen[number]:
            return self._sum_of(number, inputs, kernels, biases)
        frozen = self._sum_of(number, inputs, *self._frozen[number])
        # Genes may name nothing but frozen modules, and a convolution of none fails.
        return frozen + tf.cond(
            tf.shape(kernels)[0] > 0,
            lambda: self._sum_of(number, inputs, kernels, biases),
            lambda: tf.zeros_like(frozen),
        )

    def _sum_of(
        self, number: int, inputs: tf.Tensor, kernels: tf.Tensor, biases: tf.Tensor
    ) -> tf.Tensor:
        return sum_modules(self._linears[number], inputs, kernels, biases)


def _linear(module: DenseModule, plan: LayerPlan, kind: str) -> Linear:
    """The fastest way to a module's linear outputs."""
    if MODULES[kind].keeps_frames:
        return functools.partial(convolve_frames, stride=plan.stride[0])
    return module.linear


def sum_modules(
    linear: Linear,
    inputs: tf.Tensor,
    kernels: tf.Tensor,
    biases: tf.Tensor,
) -> tf.Tensor:
    """Sums the rectified outputs of modules that are worked on side by side.

    Args:
      linear: A module's own product or convolution.
      inputs: float32 `[batch, ...]`.
      kernels: float32 `[num_modules, *kernel_shape]`.
      biases: float32 `[num_modules, units]`.

    Returns:
      float32 `[batch, ..., units]`.
    """
    units = kernels.shape[-1]
    outputs = linear(inputs, side_by_side(kernels)) + tf.reshape(biases, [-1])
    return sum_rectified(outputs, units)
