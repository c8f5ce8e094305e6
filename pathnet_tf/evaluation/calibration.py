"""Makes a model's probabilities mean what they say.

    p_c = exp(l_c / T) / sum_k exp(l_k / T)

with l the log-probabilities of a clip and T the temperature under which the right
answers of clips are likeliest. It changes no decision. The calibration error is the
mean over clips of |accuracy - confidence|, each taken over ten bins of confidence.

A decision is uncertain where its margin, the highest probability less the second
highest, is below the one that tells right from wrong decisions best (Youden's J).

References: Guo et al. 2017, "On calibration of modern neural networks"; Youden 1950,
"Index for rating diagnostic tests".
"""

import dataclasses

import numpy as np
from scipy.optimize import minimize_scalar

NUM_BINS = 10
# Where T is looked for. Of a few clips that are all right, none would be small enough.
_LOG_RANGE = (np.log(0.2), np.log(20))


@dataclasses.dataclass(frozen=True)
class Calibration:
    """How probabilities are scaled, and what that was measured to do.

    Attributes:
      temperature: T, positive.
      least_margin: Below it a decision is uncertain.
      error_before: Calibration error of T = 1.
      error_after: That of each speaker's clips under the temperature of the others'.
      share_uncertain: Share of clips whose decision is uncertain, likewise.
      accuracy_certain: Accuracy of the others; NaN if there are none.
      accuracy_uncertain: Accuracy of the uncertain ones; NaN if there are none.
      num_clips: Clips that were measured, of all repeats.
      num_speakers: Their speakers.
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
    """Measures how a model is to be calibrated.

    Args:
      log_probabilities: float `[num_clips, num_classes]`, of clips whose speaker the
        model that scored them had not heard.
      labels: int `[num_clips]`.
      speakers: `[num_clips]`, speaker of each clip.

    Returns:
      The calibration; of a single speaker that of no change, since nothing could be
      measured on others.
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
    # As a new speaker would meet it: nothing is measured on whom it was chosen on.
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
    """Probabilities under a temperature, float64 `[..., num_classes]`."""
    logits = np.asarray(log_probabilities, np.float64) / temperature
    # Of classes that cannot be, no difference of two infinities.
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def margins(probabilities: np.ndarray) -> np.ndarray:
    """Highest less second highest probability: `[..., num_classes]` -> `[...]`."""
    ordered = np.sort(probabilities, axis=-1)
    return ordered[..., -1] - ordered[..., -2]


def fit_temperature(log_probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The temperature under which the labels are likeliest."""

    def loss(log_temperature: float) -> float:
        found = scaled(log_probabilities, np.exp(log_temperature))
        right = found[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(right, 1e-12)).mean())

    best = minimize_scalar(loss, bounds=_LOG_RANGE, method="bounded")
    return float(np.exp(best.x))


def best_margin(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The margin that tells right from wrong decisions best; 0 if none are wrong."""
    is_right = probabilities.argmax(axis=1) == labels
    if is_right.all() or not is_right.any():
        return 0.0
    found = margins(probabilities)
    thresholds = np.unique(found)
    # Kept among right decisions, less kept among wrong ones.
    above = found[:, np.newaxis] >= thresholds
    gain = above[is_right].mean(axis=0) - above[~is_right].mean(axis=0)
    return float(thresholds[gain.argmax()])


def calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The expected calibration error over ten equal bins of confidence."""
    confidence = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * NUM_BINS).astype(int), NUM_BINS - 1)
    gaps = np.bincount(place, is_right - confidence, minlength=NUM_BINS)
    return float(np.abs(gaps).sum() / len(labels))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan
