"""Recognition scores over declared classes.

    recall[c]    = tp[c] / (tp[c] + fn[c])
    precision[c] = tp[c] / (tp[c] + fp[c])
    F1[c]        = 2 tp[c] / (2 tp[c] + fn[c] + fp[c])
    WAR          = sum_c tp[c] / number of samples
    UAR, UAP, macro F1 = mean of recall, precision, F1 over the declared classes

A declared class without a sample has recall 0, a class that is never predicted has
precision 0, and a class of which both are true has F1 0. All declared classes count in
the means, as in scikit-learn with `zero_division=0`. (The paper's Table 1 prints the
formula of precision for UAR; its mean is UAP here.)
"""

import numpy as np
from scipy.special import log_softmax


def confusion_matrix(
    truth: np.ndarray, prediction: np.ndarray, num_classes: int
) -> np.ndarray:
    """Counts samples per true and predicted class.

    Args:
      truth: int `[num_samples]`, class indices.
      prediction: int `[num_samples]`, class indices.
      num_classes: Number of declared classes.

    Returns:
      int64 `[num_classes, num_classes]`, a row per true class.

    Raises:
      ValueError: The two arrays differ in shape, or hold a class that is not declared.
    """
    truth, prediction = np.asarray(truth, np.int64), np.asarray(prediction, np.int64)
    if truth.shape != prediction.shape or truth.ndim != 1:
        raise ValueError(
            "truth and prediction must be one-dimensional and alike. Received: "
            f"truth.shape={truth.shape}, prediction.shape={prediction.shape}"
        )
    both = np.concatenate([truth, prediction])
    if both.size and not 0 <= both.min() <= both.max() < num_classes:
        raise ValueError(
            f"Classes must lie in [0, {num_classes}). "
            f"Received: {both.min()} to {both.max()}"
        )
    cells = np.bincount(truth * num_classes + prediction, minlength=num_classes**2)
    return cells.reshape(num_classes, num_classes)


def recalls(confusion: np.ndarray) -> np.ndarray:
    """Recall of each declared class, 0 for an absent one.

    Args:
      confusion: int `[..., num_classes, num_classes]`, a row per true class.

    Returns:
      float64 `[..., num_classes]`.
    """
    return _hits(confusion) / np.maximum(confusion.sum(axis=-1), 1)


def precisions(confusion: np.ndarray) -> np.ndarray:
    """Precision of each declared class, 0 for one that is never predicted.

    Args:
      confusion: int `[..., num_classes, num_classes]`, a row per true class.

    Returns:
      float64 `[..., num_classes]`.
    """
    return _hits(confusion) / np.maximum(confusion.sum(axis=-2), 1)


def wars(confusions: np.ndarray) -> np.ndarray:
    """WAR of each of many confusion matrices; NaN for a matrix without samples.

    Args:
      confusions: int `[..., num_classes, num_classes]`.

    Returns:
      float64 `[...]`.
    """
    total = confusions.sum(axis=(-2, -1))
    share = _hits(confusions).sum(axis=-1) / np.maximum(total, 1)
    return np.where(total, share, np.nan)


def uars(confusions: np.ndarray) -> np.ndarray:
    """UAR of int `[..., num_classes, num_classes]` matrices: float64 `[...]`."""
    return recalls(confusions).mean(axis=-1)


def war(confusion: np.ndarray) -> float:
    """Accuracy of int `[num_classes, num_classes]` counts; NaN without samples."""
    return float(wars(confusion))


def uar(confusion: np.ndarray) -> float:
    """Mean recall of int `[num_classes, num_classes]` counts, absent ones included."""
    return float(uars(confusion))


def uap(confusion: np.ndarray) -> float:
    """Mean precision of int `[num_classes, num_classes]` counts."""
    return float(precisions(confusion).mean())


def macro_f1(confusion: np.ndarray) -> float:
    """Mean F1 of int `[num_classes, num_classes]` counts."""
    ends = confusion.sum(axis=0) + confusion.sum(axis=1)
    return float((2 * _hits(confusion) / np.maximum(ends, 1)).mean())


def clip_log_probabilities(
    segment_log_probabilities: np.ndarray, clip_of_segment: np.ndarray, num_clips: int
) -> np.ndarray:
    """Scores clips by the mean log-probability of their segments.

    Args:
      segment_log_probabilities: float `[num_segments, num_classes]`.
      clip_of_segment: int `[num_segments]`, index of each segment's clip.
      num_clips: Number of clips, each with at least one segment.

    Returns:
      float64 `[num_clips, num_classes]`, log-probabilities, normalized so that the
      probabilities of each row sum to 1.
    """
    sums = np.zeros((num_clips, segment_log_probabilities.shape[1]))
    np.add.at(sums, clip_of_segment, segment_log_probabilities)
    counts = np.bincount(clip_of_segment, minlength=num_clips)[:, None]
    return log_softmax(sums / counts, axis=1)


def levels(
    log_probabilities: np.ndarray, labels: np.ndarray, clip: np.ndarray
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Gives truth and scores of segments, and of the clips that they make up.

    Args:
      log_probabilities: float `[num_segments, num_classes]`.
      labels: int `[num_segments]`.
      clip: int `[num_segments]`, any numbering of the clips.

    Returns:
      For `segment` and for `clip`: truth, int `[num_samples]`, and log-probabilities,
      float `[num_samples, num_classes]`. Clips are in ascending order.
    """
    names, first, place = np.unique(clip, return_index=True, return_inverse=True)
    of_clip = clip_log_probabilities(log_probabilities, place, len(names))
    return {"segment": (labels, log_probabilities), "clip": (labels[first], of_clip)}


def decisions(
    log_probabilities: np.ndarray, labels: np.ndarray, clip: np.ndarray
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Decides on segments by their scores, and on clips by the mean of their segments.

    Args:
      log_probabilities: float `[num_segments, num_classes]`.
      labels: int `[num_segments]`.
      clip: int `[num_segments]`, any numbering of the clips.

    Returns:
      For `segment` and for `clip`: truth and prediction, both int `[num_samples]`.
      Clips are in ascending order.
    """
    return {
        level: (truth, scores.argmax(axis=1))
        for level, (truth, scores) in levels(log_probabilities, labels, clip).items()
    }


def _hits(confusion: np.ndarray) -> np.ndarray:
    """Number of recognized samples of each class, int `[..., num_classes]`."""
    return np.diagonal(confusion, axis1=-2, axis2=-1)
