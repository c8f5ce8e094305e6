"""How sure a score is, and whether paired scores differ.

Clips of one speaker resemble each other, so speakers are what is drawn and compared,
never clips.

    interval      percentiles of a score over speakers drawn with replacement
    difference    the same of one score minus another, the speakers drawn for both
    p value       Wilcoxon's signed-rank test of per-speaker differences, exact
    effect        matched-pairs rank-biserial correlation (W+ - W-) / (W+ + W-)
    several tests Holm's step-down correction

An interval over few speakers is too narrow: of simulated ones over 4, 10 and 24
speakers 79, 90 and 94 % held the truth. It does not tell how another seed would do,
beyond the repeats that there are.

References: Efron & Tibshirani 1993, "An introduction to the bootstrap"; Wilcoxon 1945,
"Individual comparisons by ranking methods"; Kerby 2014, "The simple difference
formula"; Holm 1979, "A simple sequentially rejective multiple test procedure".
"""

import dataclasses
import warnings
from collections.abc import Callable, Sequence

import numpy as np

LEVEL = 0.95
NUM_DRAWS = 2000
FEW_SPEAKERS = 8
"""Below so many, an interval comes with a warning."""

# Differences closer than this are one: they differ by rounding.
_DECIMALS = 12


@dataclasses.dataclass(frozen=True)
class Interval:
    """A score with its interval.

    Attributes:
      estimate: The score of all speakers, mean over repeats.
      low: Lower end; NaN where a single speaker leaves nothing to draw from.
      high: Upper end.
      num_speakers: Speakers drawn from.
    """

    estimate: float
    low: float
    high: float
    num_speakers: int

    @property
    def warning(self) -> str:
        """What to say of few speakers; empty where there are enough."""
        if self.num_speakers == 1:
            return "1 speaker gives no interval over speakers"
        if self.num_speakers < FEW_SPEAKERS:
            return (
                f"{self.num_speakers} speakers are few for an interval; it is likely "
                "too narrow"
            )
        return ""

    def __str__(self) -> str:
        """Both ends for a person."""
        if np.isnan(self.low):
            return "none"
        return f"{self.low:.3f} to {self.high:.3f}"

    @property
    def signed(self) -> str:
        """Both ends with their signs, of a difference."""
        if np.isnan(self.low):
            return "none"
        # Adding 0 keeps a minus from standing before a rounded 0.
        low, high = (round(end, 3) + 0.0 for end in (self.low, self.high))
        return f"{low:+.3f} to {high:+.3f}"


def bootstrap_interval(
    confusions: np.ndarray,
    metric: Callable[[np.ndarray], np.ndarray],
    *,
    rng: np.random.Generator,
    num_draws: int = NUM_DRAWS,
) -> Interval:
    """Bootstraps a pooled score over speakers.

    As many speakers as there are, are drawn with replacement, with all their clips of
    all repeats; the clips of a repeat are pooled and scored, and the scores of the
    repeats averaged, as the score itself is. A class that a draw lacks counts as the
    metric says (for UAR, as recall 0).

    Args:
      confusions: int `[num_repeats, num_speakers, num_classes, num_classes]`.
      metric: Maps `[..., num_classes, num_classes]` to `[...]`, as `metrics.uars`.
      rng: Draws speakers.
      num_draws: Draws, > 0.

    Returns:
      The score and its 95 % percentile interval.

    Raises:
      ValueError: `confusions` has another shape or no clip.
    """
    _require_confusions(confusions)
    estimate = _pooled(confusions, metric)
    num_speakers = confusions.shape[1]
    if num_speakers == 1:
        return Interval(estimate, float("nan"), float("nan"), 1)
    times_drawn = _draws(num_speakers, num_draws, rng)
    scores = _drawn_scores(confusions, metric, times_drawn)
    return _interval(estimate, scores, num_speakers)


def bootstrap_difference(
    first: np.ndarray,
    second: np.ndarray,
    metric: Callable[[np.ndarray], np.ndarray],
    *,
    rng: np.random.Generator,
    num_draws: int = NUM_DRAWS,
) -> Interval:
    """Bootstraps the difference of two pooled scores over the speakers of both.

    Each draw takes the same speakers of both sides and subtracts their scores, each as
    `bootstrap_interval` scores them; given the same state of `rng`, the draws are those
    of the scores' own intervals.

    Args:
      first: int `[num_repeats, num_speakers, num_classes, num_classes]`.
      second: The same of the same speakers in the same order; repeats may be fewer or
        more.
      metric: See `bootstrap_interval`.
      rng: Draws speakers.
      num_draws: Draws, > 0.

    Returns:
      First minus second, and its 95 % percentile interval.

    Raises:
      ValueError: A side has another shape or no clip, or the two differ in speakers or
        classes.
    """
    for side in (first, second):
        _require_confusions(side)
    if first.shape[1:] != second.shape[1:]:
        raise ValueError(
            "Both sides must have the same speakers and classes. Received: shapes "
            f"{first.shape} and {second.shape}"
        )
    estimate = _pooled(first, metric) - _pooled(second, metric)
    num_speakers = first.shape[1]
    if num_speakers == 1:
        return Interval(estimate, float("nan"), float("nan"), 1)
    times_drawn = _draws(num_speakers, num_draws, rng)
    scores = [_drawn_scores(side, metric, times_drawn) for side in (first, second)]
    return _interval(estimate, scores[0] - scores[1], num_speakers)


