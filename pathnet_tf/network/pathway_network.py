"""A pathway by itself: its modules, its task's head, and nothing else."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from pathnet_tf.network.freezing import Pathway, activate
from pathnet_tf.network.modules import ModuleWeights, average_modules
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.pooling import pool_moments, pool_samples, segment_moments
from pathnet_tf.network.settings import PathNetSettings


class PathwayNetwork(tf.Module):
    """Copies of the weights that answer for a task; it knows no other ones.

    Attributes:
      settings: Sizes of the network.
      kernels: float32 `[..., num_inputs, num_active * units]` of each layer, module by
        module.
      biases: float32 `[num_active * units]` of each layer.
      divisors: What the sum over each layer's modules is divided by.
      head: Kernel float32 `[width, num_classes]` and bias `[num_classes]` of the head.
      attention: float32 `[width, 1]`, where frames are pooled by attention.
    """

    def __init__(
        self,
        settings: PathNetSettings,
        modules: Sequence[ModuleWeights],
        divisors: Sequence[float],
        readout: Sequence[tf.Tensor],
    ) -> None:
        """Copies weights.

        Args:
          settings: Sizes of the network.
          modules: Weights of each layer's active modules.
          divisors: What the sum over each layer's modules is divided by.
          readout: Kernel `[width, num_classes]` and bias `[num_classes]` of the head,
            then the attention `[width, 1]` if there is one.
        """
        super().__init__()
        self.settings = settings
        self.kernels = [tf.Variable(one.kernel, trainable=False) for one in modules]
        self.biases = [tf.Variable(one.bias, trainable=False) for one in modules]
        self.divisors: list[Any] = list(divisors)
        copies = [tf.Variable(one, trainable=False) for one in readout]
        self.head, self.attention = copies[:2], copies[2] if copies[2:] else None

    @classmethod
    def of(cls, model: PathNet, pathway: Pathway) -> "PathwayNetwork":
        """Copies a pathway of a network, which becomes the current one there.

        Args:
          model: The network.
          pathway: The pathway.

        Returns:
          Copies of the weights of its modules and of its task's head.
        """
        activate(model, pathway)
        active = [layer.active_modules() for layer in model.pathnet_layers]
        layers = list(zip(model.pathnet_layers, active, strict=True))
        return PathwayNetwork(
            model.settings,
            [layer.weights_of(modules) for layer, modules in layers],
            [float(layer.divisor(float(len(modules)))) for layer, modules in layers],
            [one.value for one in model.readout_weights(pathway.task).values()],
        )

    def features(
        self, values: tf.Tensor | None, first_layer: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Runs segments through the layers, and joins what the head sees of them.

        Args:
          values: float32 `[num_segments, num_inputs]`, or of the segments' shape.
          first_layer: See `layer_outputs`.

        Returns:
          float32 `[num_segments, frames, width]`.
        """
        return self.settings.join_features(self.layer_outputs(values, first_layer))

    def layer_outputs(
        self, values: tf.Tensor | None, first_layer: tf.Tensor | None = None
    ) -> list[tf.Tensor]:
        """Runs segments through the layers.

        Args:
          values: float32 `[num_segments, num_inputs]`, or of the segments' shape.
          first_layer: float32 `[num_segments, *output_shape]`, what the first layer
            gives where that is known already, instead of `values`.

        Returns:
          float32 `[num_segments, *output_shape]` of each layer.
        """
        plans = self.settings.layer_plans()
        if first_layer is None:
            inputs = tf.reshape(values, [-1, *plans[0].input_shape])
            first_layer = self.average(0, inputs, self.groups(0))
        outputs = [first_layer]
        for number in range(1, len(plans)):
            outputs.append(self.average(number, outputs[-1], self.groups(number)))
        return outputs

    def average(
        self,
        number: int,
        inputs: tf.Tensor | None,
        groups: Sequence[ModuleWeights],
        known_sum: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Averages active modules of one layer, see `average_modules`.

        Args:
          number: The layer, from 0.
          inputs: float32 `[num_segments, *input_shape]`.
          groups: Weights of the modules.
          known_sum: See `average_modules`.

        Returns:
          float32 `[num_segments, *output_shape]`.
        """
        plan = self.settings.layer_plans()[number]
        return average_modules(
            inputs,
            groups,
            self.divisors[number],
            units=plan.units,
            stride=plan.stride,
            pool_size=plan.pool_size,
            known_sum=known_sum,
        )

    def groups(self, number: int) -> list[ModuleWeights]:
        """Weights of a layer's active modules."""
        return [ModuleWeights(self.kernels[number], self.biases[number])]

    def pooled(self, features: tf.Tensor, sample: tf.Tensor | None) -> tf.Tensor:
        """Brings the frames of each sample together, see `pool_samples`."""
        return pool_samples(features, sample, self.settings.pooling, self.attention)

    def logits(self, pooled: tf.Tensor) -> tf.Tensor:
        """Maps float32 `[num_samples, width]` to `[num_samples, num_classes]`."""
        kernel, bias = self.head
        return tf.nn.bias_add(pooled @ kernel, bias)

    def log_probabilities(self, features: tf.Tensor, sample: tf.Tensor) -> tf.Tensor:
        """Classifies samples, whose frames are brought together.

        Args:
          features: float32 `[num_segments, frames, width]`.
          sample: int32 `[num_segments]`, ascending from 0, none left out.

        Returns:
          float32 `[num_samples, num_classes]`.
        """
        return tf.nn.log_softmax(self.logits(self.pooled(features, sample)))

    def moments(self, features: tf.Tensor) -> tf.Tensor:
        """What `of_moments` needs of segments.

        Args:
          features: float32 `[num_segments, frames, width]`.

        Returns:
          float32 `[num_segments, 1 + 2 * width]`, see `pooling.segment_moments`.
        """
        return segment_moments(features, self.settings.pooling, self.attention)

    def of_moments(self, moments: tf.Tensor) -> tf.Tensor:
        """Classifies a clip by the moments of all of its segments.

        Args:
          moments: float32 `[num_segments, 1 + 2 * width]`.

        Returns:
          float32 `[1, num_classes]`, log-probabilities.
        """
        pooled = pool_moments(moments, self.settings.pooling)
        return tf.nn.log_softmax(self.logits(pooled))


def together(log_probabilities: Sequence[tf.Tensor]) -> tf.Tensor:
    """What several pathways say together: their mean log-probability.

    Args:
      log_probabilities: float32 `[num_samples, num_classes]` of each pathway.

    Returns:
      float32 `[num_samples, num_classes]`; each row's probabilities sum to 1.
    """
    if len(log_probabilities) == 1:
        return log_probabilities[0]
    return tf.nn.log_softmax(tf.add_n(log_probabilities) / len(log_probabilities))
