"""Late fusion of a speech run and a face run, clip by clip.

    log p(c) = w log p_speech(c) + (1 - w) log p_face(c) + constant

where w, the weight of speech, is 0.5 or chosen by the UAR on training speakers.
"""

import numpy as np

from pathnet_tf.evaluation import metrics

EQUAL_WEIGHT = 0.5
WEIGHTS = tuple(step / 20 for step in range(21))


def fuse(speech: np.ndarray, face: np.ndarray, speech_weight: float) -> np.ndarray:
    """Brings the scores of two modalities together.

    Args:
      speech: float `[num_clips, num_classes]`, log-probabilities.
      face: float `[num_clips, num_classes]`, those of the same clips.
      speech_weight: In [0, 1]; the face has the rest.

    Returns:
      float64 `[num_clips, num_classes]`, normalized log-probabilities.

    Raises:
      ValueError: The two differ in shape, or the weight is out of its range.
    """
    if speech.shape != face.shape:
        raise ValueError(
            "speech and face must have the same shape. Received: "
            f"speech.shape={speech.shape}, face.shape={face.shape}"
        )
    if not 0 <= speech_weight <= 1:
        raise ValueError(
            f"speech_weight must lie in [0, 1]. Received: speech_weight={speech_weight}"
        )
    return metrics.normalized(speech_weight * speech + (1 - speech_weight) * face)


def choose_weight(speech: np.ndarray, face: np.ndarray, labels: np.ndarray) -> float:
    """Chooses the weight of speech whose fused scores have the highest UAR.

    Args:
      speech: float `[num_clips, num_classes]`, log-probabilities of training clips by
        models that have not heard their speakers.
      face: float `[num_clips, num_classes]`, those of the same clips.
      labels: int `[num_clips]`, their classes.

    Returns:
      One of `WEIGHTS`; among equally good ones the nearest to 0.5, and of two equally
      near the smaller.
    """

    def rank(weight: float) -> tuple[float, float, float]:
        # Recalls in another order sum to other last bits, which must decide nothing.
        uar = round(clip_uar(fuse(speech, face, weight), labels), 9)
        return -uar, round(abs(weight - EQUAL_WEIGHT), 9), weight

    return min(WEIGHTS, key=rank)


def clip_uar(log_probabilities: np.ndarray, labels: np.ndarray) -> float:
    """UAR of the likeliest classes.

    Args:
      log_probabilities: float `[num_clips, num_classes]`.
      labels: int `[num_clips]`.

    Returns:
      The UAR over all declared classes.
    """
    decided = log_probabilities.argmax(axis=1)
    num_classes = log_probabilities.shape[1]
    return metrics.uar(metrics.confusion_matrix(labels, decided, num_classes))
