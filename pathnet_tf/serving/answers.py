"""Turns a model's scores into answers for a clip and for each second of the clip.

This file does not import TensorFlow.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator

import numpy as np

from pathnet_tf.evaluation.calibration import margins, scaled
from pathnet_tf.serving.model_folder import ModelAbout

# What is left after a clip's last whole second joins that second if it is shorter.
# In seconds.
_LEAST_S = 0.25


@dataclasses.dataclass(frozen=True)
class Answer:
    """A model's answer for a clip, or for a second of a clip.

    Attributes:
      label: The likeliest emotion.
      probabilities: Calibrated probability of each emotion; they sum to 1.
      is_uncertain: Whether the two likeliest emotions are so close that the answer may
        well be wrong (see `calibration`).
    """

    label: str
    probabilities: dict[str, float]
    is_uncertain: bool


@dataclasses.dataclass(frozen=True)
class Picture:
    """What the network was given, drawn for people.

    Attributes:
      given: The network's input, as PNG.
      time_s: Where it starts, in seconds from the start of the clip.
      frame: The frame from which a face was cut, with the face's box, as JPEG; None for
        sound.
      is_found: Whether the face was found in this frame; otherwise the box is that of
        another frame.
    """

    given: bytes
    time_s: float = 0.0
    frame: bytes | None = None
    is_found: bool = True


@dataclasses.dataclass(frozen=True)
class Scores:
    """A model's scores of the pieces of a clip, which are segments or frames.

    Attributes:
      log_probabilities: float64 `[num_pieces, num_classes]`, natural logarithms, not
        calibrated.
      starts_s: float64 `[num_pieces]`, where each piece starts, in seconds.
      ends_s: float64 `[num_pieces]`, where each piece ends, in seconds.
      length_s: Length of the clip, in seconds; no piece may reach to its end.
      of_clip: float64 `[num_classes]`, log-probabilities of the clip as a whole, not
        calibrated. None if the model classifies single pieces, whose mean is then the
        score of the clip.
      pictures: What the network was given, in order; empty unless asked for. Of long
        videos only some frames are among them.
      notes: What is odd about the recording, a line each.
    """

    log_probabilities: np.ndarray
    starts_s: np.ndarray
    ends_s: np.ndarray
    length_s: float
    of_clip: np.ndarray | None = None
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()


# Gives the scores of each file, or the reason why it cannot be used, and where it
# starts, in seconds: `media_gate.score_files`.
ScoreFiles = Callable[..., Iterator[tuple[Scores | str, float]]]


class Answers:
    """A model's answers for one clip."""

    def __init__(self, about: ModelAbout, scores: Scores) -> None:
        """Takes the description of the model, and its scores of the clip."""
        self._about, self._scores = about, scores

    def of_clip(self) -> Answer:
        """Answers for the clip as a whole."""
        scores = self._scores
        if scores.of_clip is not None:
            return self._answer(scores.of_clip)
        return self._answer(scores.log_probabilities.mean(axis=0))

    def of_seconds(self) -> Iterator[tuple[float, float, Answer]]:
        """Answers for each second of the clip, by the pieces that overlap the second.

        A model that classifies clips as a whole also classifies single pieces here, but
        nobody has measured how often it is right on them.

        Yields:
          Start and end of each second, in seconds, and the answer. The last "second"
          may be shorter, or up to a quarter longer.
        """
        length_s = self._scores.length_s
        # At least one: a picture has no duration.
        number = max(1, math.ceil(length_s - _LEAST_S))
        for start_s in range(number):
            end_s = length_s if start_s == number - 1 else start_s + 1.0
            touches = (self._scores.starts_s < end_s) & (self._scores.ends_s > start_s)
            if not touches.any():
                # In the gap of a video: take the piece that starts nearest.
                touches[np.abs(self._scores.starts_s - start_s).argmin()] = True
            pieces = self._scores.log_probabilities[touches]
            yield float(start_s), float(end_s), self._answer(pieces.mean(axis=0))

    def _answer(self, log_probabilities: np.ndarray) -> Answer:
        """Makes an answer from float64 `[num_classes]`."""
        calibration = self._about.calibration
        found = scaled(log_probabilities, calibration.temperature)
        return Answer(
            self._about.emotions[int(found.argmax())],
            dict(zip(self._about.emotions, found.tolist(), strict=True)),
            bool(margins(found) < calibration.least_margin),
        )
