"""In which order samples are presented to be learned from."""

from typing import NamedTuple

import numpy as np


class Presentation(NamedTuple):
    """Samples in the order in which they are presented, as a graph takes them.

    Attributes:
      samples: int32 `[num_presented]`.
      segments: int32 `[num_presented, segments_per_sample]`, which stand for them.
      rates: float32 `[num_steps]`, learning rate of each mini-batch.
      seed: int32 `[2]`, of all that is drawn inside the graph.
    """

    samples: np.ndarray
    segments: np.ndarray
    rates: np.ndarray
    seed: np.ndarray


def in_passes(
    number: int, num_own: int, num_others: int, replay: float, rng: np.random.Generator
) -> np.ndarray:
    """Draws an order in which so many own samples are presented, and others beside.

    Args:
      number: Own samples to present, pass after pass; each is in a pass once.
      num_own: Own samples there are.
      num_others: Others there are, whose places follow those of the own ones.
      replay: Others to draw in each pass, as a share of the own ones in it.
      rng: Source of randomness.

    Returns:
      int64 `[num_presented]`, places of samples.
    """
    orders = []
    for first in range(0, number, num_own):
        order = rng.permutation(num_own)[: number - first]
        if replay:
            others = rng.integers(num_others, size=round(replay * len(order)))
            order = rng.permutation(np.concatenate([order, num_own + others]))
        orders.append(order)
    return np.concatenate(orders)
