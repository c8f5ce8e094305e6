"""A learned pathway by itself: its modules, its task's head, and nothing else."""

from collections.abc import Sequence

import tensorflow as tf

from pathnet_tf.clip_pooling import pool_samples
from pathnet_tf.freezing import Pathway, activate
from pathnet_tf.model import PathNet
from pathnet_tf.stacked_network import sum_modules


class PathwayNetwork(tf.Module):
    """Copies of the weights that answer for a task.

    Attributes:
      kernels: float32 `[num_active, *kernel_shape]` of each layer.
      biases: float32 `[num_active, units]` of each layer.
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
        self._layers = model.pathnet_layers
        self.kernels, self.biases, self.divisors = [], [], []
        for layer in model.pathnet_layers:
            active = layer.active_modules()
            modules = [layer.path_modules[m] for m in active]
            kernels = tf.stack([module.kernel.value for module in modules])
            biases = tf.stack([module.bias.value for module in modules])
            self.kernels.append(tf.Variable(kernels, trainable=False))
            self.biases.append(tf.Variable(biases, trainable=False))
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
        first = self.settings.layer_plans()[0].input_shape
        hidden = tf.reshape(values, [-1, *first])
        for layer, kernels, biases, divisor in zip(
            self._layers, self.kernels, self.biases, self.divisors, strict=True
        ):
            linear = layer.path_modules[0].linear
            hidden = layer.pool(sum_modules(linear, hidden, kernels, biases) / divisor)
        return tf.reshape(hidden, [-1, *self.settings.features_shape()])

    def log_probabilities(self, features: tf.Tensor, sample: tf.Tensor) -> tf.Tensor:
        """Classifies samples, whose frames are brought together.

        Args:
          features: float32 `[num_segments, frames, width]`.
          sample: int32 `[num_segments]`, ascending from 0, none left out.

        Returns:
          float32 `[num_samples, num_classes]`.
        """
        pooled = pool_samples(features, sample, self.settings.pooling, self.attention)
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
