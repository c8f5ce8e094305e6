"""One shard of a log-mel dataset: clips in, a TFRecord file and its cards out."""

import dataclasses
from pathlib import Path

import numpy as np
import tensorflow as tf

from data_tools.audio import AudioError
from data_tools.clip_reader import ClipReader
from data_tools.corpora import Clip
from pathnet_tf import records
from pathnet_tf.dataset_card import file_hash
from pathnet_tf.errors import DataError
from pathnet_tf.log_mel import FrontEnd, waveform_to_segments
from pathnet_tf.storage import AnyPath


@dataclasses.dataclass(frozen=True)
class ShardPlan:
    """The work for one shard; a worker gets all it needs.

    Attributes:
      file: The TFRecord file to write.
      clips: The clips, in the order to write them.
      to_hash: Source files whose hash this shard reports, so that a file which
        stands in many rows is hashed once.
      front_end: The settings.
    """

    file: AnyPath
    clips: tuple[Clip, ...]
    to_hash: frozenset[Path]
    front_end: FrontEnd


@dataclasses.dataclass(frozen=True)
class WrittenClip:
    """A clip that was written, its segments and its length in seconds."""

    clip: Clip
    num_segments: int
    duration_s: float


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
        return sum(clip.num_segments for clip in self.written)


def write_shard(plan: ShardPlan) -> WrittenShard:
    """Writes one shard; its bytes depend on nothing but the plan and the sources.

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
    reader = ClipReader(plan.front_end)
    try:
        with tf.io.TFRecordWriter(str(plan.file)) as writer:
            for clip in plan.clips:
                try:
                    waveform = reader.waveform(clip)
                except AudioError as error:
                    refused.append((clip, error.reason))
                    continue
                segments = waveform_to_segments(waveform, front_end=plan.front_end)
                _write_segments(writer, clip, segments)
                duration_s = len(waveform) / plan.front_end.sample_rate_hz
                written.append(WrittenClip(clip, len(segments), duration_s))
    except tf.errors.OpError as error:
        raise DataError(f"{plan.file} cannot be written ({error.message})") from error
    return WrittenShard(
        plan=plan,
        written=tuple(written),
        refused=tuple(refused),
        hashes={
            path: file_hash(path)
            for path in sorted(plan.to_hash & reader.decoded_files)
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


def _write_segments(
    writer: tf.io.TFRecordWriter, clip: Clip, segments: np.ndarray
) -> None:
    for index, values in enumerate(segments):
        writer.write(
            records.encode_segment(
                clip=clip.key,
                speaker=clip.speaker,
                emotion=clip.emotion,
                index=index,
                values=values,
            )
        )
