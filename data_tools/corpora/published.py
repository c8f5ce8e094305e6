"""The counts that a corpus was published with."""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Published:
    """What a complete copy of a corpus holds; one of the two mappings is given.

    Attributes:
      speakers: Names of the speakers.
      clips_per_emotion: Clips an emotion, over all speakers.
      clips_per_cell: Clips an emotion, of each speaker.
      exceptions: Clips of the speakers to whom `clips_per_cell` does not apply.
    """

    speakers: tuple[str, ...]
    clips_per_emotion: Mapping[str, int] = dataclasses.field(default_factory=dict)
    clips_per_cell: Mapping[str, int] = dataclasses.field(default_factory=dict)
    exceptions: Mapping[str, int] = dataclasses.field(default_factory=dict)

    @property
    def num_clips(self) -> int:
        """Clips of the whole corpus."""
        num_regular = len(self.speakers) - len(self.exceptions)
        return (
            sum(self.clips_per_emotion.values())
            + num_regular * sum(self.clips_per_cell.values())
            + sum(self.exceptions.values())
        )
