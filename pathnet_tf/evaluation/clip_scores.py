"""Scores of the clips that a unit held out, brought together from their segments."""

import dataclasses

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.evaluation import metrics
from pathnet_tf.evaluation.fold_scores import FoldScores


@dataclasses.dataclass(frozen=True, eq=False)
class ClipScores:
    """What was found of the clips of one fold.

    Attributes:
      method: Such as `transfer`, `scratch` or `transfer fused`.
      repeat: From 0.
      fold: Name of the fold.
      clips: int64 `[num_clips]`, ascending indices into the clips of the target.
      log_probabilities: float64 `[num_clips, num_classes]`; each row's probabilities
        sum to 1.
    """

    method: str
    repeat: int
    fold: str
    clips: np.ndarray
    log_probabilities: np.ndarray


def clip_scores(scores: FoldScores, target: Dataset) -> ClipScores:
    """Brings the segments of a fold together to clips by their mean log-probability."""
    clips, place = np.unique(target.clip[scores.test], return_inverse=True)
    return ClipScores(
        scores.method,
        scores.repeat,
        scores.fold,
        clips,
        metrics.clip_log_probabilities(scores.log_probabilities, place, len(clips)),
    )


def clip_labels(target: Dataset) -> np.ndarray:
    """Class of each clip of a dataset, int64 `[num_clips]`."""
    return np.array([target.emotions.index(clip.emotion) for clip in target.clips])
