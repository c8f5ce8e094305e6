"""What a baseline is given to learn, and the scores that it returns."""

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
    """The scores of a baseline on one fold.

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
    """One fold that a baseline learns and scores.

    Attributes:
      settings: The experiment's.
      target: The target dataset.
      division: The fold's training and held-out segments; nothing validates.
      repeat: From 0.
      rng: Source of every random choice.
    """

    settings: JobSettings
    target: Dataset
    division: Division
    repeat: int
    rng: np.random.Generator

    def on_segments(self) -> "BaselineTask":
        """The same fold of what vectors describe; the fold itself if it has none."""
        described, target = self.target.described, self.target
        if described is None:
            return self
        parts = dataclasses.astuple(self.division)
        rows = [
            np.flatnonzero(np.isin(described.clip, target.clip[part])) for part in parts
        ]
        return dataclasses.replace(self, target=described, division=Division(*rows))

    def inputs(self) -> FoldInputs:
        """The inputs of both sides, normalized as the settings say."""
        return normalize(self.target, self.division, self.settings.normalization)


def of_segments(
    scores: np.ndarray, clips: np.ndarray, task: BaselineTask
) -> np.ndarray:
    """Gives every held-out segment the scores of its clip.

    Args:
      scores: float `[num_clips, num_classes]`, log-probabilities; the least value that
        is returned is log(1e-12), as a mean over minus infinity would be NaN.
      clips: int64 `[num_clips]`, ascending, the clips that were scored.
      task: The fold.

    Returns:
      float32 `[num_test, num_classes]`.
    """
    places = np.searchsorted(clips, task.target.clip[task.division.test])
    return np.maximum(scores, LEAST)[places].astype(np.float32)
