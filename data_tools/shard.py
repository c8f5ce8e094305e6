"""One shard of a dataset: clips in, a TFRecord file and its cards out."""

import dataclasses
import shutil
import tempfile
from pathlib import Path
from typing import IO

import numpy as np
import tensorflow as tf

from data_tools.corpora import Clip
from data_tools.cutter import CutClip, Cutter, OpenCutter
from data_tools.media_error import MediaError
from pathnet_tf import records
from pathnet_tf.dataset_card import file_hash
from pathnet_tf.errors import DataError
from pathnet_tf.storage import AnyPath


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


def write_shard(plan: ShardPlan) -> WrittenShard:
    """Writes one shard; its bytes depend on nothing but the plan and the sources.

    A clip is written to a file of its own first, since it may turn out to be bad
    after some of its segments, and be too long to be kept in memory.

    Args:
      plan: The work.

    Returns:
      What was written and what was refused. A file that fails does not stop the
      others.

    Raises:
      DataError: The shard cannot be written.
    """
    _use_one_thread()
    written, refused = [], []
    cutter = plan.cutter.open()
    with _folder_beside(plan.file) as aside, plan.file.open("wb") as shard:
        for clip in plan.clips:
            try:
                cut = _write_clip(clip, cutter, Path(aside, "clip.tfrecord"), shard)
            except MediaError as error:
                refused.append((clip, error.reason))
            except tf.errors.OpError as error:
                raise DataError(
                    f"{plan.file} cannot be written ({error.message})"
                ) from error
            else:
                written.append(WrittenClip(clip, cut))
    return WrittenShard(
        plan=plan,
        written=tuple(written),
        refused=tuple(refused),
        hashes={
            path: file_hash(path)
            for path in sorted(plan.to_hash & cutter.decoded_files)
        },
        sha256=file_hash(plan.file),
    )


def _use_one_thread() -> None:
    """Leaves parallelism to the worker processes, and sums to a fixed order."""
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        # TensorFlow already runs in this process: a worker that wrote a shard
        # before has one thread, a program that calls this library keeps its own.
        return


def _folder_beside(file: AnyPath) -> tempfile.TemporaryDirectory[str]:
    """A folder on the same disk, where there is room if anywhere; else wherever."""
    parent = str(file.parent) if isinstance(file, Path) else None
    return tempfile.TemporaryDirectory(dir=parent)


def _write_clip(
    clip: Clip, cutter: OpenCutter, aside: Path, shard: IO[bytes]
) -> CutClip:
    """Cuts a clip into a file aside, which joins the shard once the clip is whole."""
    index = 0

    with tf.io.TFRecordWriter(str(aside)) as writer:

        def write(values: np.ndarray) -> None:
            nonlocal index
            writer.write(
                records.encode_segment(
                    clip=clip.key,
                    speaker=clip.speaker,
                    emotion=clip.emotion,
                    index=index,
                    values=values,
                )
            )
            index += 1

        cut = cutter.cut(clip, write)
    with aside.open("rb") as content:
        shutil.copyfileobj(content, shard)
    return cut
