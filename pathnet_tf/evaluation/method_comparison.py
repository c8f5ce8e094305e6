"""Compares the methods of one experiment: intervals and paired comparisons."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.evaluation import metrics
from pathnet_tf.evaluation.fold_scores import ClipScores, clip_labels
from pathnet_tf.evaluation.paired_comparison import (
    PairedComparison,
    compare_counts,
    corrected,
)
from pathnet_tf.evaluation.results_csv import method_label
from pathnet_tf.evaluation.results_table import MOST_COLUMNS
from pathnet_tf.evaluation.significance import Interval, bootstrap_interval
from pathnet_tf.runtime.reproducibility import stream

# Name of the random stream that draws speakers.
BOOTSTRAP = "speaker bootstrap"
METRICS = {"WAR": metrics.wars, "UAR": metrics.uars}


@dataclasses.dataclass(frozen=True, eq=False)
class SpeakerConfusions:
    """The confusion matrix of each speaker's clips in each repeat.

    Attributes:
      speakers: Speakers with at least one scored clip, sorted.
      counts: int64 `[num_repeats, num_speakers, num_classes, num_classes]`, a row per
        true class; zero if a repeat has no clip of a speaker.
    """

    speakers: tuple[str, ...]
    counts: np.ndarray


@dataclasses.dataclass(frozen=True)
class MethodInterval:
    """A method's pooled score at clip level.

    Attributes:
      method: Name of the method, with LEAKY if its folds leak.
      metric: `WAR` or `UAR`.
      interval: The score and its 95 % interval over speakers.
    """

    method: str
    metric: str
    interval: Interval


def speaker_confusions(
    scores: Sequence[ClipScores], target: Dataset
) -> SpeakerConfusions:
    """Counts clips by repeat, speaker, true class and predicted class.

    Args:
      scores: Held-out scores of one method.
      target: The target dataset.

    Returns:
      The counts, with repeats in ascending order.
    """
    labels, num_classes = clip_labels(target), len(target.emotions)
    repeats = sorted({fold.repeat for fold in scores})
    speakers = sorted({target.speakers[clip] for fold in scores for clip in fold.clips})
    place = {speaker: index for index, speaker in enumerate(speakers)}
    counts = np.zeros((len(repeats), len(speakers), num_classes, num_classes), np.int64)
    for fold in scores:
        of_clip = np.array([place[target.speakers[clip]] for clip in fold.clips], int)
        prediction = fold.log_probabilities.argmax(axis=1)
        cells = (of_clip, labels[fold.clips], prediction)
        np.add.at(counts[repeats.index(fold.repeat)], cells, 1)
    return SpeakerConfusions(tuple(speakers), counts)


def method_intervals(
    scores: Sequence[ClipScores], target: Dataset, *, seed: int, is_leaky: bool
) -> list[MethodInterval]:
    """Bootstraps each method's pooled WAR and UAR over speakers, at clip level.

    Args:
      scores: Held-out scores of any methods, each of at least one clip.
      target: The target dataset.
      seed: The experiment's seed. All methods get the same draws of speakers.
      is_leaky: Whether the protocol lets speakers stand on both sides of a fold.

    Returns:
      WAR and UAR of each method, with methods in the order of `scores`.
    """
    intervals = []
    for method, folds in _by_method(scores).items():
        counts = speaker_confusions(folds, target).counts
        for name, metric in METRICS.items():
            rng = stream(seed, BOOTSTRAP)
            interval = bootstrap_interval(counts, metric, rng=rng)
            label = method_label(method, is_leaky)
            intervals.append(MethodInterval(label, name, interval))
    return intervals


def compare_methods(
    scores: Sequence[ClipScores], target: Dataset, *, seed: int, is_leaky: bool
) -> list[PairedComparison]:
    """Compares the first method with every other by WAR and UAR of each speaker.

    Other pairs are not compared: after the correction for so many tests, few speakers
    could not show any difference. Two methods are compared on the folds that both have,
    with the same repeat, name and clips.

    Args:
      scores: Held-out scores of any methods.
      target: The target dataset.
      seed: The experiment's seed. Differences get the draws of `method_intervals`.
      is_leaky: Whether the protocol lets speakers stand on both sides of a fold.

    Returns:
      UAR and WAR for each pair that has a fold in common, each metric corrected over
      all pairs by Holm's rule.
    """
    comparisons = []
    (one, first), *others = _by_method(scores).items()
    for other, second in others:
        shared = _units(first) & _units(second)
        if not shared:
            continue
        sides = [
            speaker_confusions([f for f in folds if _unit(f) in shared], target)
            for folds in (first, second)
        ]
        labels = (method_label(one, is_leaky), method_label(other, is_leaky))
        counts = [side.counts for side in sides]
        for name in ("UAR", "WAR"):
            rng = stream(seed, BOOTSTRAP)
            made = compare_counts(*labels, name, METRICS[name], counts, rng=rng)
            comparisons += [made] if made else []
    return corrected(comparisons)


def comparison_text(
    scores: Sequence[ClipScores], target: Dataset, *, seed: int, is_leaky: bool
) -> str:
    """Writes intervals and comparisons as text, to go below `results_table`.

    Args:
      scores: Held-out scores, with methods in the order of the table.
      target: The target dataset.
      seed: The experiment's seed.
      is_leaky: Whether the protocol lets speakers stand on both sides of a fold.

    Returns:
      Lines of text: the intervals of WAR and of UAR, the number of speakers, and the
      comparisons.
    """
    found = method_intervals(scores, target, seed=seed, is_leaky=is_leaky)
    lines = []
    if len(found) > MOST_COLUMNS * len(METRICS):
        for war, uar in zip(found[::2], found[1::2], strict=True):
            lines.append(
                f"{war.method:22}clip WAR {war.interval!s:>16}, "
                f"clip UAR {uar.interval!s:>16}"
            )
    else:
        for name in METRICS:
            cells = [f"{one.interval!s:>24}" for one in found if one.metric == name]
            lines.append(f"{f'clip {name} 95 %':22}" + "".join(cells))
    interval = found[0].interval
    lines.append(
        f"95 % intervals: bootstrap over {interval.num_speakers} speaker(s)"
        + (f"; {interval.warning}" if interval.warning else "")
    )
    comparisons = compare_methods(scores, target, seed=seed, is_leaky=is_leaky)
    is_long = len(found) > MOST_COLUMNS * len(METRICS)
    for comparison in comparisons:
        if comparison.is_significant or not is_long:
            lines.append(f"By speaker: {comparison.words()}{_pooled(comparison)}")
    for name in METRICS if is_long else ():
        alike = [
            one for one in comparisons if one.metric == name and not one.is_significant
        ]
        if alike:
            others = ", ".join(
                f"{one.second} ({one.pooled.signed})" if one.pooled else one.second
                for one in alike
            )
            lines.append(
                f"By speaker: no evidence of a difference in {name} between "
                f"{alike[0].first} and any of {others} "
                f"({alike[0].num_comparisons} tests, Holm; 95 % of the pooled "
                f"difference in brackets){alike[0].remark}"
            )
    return "\n".join(lines)


def _pooled(comparison: PairedComparison) -> str:
    """The pooled difference as text for the end of a line."""
    pooled = comparison.pooled
    if pooled is None:
        return ""
    return f"; pooled {pooled.estimate:+.3f}, 95 % {pooled.signed}"


def _by_method(scores: Sequence[ClipScores]) -> dict[str, list[ClipScores]]:
    groups: dict[str, list[ClipScores]] = {}
    for fold in scores:
        groups.setdefault(fold.method, []).append(fold)
    return groups


def _unit(fold: ClipScores) -> tuple[int, str, bytes]:
    """Identifies a fold; under random protocols its name does not."""
    return fold.repeat, fold.fold, fold.clips.tobytes()


def _units(folds: Sequence[ClipScores]) -> set[tuple[int, str, bytes]]:
    return {_unit(fold) for fold in folds}
