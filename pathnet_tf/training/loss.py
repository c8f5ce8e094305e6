"""The loss of samples, with everything that makes training harder than scoring.

    loss = mean_i -sum_c t[i, c] log softmax(z[i])[c]

Targets t are one-hot, then smoothed over the classes that a sample may be of, then
weighted by class.
"""

import numpy as np
import tensorflow as tf

from pathnet_tf.training.augmentation import augment, mix
from pathnet_tf.training.settings import TrainingSettings
from pathnet_tf.training.stacked_network import StackedNetwork, Weights

# Far below any logit, and far from the least float.
LEAST_LOGIT = -1e9


class TrainingLoss:
    """What a network's samples are trained towards.

    Attributes:
      labels: int32 `[num_samples]`.
      num_drawn: Segments that stand for a sample.
    """

    def __init__(
        self,
        network: StackedNetwork,
        labels: np.ndarray,
        allowed: np.ndarray,
        segment_shape: tuple[int, ...],
        settings: TrainingSettings,
        *,
        num_own: int | None = None,
    ) -> None:
        """Makes the targets.

        Args:
          network: What classifies.
          labels: int32 `[num_samples]`.
          allowed: bool `[num_samples, num_classes]`, classes that each may be of.
          segment_shape: Shape of a segment.
          settings: How to train.
          num_own: How many samples, the first ones, count as correct or not; weights of
            classes are those among them, and among the others. None stands for all.
        """
        self.labels = labels.astype(np.int32)
        self.num_drawn = (
            settings.segments_per_clip if settings.classify == "clip" else 1
        )
        self._network = network
        self._settings = settings
        self._segment_shape = segment_shape
        self._all_are_allowed = bool(allowed.all())
        self._allowed = tf.constant(allowed, tf.float32)
        self._num_own = len(labels) if num_own is None else num_own
        own, others = slice(self._num_own), slice(self._num_own, None)
        parts = [
            make_targets(self.labels[part], allowed[part], settings)
            for part in (own, others)
        ]
        self._targets = tf.constant(np.concatenate(parts))

    def accuracy(self, logits: np.ndarray) -> float:
        """Share of the own samples that float32 `[num_own, num_classes]` hit."""
        allowed = self._allowed[: self._num_own]
        predicted = np.argmax(self._banned(logits, allowed), axis=1)
        return float(np.mean(predicted == self.labels[: self._num_own]))

    def gradients(
        self,
        values: tf.Tensor,
        places: tf.Tensor,
        weights: Weights,
        divisors: tf.Tensor,
        seed: tf.Tensor,
    ) -> tuple[list[tf.Tensor], tf.Tensor]:
        """Descends a mini-batch; belongs inside a graph.

        Args:
          values: float32 `[batch * num_drawn, num_inputs]`, segments sample by sample.
          places: int32 `[batch]`, which samples they are.
          weights: The candidate's.
          divisors: The candidate's.
          seed: int32 `[2]`.

        Returns:
          Gradients of the mean loss, and how many own samples are classified correctly
          as they are presented.
        """
        settings = self._settings
        changed, dropped = tf.unstack(
            tf.random.experimental.stateless_split(seed, 2), num=2
        )
        values, targets, allowed = self._presented(values, places, changed)
        sample = tf.repeat(tf.range(tf.size(places)), self.num_drawn)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            features = self._network.features(values, weights, divisors)
            pooled = self._network.pooled(features, sample, weights)
            if settings.dropout:
                pooled = tf.nn.experimental.stateless_dropout(
                    pooled, settings.dropout, dropped
                )
            logits = self._banned(self._network.logits(pooled, weights), allowed)
            loss = tf.reduce_mean(cross_entropies(targets, logits))
        gradients = tape.gradient(
            loss, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        predicted = tf.argmax(logits, axis=1, output_type=tf.int32)
        is_correct = predicted == tf.gather(self.labels, places)
        is_correct &= places < self._num_own
        return gradients, tf.reduce_sum(tf.cast(is_correct, tf.int32))

    def _presented(
        self, values: tf.Tensor, places: tf.Tensor, seed: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Changes segments, and their targets and allowed classes with them."""
        settings, num_samples = self._settings, tf.size(places)
        seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 2), num=2)
        targets = tf.gather(self._targets, places)
        allowed = tf.gather(self._allowed, places)
        if settings.augmentation:
            segments = tf.reshape(values, [-1, *self._segment_shape])
            values = augment(segments, num_samples, seeds[0], settings.augmentation)
        width = int(np.prod(self._segment_shape))
        if settings.mixup:
            of_sample = tf.reshape(values, [num_samples, self.num_drawn, width])
            # A mixture may be of a class that one of both may be of.
            values, targets, allowed = mix(
                [of_sample, targets, allowed], seeds[1], settings.mixup
            )
        return tf.reshape(values, [-1, width]), targets, allowed

    def _banned(self, logits: tf.Tensor, allowed: tf.Tensor) -> tf.Tensor:
        if self._all_are_allowed:
            return logits
        return logits + tf.where(allowed > 0, 0.0, LEAST_LOGIT)


def make_targets(
    labels: np.ndarray, allowed: np.ndarray, settings: TrainingSettings
) -> np.ndarray:
    """Makes targets of labels.

    Args:
      labels: int32 `[num_samples]`.
      allowed: bool `[num_samples, num_classes]`.
      settings: Their smoothing, and their weights.

    Returns:
      float32 `[num_samples, num_classes]`; a row sums to its class' weight, which is 1
      on the average of samples.
    """
    num_classes, share = allowed.shape[1], settings.label_smoothing
    spread = allowed / allowed.sum(axis=1, keepdims=True)
    targets = np.eye(num_classes)[labels] * (1 - share) + share * spread
    if settings.class_weights == "balanced" and len(labels):
        counts = np.bincount(labels, minlength=num_classes)
        weights = len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))
        targets *= weights[labels, np.newaxis]
    return targets.astype(np.float32)


def cross_entropies(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Losses of samples.

    TensorFlow's own has the right gradient only where a row of targets sums to 1.

    Args:
      targets: float32 `[num_samples, num_classes]`, not negative.
      logits: float32 `[num_samples, num_classes]`.

    Returns:
      float32 `[num_samples]`.
    """
    return -tf.reduce_sum(targets * tf.nn.log_softmax(logits), axis=1)
