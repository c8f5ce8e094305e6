"""Receiver operating characteristics, one class against the rest.

    true positive rate(t)  = share of the class's samples with a probability >= t
    false positive rate(t) = share of all other samples with a probability >= t

The micro average treats each (sample, class) pair as a separate decision. The macro
average is the mean of the classes' curves, so its area is the mean of their areas.

A class that has no sample, or has every sample, has no curve: its area is NaN, and it
is left out of the macro average. Its pairs still count in the micro average.

Reference: Fawcett 2006, "An introduction to ROC analysis"; scikit-learn.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from sklearn.metrics import auc, roc_curve


@dataclasses.dataclass(frozen=True, eq=False)
class RocCurve:
    """One curve, from (0, 0) to (1, 1).

    Attributes:
      false_positive_rate: float64 `[num_points]`, ascending; empty without a curve.
      true_positive_rate: float64 `[num_points]`, ascending.
      area: Area under the curve (AUC), in [0, 1]; NaN without a curve.
    """

    false_positive_rate: np.ndarray
    true_positive_rate: np.ndarray
    area: float


@dataclasses.dataclass(frozen=True, eq=False)
class RocAreas:
    """Areas under the curves.

    Attributes:
      of_class: float64 `[num_classes]`; NaN for a class without a curve.
      micro: Area of the micro average; NaN without samples.
      macro: Mean over the classes that have a curve; NaN if there are none.
    """

    of_class: np.ndarray
    micro: float
    macro: float


def class_curves(truth: np.ndarray, probabilities: np.ndarray) -> list[RocCurve]:
    """Draws the curve of each declared class against the rest.

    Args:
      truth: int `[num_samples]`, class indices.
      probabilities: float `[num_samples, num_classes]`, in [0, 1].

    Returns:
      A curve for each class; an empty one for a class without a curve.

    Raises:
      ValueError: The two arrays do not fit, or hold a class that is not declared.
    """
    is_class = _is_class(truth, probabilities)
    return [
        _curve(own, scores)
        for own, scores in zip(is_class.T, probabilities.T, strict=True)
    ]


def micro_curve(truth: np.ndarray, probabilities: np.ndarray) -> RocCurve:
    """Draws the curve of all (sample, class) pairs; arguments: see `class_curves`."""
    return _curve(_is_class(truth, probabilities).ravel(), probabilities.ravel())


def macro_curve(curves: Sequence[RocCurve]) -> RocCurve:
    """Averages the true positive rates of curves, exactly.

    Args:
      curves: Curves of the classes. Empty curves are left out.

    Returns:
      The mean curve, with two points where a curve rises straight up.
    """
    drawn = [curve for curve in curves if len(curve.false_positive_rate)]
    if not drawn:
        return _no_curve()
    rates = np.unique(np.concatenate([curve.false_positive_rate for curve in drawn]))
    ends = [
        np.mean([_height(curve, rates, side) for curve in drawn], axis=0)
        for side in ("left", "right")
    ]
    return RocCurve(
        np.concatenate([[0.0], np.repeat(rates, 2)]),
        np.concatenate([[0.0], np.stack(ends, axis=1).ravel()]),
        float(np.mean([curve.area for curve in drawn])),
    )


def areas(truth: np.ndarray, probabilities: np.ndarray) -> RocAreas:
    """Measures the areas under all curves; for arguments see `class_curves`."""
    of_class = np.array([c.area for c in class_curves(truth, probabilities)])
    there = of_class[~np.isnan(of_class)]
    return RocAreas(
        of_class=of_class,
        micro=micro_curve(truth, probabilities).area,
        macro=float(there.mean()) if len(there) else float("nan"),
    )


def _is_class(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Whether each sample is of each class, bool `[num_samples, num_classes]`."""
    if probabilities.ndim != 2 or truth.shape != probabilities.shape[:1]:
        raise ValueError(
            "probabilities must have a row a sample. Received: "
            f"truth.shape={truth.shape}, probabilities.shape={probabilities.shape}"
        )
    num_classes = probabilities.shape[1]
    if truth.size and not 0 <= truth.min() <= truth.max() < num_classes:
        raise ValueError(
            f"Classes must lie in [0, {num_classes}). "
            f"Received: {truth.min()} to {truth.max()}"
        )
    return truth[:, None] == np.arange(num_classes)


def _curve(is_positive: np.ndarray, scores: np.ndarray) -> RocCurve:
    """Draws a curve from bool `[num_samples]` and float `[num_samples]` scores."""
    if not is_positive.any() or is_positive.all():
        return _no_curve()
    false_rate, true_rate, _ = roc_curve(is_positive, scores)
    return RocCurve(false_rate, true_rate, float(auc(false_rate, true_rate)))


def _no_curve() -> RocCurve:
    return RocCurve(np.zeros(0), np.zeros(0), float("nan"))


def _height(curve: RocCurve, rates: np.ndarray, side: str) -> np.ndarray:
    """Reads true positive rates just left or right of false positive rates.

    Where a curve rises straight up, `np.interp` would take either end.

    Args:
      curve: The curve.
      rates: float64 `[num_rates]`, false positive rates.
      side: `left` or `right`.

    Returns:
      float64 `[num_rates]`.
    """
    x, y = curve.false_positive_rate, curve.true_positive_rate
    if side == "left":
        after = np.searchsorted(x, rates, side="left")
        before = np.maximum(after - 1, 0)
    else:
        before = np.searchsorted(x, rates, side="right") - 1
        after = np.minimum(before + 1, len(x) - 1)
    width = x[after] - x[before]
    nearer = rates - x[before]
    share = np.divide(nearer, width, out=np.zeros_like(rates), where=width > 0)
    at_end = y[after] if side == "left" else y[before]
    between = y[before] + share * (y[after] - y[before])
    return np.where(width > 0, between, at_end)
