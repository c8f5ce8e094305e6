"""What to write into one shard of a dataset, and the record of what was written."""

import dataclasses
import json
from pathlib import Path

from data_tools.corpora import Clip
from data_tools.cutters.cutter import CutClip, Cutter
from pathnet_tf.data.dataset_card import FrameCounts
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import AnyPath, write_whole


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

    @property
    def record(self) -> AnyPath:
        """The file that says what was written; it appears after the TFRecord file."""
        return self.file.with_name(f"{self.file.name}.json")

    def __str__(self) -> str:
        """Names the shard for a person."""
        return f"{self.file.name} with {len(self.clips)} clips from {self.clips[0].key}"


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

    def write_record(self) -> None:
        """Writes `plan.record`, in which clips are numbers of the plan's clips."""
        number = {clip.key: index for index, clip in enumerate(self.plan.clips)}
        first = {clip.path: number[clip.key] for clip in reversed(self.plan.clips)}
        content = {
            "written": [
                [number[one.clip.key], dataclasses.asdict(one.cut)]
                for one in self.written
            ],
            "refused": [[number[clip.key], why] for clip, why in self.refused],
            "hashes": [[first[path], sha] for path, sha in self.hashes.items()],
            "sha256": self.sha256,
        }
        write_whole(self.plan.record, json.dumps(content).encode())


def read_record(plan: ShardPlan) -> WrittenShard:
    """Reads what was written of a plan.

    Raises:
      DataError: The record is damaged.
    """
    try:
        content = json.loads(plan.record.read_text())
        return WrittenShard(
            plan=plan,
            written=tuple(
                WrittenClip(plan.clips[index], _cut_clip(**cut))
                for index, cut in content["written"]
            ),
            refused=tuple(
                (plan.clips[index], why) for index, why in content["refused"]
            ),
            hashes={plan.clips[index].path: sha for index, sha in content["hashes"]},
            sha256=content["sha256"],
        )
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise DataError(
            f"{plan.record} is damaged; remove it, and run its part again"
        ) from error


def _cut_clip(frames: dict[str, int] | None, **counts: float) -> CutClip:
    return CutClip(**counts, frames=FrameCounts(**frames) if frames else None)  # type: ignore[arg-type]
