"""How many clips a complete copy of a corpus has, as published."""

import dataclasses
from collections import Counter
from collections.abc import Mapping

from pathnet_tf.data.emotions import renamed


@dataclasses.dataclass(frozen=True)
class Published:
    """How many clips a complete copy of a corpus has.

    Give `clips_per_emotion`; or `clips_per_cell`, which needs `speakers`; or `total`.

    Attributes:
      speakers: Names of the speakers; empty if only their number is given.
      num_speakers: Number of speakers; taken from `speakers` if these are given; 0 if
        nobody knows.
      clips_per_emotion: Clips of each emotion, over all speakers.
      clips_per_cell: Clips of each emotion per speaker.
      total: All clips, where nobody says how many there are of each emotion.
      exceptions: All clips of each speaker to whom `clips_per_cell` does not apply.
    """

    speakers: tuple[str, ...] = ()
    num_speakers: int = 0
    clips_per_emotion: Mapping[str, int] = dataclasses.field(default_factory=dict)
    clips_per_cell: Mapping[str, int] = dataclasses.field(default_factory=dict)
    total: int = 0
    exceptions: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Counts the speakers."""
        if self.speakers:
            object.__setattr__(self, "num_speakers", len(self.speakers))

    def renamed(self, emotion_map: Mapping[str, str]) -> "Published":
        """Gives emotions the names that the user asked for."""
        return dataclasses.replace(
            self,
            clips_per_emotion=_renamed(self.clips_per_emotion, emotion_map),
            clips_per_cell=_renamed(self.clips_per_cell, emotion_map),
        )

    @property
    def num_clips(self) -> int:
        """Clips of the whole corpus."""
        num_regular = len(self.speakers) - len(self.exceptions)
        return (
            self.total
            + sum(self.clips_per_emotion.values())
            + num_regular * sum(self.clips_per_cell.values())
            + sum(self.exceptions.values())
        )


def _renamed(counts: Mapping[str, int], emotion_map: Mapping[str, str]) -> Counter[str]:
    """Adds up the counts of emotions that get the same name."""
    new: Counter[str] = Counter()
    names = renamed(list(counts), emotion_map)
    for name, count in zip(names, counts.values(), strict=True):
        new[name] += count
    return new
