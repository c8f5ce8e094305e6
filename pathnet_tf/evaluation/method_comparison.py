"""Methods of one experiment, beside each other: intervals and paired comparisons."""

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

# Name of the stream that draws speakers.
BOOTSTRAP = "speaker bootstrap"
METRICS = {"WAR": metrics.wars, "UAR": metrics.uars}


@dataclasses.dataclass(frozen=True, eq=False)
class SpeakerConfusions:
    """What became of each speaker's clips.

    Attributes:
      speakers: Those with at least one scored clip, sorted.
      counts: int64 `[num_repeats, num_speakers, num_classes, num_classes]`, a row per
        true class; zero where a repeat has no clip of a speaker.
    """

    speakers: tuple[str, ...]
    counts: np.ndarray


@dataclasses.dataclass(frozen=True)
class MethodInterval:
    """A method's pooled score at clip level.

    Attributes:
      method: With LEAKY where its folds are.
      metric: `WAR` or `UAR`.
      interval: The score and its 95 % interval over speakers.
    """

    method: str
    metric: str
    interval: Interval


def speaker_confusions(
    scores: Sequence[ClipScores], target: Dataset
) -> SpeakerConfusions:
    """Counts each speaker's clips per repeat, true and predicted class.

    Args:
      scores: Held-out scores of one method.
      target: The target dataset.

    Returns:
      The counts; repeats in ascending order.
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
      scores: Held-out scores of any methods, of at least one clip each.
      target: The target dataset.
      seed: The experiment's; all methods see the same draws of speakers.
      is_leaky: Whether the protocol lets speakers stand on both sides.

    Returns:
      Methods in the order of `scores`, for each WAR and UAR.
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

    Every pair would be many tests, after whose correction a few speakers could show
    nothing at all. Only what both methods hold out, the same clips in a fold of the
    same repeat and name, is compared.

    Args:
      scores: Held-out scores of any methods.
      target: The target dataset.
      seed: The experiment's; differences see the draws of `method_intervals`.
      is_leaky: Whether the protocol lets speakers stand on both sides.

    Returns:
      For each pair, UAR and WAR, each corrected over all pairs by Holm's rule; none of
      a pair without a fold in common.
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
    """Lays out intervals and comparisons below the table of `results_table`.

    Args:
      scores: Held-out scores, methods in the table's order.
      target: The target dataset.
      seed: The experiment's.
      is_leaky: Whether the protocol lets speakers stand on both sides.

    Returns:
      Lines: intervals of WAR and of UAR, the speakers they are drawn over, and one a
      comparison.
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
    """The pooled difference, for the end of a line."""
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
    """What tells a fold; under random protocols a name alone would not."""
    return fold.repeat, fold.fold, fold.clips.tobytes()


def _units(folds: Sequence[ClipScores]) -> set[tuple[int, str, bytes]]:
    return {_unit(fold) for fold in folds}
