"""How well a network still recognizes its sources after it has learned a target."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pathnet_tf.evaluation.fold_scores import FoldScores, LearnedSource


class Retention(NamedTuple):
    """How well one method recognizes one source before and after learning a target.

    Attributes:
      method: The method.
      task: The source's task.
      before: UAR on the source's own clips before the target was learned, mean over
        repeats.
      after: UAR on the same clips after the target was learned, mean over folds and
        repeats.
      num_folds: Number of folds, counted in every repeat.
      num_unchanged: Number of folds after which WAR and UAR are exactly as before.
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
    """Compares how well each method recognizes each source before and after.

    Args:
      sources: The learned sources.
      scores: Scores of the target's folds.

    Returns:
      The retention of each source that was scored by each method, in the order of
      `scores`.
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
    """Writes each retention as a line of text."""
    return [
        f"{one.method} knows {one.task}'s own clips by {one.after:.3f} UAR after the "
        f"target, {one.before:.3f} before ({one.change:+.3f}; unchanged after "
        f"{one.num_unchanged} of {one.num_folds} folds)"
        for one in found
    ]