def speaker_scores(
    confusions: np.ndarray, metric: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Scores each speaker, averaged over the repeats that have clips of it.

    Args:
      confusions: int `[num_repeats, num_speakers, num_classes, num_classes]`.
      metric: See `bootstrap_interval`.

    Returns:
      float64 `[num_speakers]`; NaN for a speaker without clips.
    """
    return _mean_over_repeats(np.swapaxes(confusions, 0, 1), metric)


def signed_rank_test(differences: np.ndarray) -> tuple[float, float]:
    """Tests whether paired differences are symmetric about zero (Wilcoxon).

    Zero differences are left out, as Wilcoxon did; tied ones share their mean rank. The
    p value is exact for any number of differences and with ties: it counts in how many
    of the 2^n assignments of signs the rank sum lies as far from its mean.

    Args:
      differences: float `[num_pairs]`, finite.

    Returns:
      The two-sided p value (1 if all differences are zero), and the rank-biserial
      correlation (then 0).
    """
    rounded = np.round(differences, _DECIMALS)
    rounded = rounded[rounded != 0]
    if not len(rounded):
        return 1.0, 0.0
    _, place, counts = np.unique(
        np.abs(rounded), return_inverse=True, return_counts=True
    )
    # Twice the mean rank of each, so that ranks shared by ties are whole numbers.
    ranks = (2 * np.cumsum(counts) - counts + 1)[place]
    total, positive = int(ranks.sum()), int(ranks[rounded > 0].sum())
    chances = np.zeros(total + 1)
    chances[0] = 1.0
    for rank in ranks:
        # Each sign is positive or negative with even chances.
        chances[rank:] = (chances[rank:] + chances[: total + 1 - rank]) / 2
        chances[:rank] /= 2
    smaller = min(positive, total - positive)
    p_value = min(1.0, 2 * float(chances[: smaller + 1].sum()))
    return p_value, (2 * positive - total) / total


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Corrects p values for being several (Holm).

    Args:
      p_values: `[num_tests]`, each in [0, 1].

    Returns:
      float64 `[num_tests]`: reject those below alpha, and the chance that any true
      null hypothesis is rejected stays below alpha.
    """
    values = np.asarray(p_values, float)
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(len(values), 0, -1)
    corrected = np.empty_like(values)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected


def _require_confusions(confusions: np.ndarray) -> None:
    if confusions.ndim != 4 or not confusions.sum():
        raise ValueError(
            "confusions must be [num_repeats, num_speakers, num_classes, num_classes] "
            f"with at least one clip. Received: shape {confusions.shape}, "
            f"{confusions.sum()} clips"
        )


def _pooled(
    confusions: np.ndarray, metric: Callable[[np.ndarray], np.ndarray]
) -> float:
    return float(_mean_over_repeats(confusions.sum(axis=1)[None], metric)[0])


def _draws(num_speakers: int, num_draws: int, rng: np.random.Generator) -> np.ndarray:
    """How often each draw takes each speaker, int `[num_draws, num_speakers]`."""
    share = np.full(num_speakers, 1 / num_speakers)
    return rng.multinomial(num_speakers, share, size=num_draws)


def _drawn_scores(
    confusions: np.ndarray,
    metric: Callable[[np.ndarray], np.ndarray],
    times_drawn: np.ndarray,
) -> np.ndarray:
    """The pooled score of each draw, float64 `[num_draws]`."""
    drawn = np.einsum("ds,rsij->drij", times_drawn, confusions)
    return _mean_over_repeats(drawn, metric)


def _interval(estimate: float, scores: np.ndarray, num_speakers: int) -> Interval:
    tail = (1 - LEVEL) / 2
    low, high = np.nanquantile(scores, [tail, 1 - tail])
    return Interval(estimate, float(low), float(high), num_speakers)


def _mean_over_repeats(
    confusions: np.ndarray, metric: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Scores matrices and averages them over the repeats that have clips.

    Args:
      confusions: int `[num, num_repeats, num_classes, num_classes]`.
      metric: See `bootstrap_interval`.

    Returns:
      float64 `[num]`.
    """
    has_clips = confusions.any(axis=(-2, -1))
    scores = np.where(has_clips, metric(confusions), np.nan)
    with warnings.catch_warnings():
        # A speaker without clips in any repeat has no score.
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmean(scores, axis=1)
