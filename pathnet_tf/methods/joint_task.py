"""Sources and target as one task, which is learned without transfer.

Each corpus has a head, and the heads stand side by side in one output. The loss of a
segment, and the softmax in it, see the head of the segment's own corpus alone.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from scipy.special import log_softmax

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.data.fold_inputs import Division, join_inputs, undivided
from pathnet_tf.data.input_pipeline import LabelledSegments, SegmentInputs

JOINT_TASK = "joint"


@dataclasses.dataclass(frozen=True, eq=False)
class JointTask:
    """Sources and a fold of the target.

    Attributes:
      classes: Names of the classes of all heads, the target's last.
      train: All segments of the sources, then the training segments of the target.
      test: The held-out segments of the target.
      num_target_classes: Classes of the target's head.
    """

    classes: tuple[str, ...]
    train: LabelledSegments
    test: SegmentInputs
    num_target_classes: int

    def of_target(self, log_probabilities: np.ndarray) -> np.ndarray:
        """Log-probabilities of the target's head alone.

        Args:
          log_probabilities: float32 `[num_segments, num_classes]`, of all heads.

        Returns:
          float32 `[num_segments, num_target_classes]`; each row's probabilities sum
          to 1.
        """
        return log_softmax(log_probabilities[:, -self.num_target_classes :], axis=1)


def join_tasks(
    sources: Sequence[Dataset],
    target: Dataset,
    division: Division,
    normalization: str,
) -> JointTask:
    """Joins sources and a fold of the target, each corpus scaled by itself.

    Args:
      sources: The source datasets.
      target: The target dataset.
      division: The fold; what validates is left out.
      normalization: One of `normalization.NORMALIZATIONS`.

    Returns:
      The joint task.
    """
    datasets = [*sources, target]
    divisions = [*map(undivided, sources), division]
    inputs, first_segments = join_inputs(datasets, divisions, normalization)
    first_classes = np.cumsum([0] + [len(one.emotions) for one in datasets])
    num_before = first_segments[-2]
    rows = np.concatenate([np.arange(num_before), num_before + division.train])
    labels = np.concatenate(
        [
            one.labels + first
            for one, first in zip(datasets, first_classes, strict=False)
        ]
    )
    corpus = np.searchsorted(first_segments, rows, side="right") - 1
    head = np.searchsorted(first_classes, np.arange(first_classes[-1]), "right") - 1
    return JointTask(
        classes=tuple(
            f"{place}/{emotion}"
            for place, one in enumerate(datasets)
            for emotion in one.emotions
        ),
        train=LabelledSegments(
            inputs.select(rows),
            labels[rows].astype(np.int32),
            allowed=corpus[:, np.newaxis] == head[np.newaxis],
        ),
        test=inputs.select(num_before + division.test),
        num_target_classes=len(target.emotions),
    )
