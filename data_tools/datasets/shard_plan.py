"""The work for one shard of a dataset, and what became of it."""

import dataclasses
from pathlib import Path

from data_tools.corpora import Clip
from data_tools.cutters.cutter import CutClip, Cutter
from pathnet_tf.runtime.storage import AnyPath


@dataclasses.dataclass(frozen=True)
class ShardPlan:
    """The work for one shard; a worker gets all it needs.

    Attributes:
      file: The TFRecord file to write.
      clips: The clips, in the order to write them.
      to_hash: Source files whose hash this shard reports, so that a file which
        stands in many rows is hashed once.
      cutter: What cuts them.
    """

    file: AnyPath
    clips: tuple[Clip, ...]
    to_hash: frozenset[Path]
    cutter: Cutter


@dataclasses.dataclass(frozen=True)
class WrittenClip:
    """A clip that was written, and what came of it."""

    clip: Clip
    cut: CutClip


@dataclasses.dataclass(frozen=True)
class WrittenShard:
    """What became of a shard.

    Attributes:
      plan: The work.
      written: Clips that were written.
      refused: Clips that were not, with the reason.
      hashes: sha256 of the source files in `plan.to_hash` that were decoded.
      sha256: Hash of the TFRecord file.
    """

    plan: ShardPlan
    written: tuple[WrittenClip, ...]
    refused: tuple[tuple[Clip, str], ...]
    hashes: dict[Path, str]
    sha256: str

    @property
    def num_segments(self) -> int:
        """Examples in the file."""
        return sum(written.cut.num_segments for written in self.written)
