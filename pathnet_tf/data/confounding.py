"""Tells how far speaker and emotion go together in a corpus.

Where most speakers show one emotion only, the voice alone gives the emotion away: a
model may learn the speaker instead, and statistics of a speaker are statistics of an
emotion, so that scaling by them takes away what is to be recognized.

A single emotion can be given away, too. In CK+, 12 of 18 pictures of contempt are of
people with no other picture. Less their own mean nothing is left of these, and nothing
is what a model then takes for contempt.
"""

import collections
import dataclasses
from collections.abc import Mapping, Sequence

MOST = 0.5
"""From this share of speakers with one emotion on, a corpus counts as confounded."""


@dataclasses.dataclass(frozen=True)
class Confounding:
    """How many speakers of a corpus show one emotion only.

    Attributes:
      corpus: Name of the corpus.
      num_single: Speakers with one emotion.
      num_speakers: All speakers.
      given_away: Emotions most of whose clips are of speakers with no other emotion;
        for each the number of these clips, and of all its clips.
    """

    corpus: str
    num_single: int
    num_speakers: int
    given_away: Mapping[str, tuple[int, int]]

    @property
    def is_serious(self) -> bool:
        """Whether the corpus counts as confounded."""
        return self.num_single > 0 and self.num_single >= MOST * self.num_speakers

    @property
    def remark(self) -> str:
        """Says which emotions are given away, without a full stop; empty if none is."""
        if not self.given_away:
            return ""
        counts = ", ".join(
            f"{number} of {total} clips of {emotion}"
            for emotion, (number, total) in self.given_away.items()
        )
        return f"{counts} in {self.corpus} are of speakers who show no other emotion"

    def __str__(self) -> str:
        """Says it in a sentence without a full stop."""
        return (
            f"{self.num_single} of {self.num_speakers} speakers of {self.corpus} show "
            "one emotion only"
        )


def measure_confounding(
    corpus: str, speakers: Sequence[str], emotions: Sequence[str]
) -> Confounding:
    """Counts the speakers who show one emotion only, and finds what they give away.

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
    single = {who for who, what in shown.items() if len(what) == 1 and is_told_apart}
    totals = collections.Counter(emotions)
    of_single = collections.Counter(
        emotion
        for speaker, emotion in zip(speakers, emotions, strict=True)
        if speaker in single
    )
    given_away = {
        emotion: (number, totals[emotion])
        for emotion, number in sorted(of_single.items())
        if number > MOST * totals[emotion]
    }
    return Confounding(corpus, len(single), len(shown), given_away)
