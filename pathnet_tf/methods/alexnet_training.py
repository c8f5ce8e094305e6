"""AlexNet fine-tuned on the target, and its features averaged over a clip.

Reference: Zhang et al. 2018, "Speech emotion recognition using deep convolutional
neural network and discriminant temporal pyramid matching".
"""

import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from pathnet_tf.data.fold_inputs import FoldInputs
from pathnet_tf.data.folds import hold_out_speakers
from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.evaluation.fold_scores import Cost
from pathnet_tf.methods.alexnet import (
    DENSE_UNITS,
    LAYOUTS,
    AlexNet,
    load_weights,
    num_parameters,
    read_weights,
)
from pathnet_tf.methods.baseline_task import BaselineScores, BaselineTask
from pathnet_tf.methods.svm import classify_clips
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.interruption import stop_if_requested

# Learned filters would be torn apart by the rate of drawn ones (Krizhevsky 2012).
LEARNING_RATE = 0.001
DRAWN_LEARNING_RATE = 0.01
VALIDATION_SHARE = 0.2
# Passes without a better score on validation speakers, after which training ends.
PATIENCE = 5
SCORING_BATCH = 64


@dataclasses.dataclass(frozen=True, eq=False)
class FineTuned:
    """AlexNet as it was best on speakers taken out of the training side.

    Attributes:
      model: The network.
      inputs: The fold's sides.
      fitness: Accuracy on those speakers.
      cost: What training took.
    """

    model: AlexNet
    inputs: FoldInputs
    fitness: float
    cost: Cost


def learn_alexnet(task: BaselineTask) -> BaselineScores:
    """Fine-tunes AlexNet on segments or frames."""
    tuned = fine_tune(task)
    scores = log_probabilities(tuned.model, tuned.inputs.test)
    return BaselineScores(scores, tuned.fitness, tuned.cost)


def learn_alexnet_average(task: BaselineTask) -> BaselineScores:
    """Averages the features of a fine-tuned AlexNet over a clip, then a linear SVM."""
    tuned, target, division = fine_tune(task), task.target, task.division
    sides = []
    for inputs, rows in (
        (tuned.inputs.train, division.train),
        (tuned.inputs.test, division.test),
    ):
        clips, place = np.unique(target.clip[rows], return_inverse=True)
        sums = np.zeros((len(clips), DENSE_UNITS))
        np.add.at(sums, place, _over(inputs, tuned.model.features).numpy())
        sides += [clips, sums / np.bincount(place)[:, np.newaxis]]
    scores = classify_clips(task, *sides)
    return BaselineScores(scores.log_probabilities, scores.fitness, tuned.cost)


def fine_tune(task: BaselineTask) -> FineTuned:
    """Trains for at most as many passes as a search presents.

    Args:
      task: What is learned.

    Returns:
      The network of the pass that was best on the validation speakers.

    Raises:
      DataError: The weights' file is missing or broken, or there is a single training
        speaker.
      UsageError: Training diverged.
    """
    settings, target, rng = task.settings, task.target, task.rng
    model, inputs = _initial_model(task), task.inputs()
    labels = target.labels[task.division.train].astype(np.int32)
    speakers = np.asarray(target.speakers)[target.clip[task.division.train]]
    drawn = hold_out_speakers(speakers.tolist(), share=VALIDATION_SHARE, rng=rng)
    validates = np.isin(speakers, sorted(drawn))
    train, held = np.flatnonzero(~validates), np.flatnonzero(validates)
    training = settings.learning.training
    rate = LEARNING_RATE if settings.alexnet_weights else DRAWN_LEARNING_RATE
    num_passes = (
        2 * settings.learning.search.generations * training.passes_per_evaluation
    )
    step = tf.function(_step, autograph=False, reduce_retracing=True)
    best: list[np.ndarray] = []
    fitness, best_pass, done = -1.0, 0, 0
    while done < num_passes and done - best_pass < PATIENCE:
        stop_if_requested()
        order = rng.permutation(train)
        for start in range(0, len(order), training.batch_size):
            places = order[start : start + training.batch_size]
            share = len(places) / training.batch_size
            loss = step(
                model,
                _images(inputs.train.select(places)),
                tf.constant(labels[places]),
                tf.constant(rate * share, tf.float32),
                tf.constant(rng.integers(2**31, size=2), tf.int32),
            )
        if not np.isfinite(loss):
            raise UsageError(
                "Training of AlexNet diverged, its loss is no longer finite; choose "
                "another --normalization"
            )
        done += 1
        scores = log_probabilities(model, inputs.train.select(held))
        reached = float(np.mean(scores.argmax(axis=1) == labels[held]))
        if reached > fitness:
            fitness, best_pass = reached, done
            best = [weight.numpy().copy() for weight in model.weights]
    for weight, values in zip(model.weights, best, strict=True):
        weight.assign(values)
    number = num_parameters(model.layout, len(target.emotions))
    return FineTuned(model, inputs, fitness, Cost(number, number, done * len(train)))


def log_probabilities(model: AlexNet, inputs: SegmentInputs) -> np.ndarray:
    """Classifies segments: float32 `[num_segments, num_classes]`."""
    return tf.nn.log_softmax(_over(inputs, model)).numpy()


def _initial_model(task: BaselineTask) -> AlexNet:
    layout, weights = LAYOUTS["grouped"], None
    if task.settings.alexnet_weights:
        layout, weights = read_weights(task.settings.alexnet_weights)
    model = AlexNet(layout, len(task.target.emotions))
    model.draw_anew(task.rng)
    if weights is not None:
        load_weights(model, weights)
    return model


def _over(
    inputs: SegmentInputs, function: Callable[[tf.Tensor], tf.Tensor]
) -> tf.Tensor:
    """Applies a function to segments, a part of them at a time."""
    parts = []
    for start in range(0, len(inputs), SCORING_BATCH):
        places = np.arange(start, min(start + SCORING_BATCH, len(inputs)))
        parts.append(function(_images(inputs.select(places))))
    return tf.concat(parts, axis=0)


def _images(inputs: SegmentInputs) -> tf.Tensor:
    return tf.reshape(inputs.block(0, len(inputs)), [-1, *inputs.segment_shape])


def _step(
    model: AlexNet,
    images: tf.Tensor,
    labels: tf.Tensor,
    rate: tf.Tensor,
    seed: tf.Tensor,
) -> tf.Tensor:
    """One step of SGD; gives the loss before it."""
    variables = [weight.value for weight in model.trainable_weights]
    with tf.GradientTape() as tape:
        logits = model.call(images, seed=seed)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        loss = tf.reduce_mean(losses)
    gradients = tape.gradient(loss, variables)
    for variable, gradient in zip(variables, gradients, strict=True):
        variable.assign_sub(rate * gradient)
    return loss
