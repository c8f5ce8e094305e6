"""How many clips a complete copy of a corpus has, as published."""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Published:
    """How many clips a complete copy of a corpus has.

    Give `clips_per_emotion`; or `clips_per_cell`, which needs `speakers`; or `total`.

    Attributes:
      speakers: Names of the speakers; empty if only their number is given.
      num_speakers: Number of speakers; taken from `speakers` if these are given.
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
