"""Recognition scores over declared classes.

    recall[c] = tp[c] / (tp[c] + fn[c])
    WAR       = sum_c tp[c] / number of samples
    UAR       = mean of recall[c] over the declared classes

A declared class without a sample has recall 0 and counts in the UAR, as in
scikit-learn with `zero_division=0`. (The paper's Table 1 prints the formula of
precision for UAR; that one is UAP.)
"""

import numpy as np


def confusion_matrix(
    truth: np.ndarray, prediction: np.ndarray, num_classes: int
) -> np.ndarray:
    """Counts samples per true and predicted class.

    Args:
      truth: int `[num_samples]`, class indices.
      prediction: int `[num_samples]`, class indices.
      num_classes: Declared classes.

    Returns:
      int64 `[num_classes, num_classes]`, a row per true class.

    Raises:
      ValueError: The two differ in shape, or name a class that is not declared.
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
    """Recall of each declared class, float64 `[num_classes]`; 0 for an absent one."""
    support = confusion.sum(axis=1)
    return np.diag(confusion) / np.maximum(support, 1)


def war(confusion: np.ndarray) -> float:
    """Weighted average recall, which is accuracy; NaN without samples."""
    total = confusion.sum()
    return float(np.trace(confusion) / total) if total else float("nan")


def uar(confusion: np.ndarray) -> float:
    """Unweighted average recall over the declared classes, absent ones included."""
    return float(recalls(confusion).mean())


def clip_log_probabilities(
    segment_log_probabilities: np.ndarray, clip_of_segment: np.ndarray, num_clips: int
) -> np.ndarray:
    """Brings segments together to clips by their mean log-probability.

    Args:
      segment_log_probabilities: float `[num_segments, num_classes]`.
      clip_of_segment: int `[num_segments]`, index of each segment's clip.
      num_clips: Number of clips, each with at least one segment.

    Returns:
      float64 `[num_clips, num_classes]`, normalized so that each row's
      probabilities sum to 1.
    """
    sums = np.zeros((num_clips, segment_log_probabilities.shape[1]))
    np.add.at(sums, clip_of_segment, segment_log_probabilities)
    counts = np.bincount(clip_of_segment, minlength=num_clips)[:, None]
    return normalized(sums / counts)


def normalized(log_values: np.ndarray) -> np.ndarray:
    """Shifts each row so that its probabilities sum to 1.

    Args:
      log_values: float `[num_samples, num_classes]`.

    Returns:
      float `[num_samples, num_classes]`, log-probabilities.
    """
    shifted = log_values - log_values.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def decisions(
    log_probabilities: np.ndarray, labels: np.ndarray, clip: np.ndarray
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Decides segments by their own scores and clips by their segments' mean.

    Args:
      log_probabilities: float `[num_segments, num_classes]`.
      labels: int `[num_segments]`.
      clip: int `[num_segments]`, any numbering of the clips.

    Returns:
      For `segment` and `clip`: truth and prediction, int, clips in ascending order.
    """
    names, first, place = np.unique(clip, return_index=True, return_inverse=True)
    of_clip = clip_log_probabilities(log_probabilities, place, len(names))
    return {
        "segment": (labels, log_probabilities.argmax(axis=1)),
        "clip": (labels[first], of_clip.argmax(axis=1)),
    }
