"""Tells how far speaker and emotion go together in a corpus.

Where most speakers show one emotion only, the voice alone gives the emotion away: a
model may learn the speaker instead, and statistics of a speaker are statistics of an
emotion, so that scaling by them takes away what is to be recognized.
"""

import dataclasses
from collections.abc import Sequence

MOST = 0.5
"""From this share of speakers with one emotion on, a corpus counts as confounded."""


@dataclasses.dataclass(frozen=True)
class Confounding:
    """How many speakers of a corpus show one emotion only.

    Attributes:
      corpus: Name of the corpus.
      num_single: Speakers with one emotion.
      num_speakers: All speakers.
    """

    corpus: str
    num_single: int
    num_speakers: int

    @property
    def is_serious(self) -> bool:
        """Whether the corpus counts as confounded."""
        return self.num_single > 0 and self.num_single >= MOST * self.num_speakers

    def __str__(self) -> str:
        """Says it in a sentence without a full stop."""
        return (
            f"{self.num_single} of {self.num_speakers} speakers of {self.corpus} show "
            "one emotion only"
        )


def measure_confounding(
    corpus: str, speakers: Sequence[str], emotions: Sequence[str]
) -> Confounding:
    """Counts the speakers who show one emotion only.

    Args:
      corpus: Name of the corpus.
      speakers: Speaker of each clip.
      emotions: Label of each clip.

    Returns:
      The counts; none of the speakers where the corpus has one emotion altogether.
    """
    shown: dict[str, set[str]] = {}
    for speaker, emotion in zip(speakers, emotions, strict=True):
        shown.setdefault(speaker, set()).add(emotion)
    is_told_apart = len(set(emotions)) > 1
    single = [one for one in shown.values() if len(one) == 1 and is_told_apart]
    return Confounding(corpus, len(single), len(shown))
