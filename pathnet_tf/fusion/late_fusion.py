"""Late fusion of a speech run and a face run, clip by clip.

    log p(c) = w log p_speech(c) + (1 - w) log p_face(c) + constant

Here w, the weight of speech, is 0.5, or is chosen by the UAR on training speakers.
"""

import numpy as np
from scipy.special import log_softmax

from pathnet_tf.evaluation import metrics

EQUAL_WEIGHT = 0.5
WEIGHTS = tuple(step / 20 for step in range(21))


def fuse(speech: np.ndarray, face: np.ndarray, speech_weight: float) -> np.ndarray:
    """Fuses the scores of two modalities.

    Args:
      speech: float `[num_clips, num_classes]`, log-probabilities.
      face: float `[num_clips, num_classes]`, log-probabilities of the same clips.
      speech_weight: In [0, 1]; the weight of the face is 1 minus this.

    Returns:
      float64 `[num_clips, num_classes]`, normalized log-probabilities.

    Raises:
      ValueError: The arrays differ in shape, or the weight is out of range.
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
    return log_softmax(speech_weight * speech + (1 - speech_weight) * face, axis=1)


def choose_weight(speech: np.ndarray, face: np.ndarray, labels: np.ndarray) -> float:
    """Chooses the weight of speech whose fused scores have the highest UAR.

    Args:
      speech: float `[num_clips, num_classes]`, log-probabilities of training clips, by
        models that were not trained on the speakers of these clips.
      face: float `[num_clips, num_classes]`, log-probabilities of the same clips.
      labels: int `[num_clips]`, class of each clip.

    Returns:
      One of `WEIGHTS`. Among equally good weights it is the one nearest to 0.5; of two
      equally near ones it is the smaller.
    """

    def rank(weight: float) -> tuple[float, float, float]:
        # Rounded, as the last bits of a sum must not decide.
        uar = round(clip_uar(fuse(speech, face, weight), labels), 9)
        return -uar, round(abs(weight - EQUAL_WEIGHT), 9), weight

    return min(WEIGHTS, key=rank)


def clip_uar(log_probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Measures the UAR when the likeliest class of each clip is chosen.

    Args:
      log_probabilities: float `[num_clips, num_classes]`.
      labels: int `[num_clips]`, class of each clip.

    Returns:
      The UAR over all declared classes.
    """
    decided = log_probabilities.argmax(axis=1)
    num_classes = log_probabilities.shape[1]
    return metrics.uar(metrics.confusion_matrix(labels, decided, num_classes))
