"""A candidate pathway as a graph takes it: places of free modules, and divisors."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from pathnet_tf.network.pathnet_layer import PathNetLayer


class Candidate(NamedTuple):
    """A candidate as a graph takes it.

    Attributes:
      free: int32 `[num_free_and_active]` for each layer, places of modules.
      divisors: float32 `[num_layers]`, what divides a layer's sum of outputs.
    """

    free: list[Any]
    divisors: Any


class Candidates:
    """Describes candidates of a network whose frozen modules stay as they are.

    Attributes:
      frozen: Places of each layer's frozen modules.
      spec: What a graph that takes a candidate expects.
    """

    def __init__(self, layers: Sequence[PathNetLayer]) -> None:
        """Takes the layers of a network that is ready for its task."""
        self._layers = layers
        self.frozen = self._frozen_now()
        self.spec = Candidate(
            [tf.TensorSpec([None], tf.int32)] * len(layers),
            tf.TensorSpec([len(layers)], tf.float32),
        )

    def of(self, genotype: np.ndarray) -> Candidate:
        """Describes a candidate.

        Args:
          genotype: int32 `[num_layers, num_active]`.

        Returns:
          The candidate.

        Raises:
          RuntimeError: Modules were frozen or thawed in the meantime.
        """
        if self._frozen_now() != self.frozen:
            raise RuntimeError(
                "Modules were frozen or thawed after this trainer was made, which it "
                "would not see; make a new one"
            )
        free, divisors = [], []
        for layer, genes, frozen in zip(
            self._layers, genotype, self.frozen, strict=True
        ):
            active = set(frozen) | set(genes.tolist())
            free.append(np.array(sorted(active - set(frozen)), np.int32))
            divisors.append(layer.divisor(float(len(active))))
        return Candidate(free, np.array(divisors, np.float32))

    def _frozen_now(self) -> list[list[int]]:
        return [
            [m for m, module in enumerate(layer.path_modules) if not module.trainable]
            for layer in self._layers
        ]
