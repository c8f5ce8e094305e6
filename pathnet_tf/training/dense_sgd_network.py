"""All of a network but its first layer's kernels, as candidates run through it."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.training.candidate import Candidate, Candidates
from pathnet_tf.training.dense_sgd_first_layer import SCORING_BATCH
from pathnet_tf.training.module_stack import (
    BiasStack,
    FrozenModules,
    ModuleStack,
    summation_matrix,
)


class Summation(NamedTuple):
    """How a layer sums its modules: S of the free and the frozen ones, and d."""

    free: tf.Tensor
    frozen: tf.Tensor
    divisor: tf.Tensor


class CandidateNetwork:
    """One task's candidates: biases, later layers, and the head.

    Attributes:
      variables: What training moves, the first layer's kernels apart.
      candidate_spec: What a graph that takes a candidate expects.
    """

    def __init__(self, model: PathNet, task: str) -> None:
        """Stacks the modules of a network that is ready for the task."""
        layers = model.pathnet_layers
        self._head = model.heads[task]
        self._units = model.settings.layer_units[0]
        self._first_bias = BiasStack(layers[0].path_modules)
        self._free = [ModuleStack(layer.path_modules) for layer in layers[1:]]
        self._frozen = [FrozenModules(layer.path_modules) for layer in layers]
        self._candidates = Candidates(layers)
        self.variables = [
            self._first_bias.bias,
            *(variable for stack in self._free for variable in stack.variables),
            self._head.kernel.value,
            self._head.bias.value,
        ]
        self.candidate_spec = self._candidates.spec

    def candidate(self, genotype: np.ndarray) -> Candidate:
        """Describes a candidate, see `Candidates.of`."""
        return self._candidates.of(genotype)

    def frozen_sums(self, inputs: SegmentInputs) -> tf.Tensor:
        """Sums the outputs of the first layer's frozen modules.

        Args:
          inputs: The segments.

        Returns:
          float32 `[num_segments, module_units]`.
        """
        frozen = self._frozen[0]
        summation = summation_matrix(frozen.number, self._units, 1.0)
        parts = [
            frozen(inputs.block(start, start + SCORING_BATCH), summation)
            for start in range(0, len(inputs), SCORING_BATCH)
        ]
        return tf.concat(parts, axis=0)

    def gather(self, candidate: Candidate) -> list[Summation]:
        """Makes the candidate's modules the current ones; how each layer sums them."""
        for stack, places in self._stacks(candidate):
            stack.gather(places)
        return [
            Summation(
                summation_matrix(tf.size(places), self._units, divisor),
                summation_matrix(frozen.number, self._units, divisor),
                divisor,
            )
            for places, frozen, divisor in zip(
                candidate.free,
                self._frozen,
                tf.unstack(candidate.divisors),
                strict=True,
            )
        ]

    def scatter(self, candidate: Candidate) -> None:
        """Keeps what the candidate's modules have learned."""
        for stack, places in self._stacks(candidate):
            stack.scatter(places)

    def settle(self) -> None:
        """Writes what was learned to the network itself."""
        self._first_bias.settle()
        for stack in self._free:
            stack.settle()

    def state(self) -> dict[str, np.ndarray]:
        """What has been learned, by name, for `restore`."""
        return {str(i): one.numpy() for i, one in enumerate(self._kept())}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Takes what had been learned when `state` was called."""
        for i, variable in enumerate(self._kept()):
            variable.assign(state[str(i)])

    def is_finite(self) -> tf.Tensor:
        """Whether training has not diverged."""
        return tf.reduce_all(tf.math.is_finite(self._head.kernel.value))

    def logits(
        self, sums: tf.Tensor, frozen_sum: tf.Tensor, summations: list[Summation]
    ) -> tf.Tensor:
        """Classifies segments along the current candidate.

        Args:
          sums: float32 `[batch, num_gathered * units]`, the first layer's x K.
          frozen_sum: float32 `[batch, units]`, from `frozen_sums`.
          summations: From `gather`.

        Returns:
          float32 `[batch, num_classes]`.
        """
        first, *later = summations
        hidden = self._first_bias(sums, first.free) + frozen_sum / first.divisor
        for free, frozen, summation in zip(
            self._free, self._frozen[1:], later, strict=True
        ):
            hidden = free(hidden, summation.free) + frozen(hidden, summation.frozen)
        return hidden @ self._head.kernel.value + self._head.bias.value

    def _kept(self) -> list[tf.Variable]:
        head = [self._head.kernel.value, self._head.bias.value]
        stacks: list[BiasStack | ModuleStack] = [self._first_bias, *self._free]
        return [*(one for stack in stacks for one in stack.kept), *head]

    def _stacks(
        self, candidate: Candidate
    ) -> list[tuple[BiasStack | ModuleStack, tf.Tensor]]:
        stacks: list[BiasStack | ModuleStack] = [self._first_bias, *self._free]
        return list(zip(stacks, candidate.free, strict=True))
