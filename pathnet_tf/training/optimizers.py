"""Optimizers as functions: weights, slots and gradients in, weights and slots out.

Keras' own hold on to the variables that they were built with; a candidate's weights
are gathered anew for each evaluation, and are tensors in a loop.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

Tensors = Sequence[tf.Tensor]

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7
SCHEDULES = ("constant", "cosine")


class Optimizer(NamedTuple):
    """How weights move.

    Attributes:
      num_slots: Tensors that it keeps for each weight.
      step: Of weights, slots, gradients, the step's number from 1 and the learning
        rate makes new weights and slots.
    """

    num_slots: int
    step: Callable[..., tuple[list[tf.Tensor], list[tf.Tensor]]]


def _sgd(
    weights: Tensors, slots: Tensors, gradients: Tensors, number: tf.Tensor, rate: float
) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
    """W - rate g."""
    del number
    moved = [w - rate * g for w, g in zip(weights, gradients, strict=True)]
    return moved, list(slots)


def _adam(
    weights: Tensors, slots: Tensors, gradients: Tensors, number: tf.Tensor, rate: float
) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
    """Kingma & Ba 2015, algorithm 1, with epsilon beside the uncorrected root."""
    first, second = slots[: len(weights)], slots[len(weights) :]
    first = [
        BETA_1 * m + (1 - BETA_1) * g for m, g in zip(first, gradients, strict=True)
    ]
    second = [
        BETA_2 * v + (1 - BETA_2) * tf.square(g)
        for v, g in zip(second, gradients, strict=True)
    ]
    power = tf.cast(number, tf.float32)
    rate *= tf.sqrt(1 - BETA_2**power) / (1 - BETA_1**power)
    moved = [
        w - rate * m / (tf.sqrt(v) + EPSILON)
        for w, m, v in zip(weights, first, second, strict=True)
    ]
    return moved, [*first, *second]


OPTIMIZERS = {"sgd": Optimizer(0, _sgd), "adam": Optimizer(2, _adam)}


def learning_rates(schedule: str, most: float, num_steps: int) -> np.ndarray:
    """The learning rate of each step.

    Args:
      schedule: `constant`, or `cosine` from `most` at the beginning down to 0.
      most: The highest rate.
      num_steps: Steps.

    Returns:
      float32 `[num_steps]`.

    Reference: Loshchilov & Hutter 2017, equation 5, without restarts.
    """
    if schedule == "constant":
        return np.full(num_steps, most, np.float32)
    done = np.arange(num_steps) / num_steps
    return (most * 0.5 * (1 + np.cos(np.pi * done))).astype(np.float32)
