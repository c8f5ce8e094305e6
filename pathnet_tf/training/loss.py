"""The loss of samples, with everything that makes training harder than scoring.

    loss = 1 / batch_size * sum_i -sum_c t[i, c] log softmax(z[i])[c]

Targets t are one-hot, then smoothed over the classes that a sample may be of, then
weighted by class.
"""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from pathnet_tf.training.augmentation import augment, mix
from pathnet_tf.training.face_augmentation import augment_faces
from pathnet_tf.training.settings import TrainingSettings

# Far below any logit, and far from the least float.
LEAST_LOGIT = -1e9


class Batch(NamedTuple):
    """A mini-batch, inside a graph.

    Attributes:
      samples: int32 `[batch]`, which samples it holds.
      values: float32 `[batch * num_drawn, num_inputs]`, their segments sample by
        sample; none where `products` are there.
      known: float32 `[batch * num_drawn, width]`, what is known of the segments
        beforehand, such as `Candidate.frozen_sum`.
      products: float32 `[batch, num_free * units]`, see `GramKernels.products`, where
        the first layer is trained by them.
    """

    samples: tf.Tensor
    values: tf.Tensor | None
    known: tf.Tensor | None = None
    products: tf.Tensor | None = None


class TrainingLoss:
    """What a network's samples are trained towards.

    Attributes:
      labels: int32 `[num_samples]`.
      num_own: How many samples, the first ones, are the task's own.
      num_drawn: Segments that stand for a sample.
    """

    def __init__(
        self,
        labels: np.ndarray,
        allowed: np.ndarray,
        segment_shape: tuple[int, ...],
        settings: TrainingSettings,
        *,
        num_own: int | None = None,
    ) -> None:
        """Makes the targets.

        Args:
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
        self._settings = settings
        self._segment_shape = segment_shape
        self._all_are_allowed = bool(allowed.all())
        self._allowed = tf.constant(allowed, tf.float32)
        self.num_own = len(labels) if num_own is None else num_own
        own, others = slice(self.num_own), slice(self.num_own, None)
        parts = [
            make_targets(self.labels[part], allowed[part], settings)
            for part in (own, others)
        ]
        self._targets = tf.constant(np.concatenate(parts))

    def accuracy(self, scores: np.ndarray) -> float:
        """Share of the own samples that are classified correctly.

        Args:
          scores: float32 `[num_own, num_classes]`, logits or log-probabilities.

        Returns:
          Between 0 and 1.
        """
        allowed = None if self._all_are_allowed else self._allowed[: self.num_own]
        predicted = np.argmax(self._banned(scores, allowed), axis=1)
        return float(np.mean(predicted == self.labels[: self.num_own]))

    def gradients(
        self, batch: Batch, network: Any, seed: tf.Tensor
    ) -> tuple[list[tf.Tensor], tf.Tensor]:
        """Differentiates the loss of a mini-batch; belongs inside a graph.

        Args:
          batch: The mini-batch.
          network: What classifies, see `training_loop.TrainedNetwork`.
          seed: int32 `[2]`.

        Returns:
          Gradients of the loss, by `Candidate.moved` and then by the products of
          the batch if it has any; and how many own samples are classified correctly as
          they are presented: int32, a scalar.
        """
        settings, places = self._settings, batch.samples
        changed = dropped = None
        if settings.changes_segments or settings.dropout:
            changed, dropped = tf.unstack(
                tf.random.experimental.stateless_split(seed, 2), num=2
            )
        targets = tf.gather(self._targets, places)
        allowed = None if self._all_are_allowed else tf.gather(self._allowed, places)
        values = batch.values
        if settings.changes_segments:
            values, targets, allowed = self._changed(values, targets, allowed, changed)
        sample = None
        if self.num_drawn > 1:
            sample = tf.repeat(tf.range(tf.size(places)), self.num_drawn)
        moved = list(network.moved)
        if batch.products is not None:
            # The first layer's kernel stays where it is.
            moved = [*moved[1:], batch.products]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(moved)
            features = network.features_of(values, batch.known, batch.products)
            pooled = network.pooled(features, sample)
            if settings.dropout:
                pooled = tf.nn.experimental.stateless_dropout(
                    pooled, settings.dropout, dropped
                )
            logits = self._banned(network.logits(pooled), allowed)
            if settings.class_weights == "none":
                losses = tf.nn.softmax_cross_entropy_with_logits(targets, logits)
            else:
                losses = cross_entropies(targets, logits)
        # The gradient of a mini-batch that is not full counts in proportion to its
        # size, so that every sample that is presented weighs the same.
        share = tf.fill([tf.size(places)], 1 / settings.batch_size)
        gradients = tape.gradient(
            losses,
            moved,
            output_gradients=share,
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        predicted = tf.argmax(logits, axis=1, output_type=tf.int32)
        is_correct = predicted == tf.gather(self.labels, places)
        if self.num_own < len(self.labels):
            is_correct &= places < self.num_own
        return gradients, tf.reduce_sum(tf.cast(is_correct, tf.int32))

    def _changed(
        self,
        values: tf.Tensor,
        targets: tf.Tensor,
        allowed: tf.Tensor | None,
        seed: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor | None]:
        """Augments and mixes segments, and their targets and allowed classes with them.

        Segments are float32 `[batch * num_drawn, num_inputs]`, targets and allowed
        classes `[batch, num_classes]`, before and after.
        """
        settings, num_samples = self._settings, tf.shape(targets)[0]
        seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 2), num=2)
        if settings.augmentation:
            segments = tf.reshape(values, [-1, *self._segment_shape])
            values = augment(segments, num_samples, seeds[0], settings.augmentation)
        if settings.face_augmentation:
            faces = tf.reshape(values, [-1, *self._segment_shape])
            values = augment_faces(
                faces, num_samples, seeds[0], settings.face_augmentation
            )
        width = int(np.prod(self._segment_shape))
        if settings.mixup:
            of_sample = tf.reshape(values, [num_samples, self.num_drawn, width])
            mixed = [of_sample, targets, *([] if allowed is None else [allowed])]
            # A mixture may be of a class that one of both may be of.
            values, targets, *rest = mix(mixed, seeds[1], settings.mixup)
            allowed = rest[0] if rest else None
        return tf.reshape(values, [-1, width]), targets, allowed

    def _banned(self, logits: tf.Tensor, allowed: tf.Tensor | None) -> tf.Tensor:
        """Logits `[batch, num_classes]`, lowered where a class is not allowed."""
        if allowed is None:
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
