"""What a baseline learns, and what it hands back."""

import dataclasses
import math

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.data.fold_inputs import Division, FoldInputs, normalize
from pathnet_tf.evaluation.fold_scores import Cost
from pathnet_tf.methods.settings import JobSettings

LEAST = math.log(1e-12)


@dataclasses.dataclass(frozen=True, eq=False)
class BaselineScores:
    """What a baseline made of a fold.

    Attributes:
      log_probabilities: float32 `[num_test, num_classes]`, of held-out segments.
      fitness: Accuracy on the training side, by the rule that chose the settings.
      cost: What learning took.
    """

    log_probabilities: np.ndarray
    fitness: float
    cost: Cost


@dataclasses.dataclass(frozen=True, eq=False)
class BaselineTask:
    """What a baseline learns.

    Attributes:
      settings: The experiment's.
      target: The target dataset.
      division: Its sides; nothing validates.
      repeat: From 0.
      rng: Source of every random choice.
    """

    settings: JobSettings
    target: Dataset
    division: Division
    repeat: int
    rng: np.random.Generator

    def inputs(self) -> FoldInputs:
        """The sides, normalized as the run's inputs are."""
        return normalize(self.target, self.division, self.settings.normalization)


def of_segments(
    scores: np.ndarray, clips: np.ndarray, task: BaselineTask
) -> np.ndarray:
    """Gives every held-out segment the scores of its clip.

    Args:
      scores: `[num_clips, num_classes]`, log-probabilities; minus infinity becomes
        something finite, since a clip's mean would be NaN.
      clips: int64 `[num_clips]`, ascending.
      task: What was learned.

    Returns:
      float32 `[num_test, num_classes]`.
    """
    places = np.searchsorted(clips, task.target.clip[task.division.test])
    return np.maximum(scores, LEAST)[places].astype(np.float32)
