"""What to write into one shard of a dataset, and what was written."""

import dataclasses
from pathlib import Path

from data_tools.corpora import Clip
from data_tools.cutters.cutter import CutClip, Cutter
from pathnet_tf.runtime.storage import AnyPath


@dataclasses.dataclass(frozen=True)
class ShardPlan:
    """What to write into one shard; workers get nothing else.

    Attributes:
      file: The TFRecord file to write.
      clips: The clips, in the order in which they are written.
      to_hash: Source files whose hash this shard reports. A file with clips in several
        shards is hashed for the first one only.
      cutter: Cuts the clips.
    """

    file: AnyPath
    clips: tuple[Clip, ...]
    to_hash: frozenset[Path]
    cutter: Cutter


@dataclasses.dataclass(frozen=True)
class WrittenClip:
    """A clip that was written, and its counts."""

    clip: Clip
    cut: CutClip


@dataclasses.dataclass(frozen=True)
class WrittenShard:
    """A shard that was written.

    Attributes:
      plan: What was to be written.
      written: The clips that were written.
      refused: The clips that were refused, with the reason.
      hashes: SHA-256 of each source file in `plan.to_hash` that was decoded.
      sha256: SHA-256 of the TFRecord file.
    """

    plan: ShardPlan
    written: tuple[WrittenClip, ...]
    refused: tuple[tuple[Clip, str], ...]
    hashes: dict[Path, str]
    sha256: str

    @property
    def num_segments(self) -> int:
        """How many segments the file holds."""
        return sum(written.cut.num_segments for written in self.written)
