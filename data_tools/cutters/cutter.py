"""The interface of a cutter, which cuts clips into the segments of a dataset."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from data_tools.corpora import Clip
from pathnet_tf.data.dataset_card import DatasetCard, FrameCounts


@dataclasses.dataclass(frozen=True)
class CutClip:
    """The counts of a clip that was cut.

    Attributes:
      num_segments: How many segments the clip has.
      duration_s: Length of the clip, in seconds.
      frames: How the face in each frame was found; None for speech.
    """

    num_segments: int
    duration_s: float
    frames: FrameCounts | None = None


@dataclasses.dataclass(frozen=True)
class ClipQuality:
    """What a check of a clip found, beside that the clip can be used.

    Attributes:
      notes: What is odd about the clip or its file, a line each.
      level_db: Level of the sound below full scale, in decibels; None for faces.
    """

    notes: tuple[str, ...] = ()
    level_db: float | None = None


class OpenCutter(Protocol):
    """A cutter that is loaded in one process and ready to cut."""

    @property
    def decoded_files(self) -> set[Path]:
        """Files that were decoded without an error."""

    def cut(self, clip: Clip, write: Callable[[np.ndarray], None]) -> CutClip:
        """Cuts one clip.

        Args:
          clip: Any clip.
          write: Called with each segment: float32 `[num_frames, num_mel_bands, 3]` for
            speech, uint8 `[size, size, 3]` for faces.

        Returns:
          The counts of the clip.

        Raises:
          MediaError: The clip cannot be used. Some of its segments may have been
            written before.
        """

    def check(self, clip: Clip) -> ClipQuality:
        """Checks that `cut` would succeed, and what is odd about the clip.

        Raises:
          MediaError: The clip cannot be used.
        """


class Cutter(Protocol):
    """The settings of a cutter; every worker process opens its own."""

    @property
    def card_fields(self) -> dict[str, Any]:
        """The fields of `DatasetCard` that say what a segment is."""

    @property
    def clips_worth_a_process(self) -> int:
        """How many clips take as long as starting a process does."""

    @property
    def segment_noun(self) -> str:
        """The word for segments in messages."""

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules that `open` imports."""

    def open(self) -> OpenCutter:
        """Loads the cutter. Called in workers only, since its imports take seconds."""

    def summary(self, card: DatasetCard, elapsed_s: float | None) -> str:
        """Returns a line or two for the user: how much was cut, and how fast.

        Args:
          card: The card of the dataset.
          elapsed_s: How long it took, in seconds; None if several processes did it.
        """
