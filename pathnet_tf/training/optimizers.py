"""Optimizers that move variables whose width changes from candidate to candidate.

Keras' own hold on to the shapes that they were built with. These keep their slots in
variables of any width, and move weights in place, in one sweep over each.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7


class Optimizer:
    """Moves some variables along their gradients, by SGD or Adam.

    Reference: Kingma & Ba 2015, algorithm 1, with epsilon beside the uncorrected root,
    as TensorFlow and Keras have it.
    """

    def __init__(self, name: str, variables: Sequence[tf.Variable]) -> None:
        """Makes the slots, two of the same shape for each variable under Adam.

        Args:
          name: `sgd` or `adam`.
          variables: What moves, float32 of any shape.
        """
        self._variables = list(variables)
        self._moments: list[tuple[tf.Variable, tf.Variable]] = []
        if name == "adam":
            self._moments = [(_slot(one), _slot(one)) for one in self._variables]

    def forget(self) -> None:
        """Begins anew: the moments become zeros, as wide as the variables now are."""
        for variable, moments in zip(self._variables, self._moments, strict=False):
            for moment in moments:
                moment.assign(tf.zeros_like(variable.read_value()))

    def step(
        self, gradients: Sequence[tf.Tensor], number: tf.Tensor, rate: tf.Tensor | float
    ) -> None:
        """Moves every variable once.

        Args:
          gradients: Of each variable, float32 of the same shape.
          number: int32, a scalar: the step's number, from 1.
          rate: float32, a scalar: the learning rate.
        """
        if not self._moments:
            for variable, gradient in zip(self._variables, gradients, strict=True):
                descend(variable, gradient, rate)
            return
        power = tf.cast(number, tf.float32)
        for variable, (first, second), gradient in zip(
            self._variables, self._moments, gradients, strict=True
        ):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle,
                m=first.handle,
                v=second.handle,
                beta1_power=BETA_1**power,
                beta2_power=BETA_2**power,
                lr=rate,
                beta1=BETA_1,
                beta2=BETA_2,
                epsilon=EPSILON,
                grad=gradient,
            )


def descend(
    variable: tf.Variable, gradient: tf.Tensor, rate: tf.Tensor | float
) -> None:
    """One step of SGD, W - rate g, in place and in one sweep over the variable.

    `assign_sub(rate * gradient)` would write the product to memory first.

    Args:
      variable: W, float32 of any shape.
      gradient: g, float32 of the same shape.
      rate: The learning rate, a scalar.
    """
    tf.raw_ops.ResourceApplyGradientDescent(
        var=variable.handle, alpha=rate, delta=gradient
    )


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


def _slot(variable: tf.Variable) -> tf.Variable:
    """A variable of zeros of the same shape, which may change its width, too."""
    nothing = tf.zeros_like(variable.read_value())
    return tf.Variable(nothing, shape=variable.shape, trainable=False)
