"""A learned pathway by itself: its modules, its task's head, and nothing else."""

from collections.abc import Sequence

import tensorflow as tf

from pathnet_tf.network.freezing import Pathway, activate
from pathnet_tf.network.layer_shapes import LayerPlan
from pathnet_tf.network.modules import convolve, side_by_side, sum_rectified
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.pathnet_layer import max_pool
from pathnet_tf.network.pooling import pool_moments, pool_samples, segment_moments


class PathwayNetwork(tf.Module):
    """Copies of the weights that answer for a task; it knows no other ones.

    Attributes:
      kernels: float32 `[..., inputs, num_active * units]` of each layer, one module's
        units after the other's.
      biases: float32 `[num_active * units]` of each layer.
      divisors: What divides each layer's sum.
      head: Kernel and bias of the head.
      attention: float32 `[width, 1]`, where frames are pooled by attention.
      settings: Sizes of the network.
    """

    def __init__(self, model: PathNet, pathway: Pathway) -> None:
        """Copies the active modules and what reads them out."""
        super().__init__()
        self.settings = model.settings
        activate(model, pathway)
        self.kernels, self.biases, self.divisors = [], [], []
        for layer in model.pathnet_layers:
            active = layer.active_modules()
            modules = [layer.path_modules[m] for m in active]
            kernel = side_by_side(tf.stack([one.kernel.value for one in modules]))
            bias = tf.concat([one.bias.value for one in modules], axis=0)
            self.kernels.append(tf.Variable(kernel, trainable=False))
            self.biases.append(tf.Variable(bias, trainable=False))
            self.divisors.append(float(layer.divisor(float(len(active)))))
        head = model.heads[pathway.task]
        self.head = [
            tf.Variable(one.value, trainable=False) for one in (head.kernel, head.bias)
        ]
        attention = model.attentions.get(pathway.task)
        self.attention = None
        if attention is not None:
            self.attention = tf.Variable(attention.kernel.value, trainable=False)

    def features(self, values: tf.Tensor) -> tf.Tensor:
        """Runs segments through the layers.

        Args:
          values: float32 `[num_segments, num_inputs]`, or of the segments' shape.

        Returns:
          float32 `[num_segments, frames, width]`.
        """
        plans = self.settings.layer_plans()
        hidden = tf.reshape(values, [-1, *plans[0].input_shape])
        layers = []
        for plan, kernel, bias, divisor in zip(
            plans, self.kernels, self.biases, self.divisors, strict=True
        ):
            outputs = _linear(plan, hidden, kernel) + bias
            mean = sum_rectified(outputs, plan.units) / divisor
            hidden = max_pool(mean, plan.pool_size)
            layers.append(hidden)
        return self.settings.join_features(layers)

    def log_probabilities(self, features: tf.Tensor, sample: tf.Tensor) -> tf.Tensor:
        """Classifies samples, whose frames are brought together.

        Args:
          features: float32 `[num_segments, frames, width]`.
          sample: int32 `[num_segments]`, ascending from 0, none left out.

        Returns:
          float32 `[num_samples, num_classes]`.
        """
        pooling = self.settings.pooling
        return self._read_out(pool_samples(features, sample, pooling, self.attention))

    def moments(self, features: tf.Tensor) -> tf.Tensor:
        """What `of_moments` needs of segments, see `pooling.segment_moments`."""
        return segment_moments(features, self.settings.pooling, self.attention)

    def of_moments(self, moments: tf.Tensor) -> tf.Tensor:
        """Classifies a clip by the moments of all of its segments.

        Args:
          moments: float32 `[num_segments, 1 + 2 * width]`.

        Returns:
          float32 `[1, num_classes]`, log-probabilities.
        """
        return self._read_out(pool_moments(moments, self.settings.pooling))

    def _read_out(self, pooled: tf.Tensor) -> tf.Tensor:
        kernel, bias = self.head
        return tf.nn.log_softmax(pooled @ kernel + bias)


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


def _linear(plan: LayerPlan, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    return convolve(inputs, kernel, plan.stride) if plan.stride else inputs @ kernel
