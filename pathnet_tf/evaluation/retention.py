"""What a network still knows of its sources once it has learned a target."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pathnet_tf.evaluation.fold_scores import FoldScores, LearnedSource


class Retention(NamedTuple):
    """What one method keeps of one source, over all folds and repeats.

    Attributes:
      method: The method.
      task: The source's task.
      before: UAR of the source's own clips before the target was learned, mean over
        repeats.
      after: The same after it, mean over folds and repeats.
      num_folds: Folds, those of each repeat counted.
      num_unchanged: Folds after which WAR and UAR are exactly what they were.
    """

    method: str
    task: str
    before: float
    after: float
    num_folds: int
    num_unchanged: int

    @property
    def change(self) -> float:
        """After minus before."""
        return self.after - self.before


def retentions(
    sources: Sequence[LearnedSource], scores: Sequence[FoldScores]
) -> list[Retention]:
    """Compares what each method knows of each source before and after.

    Args:
      sources: Outcomes of the sources.
      scores: Outcomes of the target's folds.

    Returns:
      One for each method and source that was scored, in the order of the scores.
    """
    before = {(one.repeat, one.score.task): one.score for one in sources if one.score}
    found = []
    for method in dict.fromkeys(fold.method for fold in scores):
        pairs = [
            (before[fold.repeat, after.task], after)
            for fold in scores
            if fold.method == method
            for after in fold.source_scores
            if (fold.repeat, after.task) in before
        ]
        for task in dict.fromkeys(after.task for _, after in pairs):
            of_task = [pair for pair in pairs if pair[1].task == task]
            found.append(
                Retention(
                    method,
                    task,
                    float(np.mean([one.uar for one, _ in of_task])),
                    float(np.mean([one.uar for _, one in of_task])),
                    len(of_task),
                    sum(one == other for one, other in of_task),
                )
            )
    return found


def retention_lines(found: Sequence[Retention]) -> list[str]:
    """States it for a person, a line each."""
    return [
        f"{one.method} knows {one.task}'s own clips by {one.after:.3f} UAR after the "
        f"target, {one.before:.3f} before ({one.change:+.3f}; unchanged after "
        f"{one.num_unchanged} of {one.num_folds} folds)"
        for one in found
    ]
