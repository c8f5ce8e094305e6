"""What a model says of a clip and of every second of it; needs no TensorFlow."""

import dataclasses
import math
from collections.abc import Callable, Iterator

import numpy as np

from pathnet_tf.evaluation.calibration import margins, scaled
from pathnet_tf.serving.model_folder import ModelAbout

# A rest of a clip so short is no second of its own.
_LEAST_S = 0.25


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a model says of a clip, or of a second of it.

    Attributes:
      label: The likeliest emotion.
      probabilities: Probability of each emotion, calibrated; they sum to 1.
      is_uncertain: Whether the margin between the two likeliest is one at which models
        like this one are more often wrong than right (see `calibration`).
    """

    label: str
    probabilities: dict[str, float]
    is_uncertain: bool


@dataclasses.dataclass(frozen=True)
class Scores:
    """What a model found in the pieces of a clip.

    Attributes:
      log_probabilities: float64 `[num_pieces, num_classes]`, not calibrated.
      starts_s: Where each piece starts, in seconds.
      ends_s: Where it ends.
      length_s: Length of the clip, of which the end may be in no piece.
      of_clip: float64 `[num_classes]`, log-probabilities of the clip as a whole, not
        calibrated; none of a model that classifies its pieces, whose mean it then is.
      pictures: What the network heard or saw, as PNG; none unless asked for.
    """

    log_probabilities: np.ndarray
    starts_s: np.ndarray
    ends_s: np.ndarray
    length_s: float
    of_clip: np.ndarray | None = None
    pictures: tuple[bytes, ...] = ()


# Scores files, or tells why a file cannot be used: `media_gate.score_files`.
ScoreFiles = Callable[..., Iterator[tuple[Scores | str, float]]]


class Answers:
    """What a model says of one clip."""

    def __init__(self, about: ModelAbout, scores: Scores) -> None:
        """Takes what is known of the model, and what it found."""
        self._about, self._scores = about, scores

    def of_clip(self) -> Answer:
        """Answers for the clip as a whole."""
        scores = self._scores
        if scores.of_clip is not None:
            return self._answer(scores.of_clip)
        return self._answer(scores.log_probabilities.mean(axis=0))

    def of_seconds(self) -> Iterator[tuple[float, float, Answer]]:
        """Brings together the pieces that touch each second of a clip.

        Each piece is classified by itself, also by a model that classifies clips as a
        whole; nothing is measured of how right such a model is on seconds.

        Yields:
          Start and end of the second, and the answer; the last one may be shorter, or
          longer by a quarter.
        """
        length_s = self._scores.length_s
        # One at least: a picture lasts for no time, and yet is seen.
        number = max(1, math.ceil(length_s - _LEAST_S))
        for start_s in range(number):
            end_s = length_s if start_s == number - 1 else start_s + 1.0
            touches = (self._scores.starts_s < end_s) & (self._scores.ends_s > start_s)
            if not touches.any():
                # Shown before it and no longer, as of a video with gaps.
                touches[np.abs(self._scores.starts_s - start_s).argmin()] = True
            pieces = self._scores.log_probabilities[touches]
            yield float(start_s), float(end_s), self._answer(pieces.mean(axis=0))

    def _answer(self, log_probabilities: np.ndarray) -> Answer:
        calibration = self._about.calibration
        found = scaled(log_probabilities, calibration.temperature)
        return Answer(
            self._about.emotions[int(found.argmax())],
            dict(zip(self._about.emotions, found.tolist(), strict=True)),
            bool(margins(found) < calibration.least_margin),
        )
