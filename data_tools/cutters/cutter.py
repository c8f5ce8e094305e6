"""What cuts clips into the segments of a dataset, whatever the modality."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from data_tools.corpora import Clip
from pathnet_tf.data.dataset_card import DatasetCard, FrameCounts


@dataclasses.dataclass(frozen=True)
class CutClip:
    """What came of a clip.

    Attributes:
      num_segments: Segments cut from it.
      duration_s: Its length, in seconds.
      frames: Where the faces in its frames were; none of speech.
    """

    num_segments: int
    duration_s: float
    frames: FrameCounts | None = None


class OpenCutter(Protocol):
    """A cutter at work in one process."""

    @property
    def decoded_files(self) -> set[Path]:
        """Files that were decoded without an error."""

    def cut(self, clip: Clip, write: Callable[[np.ndarray], None]) -> CutClip:
        """Cuts one clip.

        Args:
          clip: Any clip.
          write: Takes one segment after the other.

        Returns:
          What came of it.

        Raises:
          MediaError: The clip cannot be used; maybe after some of its segments.
        """

    def check(self, clip: Clip) -> None:
        """Looks for faults that `cut` would find.

        Raises:
          MediaError: The clip cannot be used.
        """


class Cutter(Protocol):
    """Settings of a cutter, which every worker opens for itself."""

    @property
    def card_fields(self) -> dict[str, Any]:
        """The fields of `DatasetCard` that say what a segment is."""

    @property
    def clips_worth_a_process(self) -> int:
        """Clips that take as long as another process takes to start."""

    @property
    def segment_noun(self) -> str:
        """What a person calls a segment."""

    @property
    def modules(self) -> tuple[str, ...]:
        """What `open` imports."""

    def open(self) -> OpenCutter:
        """Makes ready to cut; only in workers, which may import what takes long."""

    def summary(self, card: DatasetCard, elapsed_s: float) -> str:
        """Tells a person in a line or two how much was cut, and how fast."""
