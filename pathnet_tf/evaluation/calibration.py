"""Scales a model's probabilities so that they match how often the model is right.

    p_c = exp(l_c / T) / sum_k exp(l_k / T)

Here l are the log-probabilities of a clip, and T is the temperature under which the
right answers of clips are likeliest. Scaling changes no decision. The calibration error
is the mean over clips of |accuracy - confidence|, both taken over the clip's bin among
ten bins of confidence.

The margin of a decision is the highest probability minus the second highest. A decision
is uncertain if its margin is below the threshold that best separates right from wrong
decisions (Youden's J).

References: Guo et al. 2017, "On calibration of modern neural networks"; Youden 1950,
"Index for rating diagnostic tests".
"""

import dataclasses

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import softmax

NUM_BINS = 10
# The range that T is searched in. Without limits, T would go to 0 for a few clips that
# are all decided rightly.
_LOG_RANGE = (np.log(0.2), np.log(20))


@dataclasses.dataclass(frozen=True)
class Calibration:
    """How probabilities are scaled, and the measured effect of scaling.

    Attributes:
      temperature: T, positive.
      least_margin: A decision with a smaller margin is uncertain.
      error_before: Calibration error with T = 1.
      error_after: Calibration error when each speaker's clips are scaled by the
        temperature of all other speakers.
      share_uncertain: Share of clips whose decision is uncertain when the margin too
        comes from all other speakers.
      accuracy_certain: Accuracy of certain decisions; NaN if there are none.
      accuracy_uncertain: Accuracy of uncertain decisions; NaN if there are none.
      num_clips: Number of measured clips, over all repeats.
      num_speakers: Number of speakers of these clips.
    """

    temperature: float = 1.0
    least_margin: float = 0.0
    error_before: float = np.nan
    error_after: float = np.nan
    share_uncertain: float = 0.0
    accuracy_certain: float = np.nan
    accuracy_uncertain: float = np.nan
    num_clips: int = 0
    num_speakers: int = 0


def calibrate(
    log_probabilities: np.ndarray, labels: np.ndarray, speakers: np.ndarray
) -> Calibration:
    """Finds the calibration of a model.

    Args:
      log_probabilities: float `[num_clips, num_classes]`, natural logarithms. The model
        that scored a clip must not have been trained on its speaker.
      labels: int `[num_clips]`, class of each clip.
      speakers: str `[num_clips]`, speaker of each clip.

    Returns:
      The calibration. It leaves probabilities as they are if there is only one speaker,
      since its effect could not be measured on others.
    """
    before = scaled(log_probabilities, 1.0)
    num_speakers = len(np.unique(speakers))
    plain = Calibration(
        error_before=calibration_error(before, labels),
        num_clips=len(labels),
        num_speakers=num_speakers,
    )
    if num_speakers < 2:
        return plain
    # Temperature and margin for a speaker come from the other speakers alone, as they
    # would for a new speaker.
    after = np.empty_like(before)
    is_uncertain = np.zeros(len(labels), bool)
    for speaker in np.unique(speakers):
        own = speakers == speaker
        temperature = fit_temperature(log_probabilities[~own], labels[~own])
        others = scaled(log_probabilities[~own], temperature)
        after[own] = scaled(log_probabilities[own], temperature)
        is_uncertain[own] = margins(after[own]) < best_margin(others, labels[~own])
    is_right = after.argmax(axis=1) == labels
    temperature = fit_temperature(log_probabilities, labels)
    return dataclasses.replace(
        plain,
        temperature=temperature,
        least_margin=best_margin(scaled(log_probabilities, temperature), labels),
        error_after=calibration_error(after, labels),
        share_uncertain=float(is_uncertain.mean()),
        accuracy_certain=_mean(is_right[~is_uncertain]),
        accuracy_uncertain=_mean(is_right[is_uncertain]),
    )


def scaled(log_probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Scales float `[..., num_classes]` to probabilities, float64 of the same shape."""
    logits = np.asarray(log_probabilities, np.float64) / temperature
    return softmax(logits, axis=-1)


def margins(probabilities: np.ndarray) -> np.ndarray:
    """Highest minus second highest probability: `[..., num_classes]` -> `[...]`."""
    ordered = np.sort(probabilities, axis=-1)
    return ordered[..., -1] - ordered[..., -2]


def fit_temperature(log_probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Finds the temperature under which the labels are likeliest.

    Args:
      log_probabilities: float `[num_clips, num_classes]`, natural logarithms.
      labels: int `[num_clips]`, class of each clip.

    Returns:
      The temperature, positive.
    """

    def loss(log_temperature: float) -> float:
        found = scaled(log_probabilities, np.exp(log_temperature))
        right = found[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(right, 1e-12)).mean())

    best = minimize_scalar(loss, bounds=_LOG_RANGE, method="bounded")
    return float(np.exp(best.x))


def best_margin(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Finds the margin that best separates right from wrong decisions.

    Args:
      probabilities: float `[num_clips, num_classes]`.
      labels: int `[num_clips]`, class of each clip.

    Returns:
      The margin; 0 if all decisions are right or all are wrong.
    """
    is_right = probabilities.argmax(axis=1) == labels
    if is_right.all() or not is_right.any():
        return 0.0
    found = margins(probabilities)
    thresholds = np.unique(found)
    # Share of right decisions above the threshold, minus share of wrong ones.
    above = found[:, np.newaxis] >= thresholds
    gain = above[is_right].mean(axis=0) - above[~is_right].mean(axis=0)
    return float(thresholds[gain.argmax()])


def calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Measures the expected calibration error over ten equal bins of confidence.

    Args:
      probabilities: float `[num_clips, num_classes]`.
      labels: int `[num_clips]`, class of each clip.

    Returns:
      The error, in [0, 1].
    """
    confidence = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * NUM_BINS).astype(int), NUM_BINS - 1)
    gaps = np.bincount(place, is_right - confidence, minlength=NUM_BINS)
    return float(np.abs(gaps).sum() / len(labels))


def _mean(values: np.ndarray) -> float:
    """Mean of bool or float `[num_values]`; NaN if there are none."""
    return float(values.mean()) if len(values) else np.nan
