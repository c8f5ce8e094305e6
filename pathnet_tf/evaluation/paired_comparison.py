"""Compares two methods on the same speakers, and states the result in words."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from pathnet_tf.evaluation.significance import (
    Interval,
    bootstrap_difference,
    holm,
    signed_rank_test,
    speaker_scores,
)

ALPHA = 0.05


@dataclasses.dataclass(frozen=True, eq=False)
class PairedComparison:
    """Two methods, compared speaker by speaker.

    Attributes:
      first: Name of the first method.
      second: Name of the second method.
      metric: Name of the score, such as `UAR`.
      differences: float64 `[num_speakers]`, score of the first method minus score of
        the second.
      p_value: Two-sided p value, corrected if several comparisons were made.
      effect: Rank-biserial correlation in [-1, 1]; 1 if all differences favour the
        first method.
      num_comparisons: Number of comparisons that the p value is corrected for.
      pooled: Difference of the pooled scores, first minus second, with its interval
        over speakers; None if it was not measured.
    """

    first: str
    second: str
    metric: str
    differences: np.ndarray
    p_value: float
    effect: float
    num_comparisons: int = 1
    pooled: Interval | None = None

    @property
    def mean_difference(self) -> float:
        """Mean of the differences over speakers."""
        return float(self.differences.mean())

    @property
    def is_significant(self) -> bool:
        """Whether the p value is below 0.05."""
        return self.p_value < ALPHA

    def words(self) -> str:
        """States the result in one sentence, without a full stop."""
        if not self.is_significant:
            return self._no_evidence()
        better, other, by = self.first, self.second, self.mean_difference
        if self.effect < 0:
            better, other, by = other, better, -by
        evidence = self._evidence(abs(self.effect))
        if by < 0:
            return (
                f"{better} is better than {other} for more speakers, yet worse on "
                f"average by {-by:.2f} {self.metric} a speaker {evidence}"
            )
        return (
            f"{better} is better than {other} by {by:.2f} {self.metric} a speaker "
            f"{evidence}"
        )

    def verdict(self) -> str:
        """States the result in a few words, for a table."""
        if self.is_significant:
            higher = "first" if self.effect > 0 else "second"
            is_mean_against = self.mean_difference * self.effect < 0
            # Not "is better": the higher of two protocols' scores may come from a leak.
            return f"{higher} scores higher{' for most' if is_mean_against else ''}"
        return f"no evidence of a difference{self.remark}"

    def _no_evidence(self) -> str:
        text = (
            f"no evidence of a difference in {self.metric} between {self.first} and "
            f"{self.second}: {self.mean_difference:+.3f} a speaker "
            f"{self._evidence(self.effect)}"
        )
        return text + self.remark

    @property
    def remark(self) -> str:
        """A remark if no result on so few speakers could be significant, else empty."""
        num_speakers = len(self.differences)
        # The smallest possible p value: all differences favour one method.
        least_p_value = 2.0 ** (1 - num_speakers) * self.num_comparisons
        if least_p_value < ALPHA:
            return ""
        return f"; {num_speakers} speaker(s) are too few to show any"

    def _evidence(self, effect: float) -> str:
        small = self.p_value < 0.001
        p_value = "p < 0.001" if small else f"p = {self.p_value:.3f}"
        after = " after Holm" if self.num_comparisons > 1 else ""
        # Adding 0 keeps a minus from standing before a rounded 0.
        return f"({p_value}{after}, effect {round(effect, 1) + 0.0:.1f})"


def compare(
    first: str,
    second: str,
    metric: str,
    first_scores: np.ndarray,
    second_scores: np.ndarray,
) -> PairedComparison:
    """Compares two methods on the same speakers.

    Args:
      first: Name of the first method.
      second: Name of the second method.
      metric: Name of the score, such as `UAR`.
      first_scores: float `[num_speakers]`, averaged over repeats.
      second_scores: float `[num_speakers]`, of the same speakers in the same order.

    Returns:
      The comparison, with an uncorrected p value.

    Raises:
      ValueError: The scores differ in length, are empty or are not finite.
    """
    one, other = np.asarray(first_scores, float), np.asarray(second_scores, float)
    is_paired = one.ndim == 1 and one.shape == other.shape and len(one)
    if not is_paired or not np.isfinite([one, other]).all():
        raise ValueError(
            "Both methods need a finite score of each speaker. Received: "
            f"first_scores={one}, second_scores={other}"
        )
    differences = one - other
    p_value, effect = signed_rank_test(differences)
    return PairedComparison(first, second, metric, differences, p_value, effect)


def compare_counts(
    first: str,
    second: str,
    metric: str,
    score: Callable[[np.ndarray], np.ndarray],
    sides: Sequence[np.ndarray],
    *,
    rng: np.random.Generator,
) -> PairedComparison | None:
    """Compares two methods on the speakers for whom both have scored clips.

    Args:
      first: Name of the first method.
      second: Name of the second method.
      metric: Name of the score, such as `UAR`.
      score: Maps `[..., num_classes, num_classes]` to `[...]`, as `metrics.uars` does.
      sides: For each method, int `[num_repeats, num_speakers, num_classes,
        num_classes]`, of the same speakers in the same order.
      rng: Draws speakers.

    Returns:
      The comparison with its interval and an uncorrected p value; None if there is no
      such speaker.
    """
    is_both = np.all([side.any(axis=(0, 2, 3)) for side in sides], axis=0)
    if not is_both.any():
        return None
    one, other = (side[:, is_both] for side in sides)
    scores = (speaker_scores(one, score), speaker_scores(other, score))
    pooled = bootstrap_difference(one, other, score, rng=rng)
    comparison = compare(first, second, metric, *scores)
    return dataclasses.replace(comparison, pooled=pooled)


def corrected(comparisons: Sequence[PairedComparison]) -> list[PairedComparison]:
    """Corrects comparisons that are reported together, by Holm's rule.

    Each metric is corrected separately, since WAR and UAR ask the same question twice.
    Corrected together, ten speakers could not tell a dozen methods apart.

    Args:
      comparisons: Uncorrected comparisons.

    Returns:
      The corrected comparisons, in the same order.
    """
    after: list[PairedComparison] = list(comparisons)
    for metric in {comparison.metric for comparison in comparisons}:
        family = [i for i, one in enumerate(comparisons) if one.metric == metric]
        p_values = holm([comparisons[i].p_value for i in family])
        for i, p_value in zip(family, p_values.tolist(), strict=True):
            after[i] = dataclasses.replace(
                comparisons[i], p_value=p_value, num_comparisons=len(family)
            )
    return after
