"""What a network is trained on: single segments or whole clips, and in which order."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.network.pathway_network import PathwayNetwork


class Samples:
    """The samples among some segments.

    Attributes:
      inputs: The segments.
      of_segment: int32 `[num_segments]`, the sample that each is of.
      order: int64 `[num_segments]`, the segments sample by sample.
    """

    def __init__(self, inputs: SegmentInputs, classify: str) -> None:
        """Takes each segment as a sample, or each clip."""
        self.inputs = inputs
        clip = np.arange(len(inputs)) if classify == "segment" else inputs.clip
        _, place, counts = np.unique(clip, return_inverse=True, return_counts=True)
        self.of_segment = place.astype(np.int32)
        self.order = np.argsort(place, kind="stable")
        self._counts = counts
        self._firsts = np.cumsum(counts) - counts

    def __len__(self) -> int:
        """Number of samples."""
        return len(self._counts)

    def first_of(self, of_segment: np.ndarray) -> np.ndarray:
        """What is known of segments, for each sample: that of its first segment.

        Args:
          of_segment: `[num_segments, ...]`.

        Returns:
          `[num_samples, ...]`.
        """
        return of_segment[self.order[self._firsts]]

    def log_probabilities(
        self, network: PathwayNetwork, features: tf.Tensor
    ) -> tf.Tensor:
        """Classifies the samples.

        Args:
          network: What classifies.
          features: float32 `[num_segments, frames, width]`, what the network's layers
            give for the segments.

        Returns:
          float32 `[num_samples, num_classes]`.
        """
        in_order = tf.gather(features, self.order)
        of_segment = tf.constant(self.of_segment[self.order])
        return network.log_probabilities(in_order, of_segment)

    def draw(
        self, samples: np.ndarray, num_segments: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Draws segments that stand for samples, spread evenly over each.

        Args:
          samples: int `[num_drawn]`, which samples.
          num_segments: Segments for each; a sample of fewer repeats some.
          rng: Source of randomness.

        Returns:
          int32 `[num_drawn, num_segments]`, places in `inputs`, ascending in a clip.
        """
        parts = np.arange(num_segments) + rng.random((len(samples), num_segments))
        counts = self._counts[samples][:, np.newaxis]
        within = (parts * counts / num_segments).astype(np.int64)
        # A part just below its end may be rounded up to it.
        within = np.minimum(within, counts - 1)
        firsts = self._firsts[samples][:, np.newaxis]
        return self.order[firsts + within].astype(np.int32)


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
