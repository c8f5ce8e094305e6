"""Writes one shard of a dataset: cuts its clips into a TFRecord file."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import tensorflow as tf

from data_tools.corpora import Clip
from data_tools.cutters.cutter import CutClip, OpenCutter
from data_tools.datasets.shard_plan import ShardPlan, WrittenClip, WrittenShard
from data_tools.media_error import MediaError
from pathnet_tf.data import tfrecords
from pathnet_tf.data.dataset_card import file_hash
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import AnyPath


def write_shard(plan: ShardPlan) -> WrittenShard:
    """Writes a shard, whose bytes depend only on the plan and its files, and a record.

    Each clip is written to a file of its own first, because a fault may show only after
    some segments, and a clip may be too long for memory.

    Args:
      plan: What to write, and where.

    Returns:
      Which clips were written and which were refused, as the record says it. A bad file
      does not stop the others.

    Raises:
      DataError: The shard cannot be written.
    """
    written, refused = [], []
    cutter = plan.cutter.open()
    with _folder_beside(plan.file) as aside, plan.file.open("wb") as file:
        for clip in plan.clips:
            try:
                cut = _write_clip(clip, cutter, aside / "clip.tfrecord", file)
            except MediaError as error:
                refused.append((clip, error.reason))
            except tf.errors.OpError as error:
                raise DataError(
                    f"{plan.file} cannot be written ({error.message})"
                ) from error
            else:
                written.append(WrittenClip(clip, cut))
    shard = WrittenShard(
        plan=plan,
        written=tuple(written),
        refused=tuple(refused),
        hashes={
            path: file_hash(path)
            for path in sorted(plan.to_hash & cutter.decoded_files)
        },
        sha256=file_hash(plan.file),
    )
    shard.write_record()
    return shard


@contextlib.contextmanager
def _folder_beside(file: AnyPath) -> Iterator[Path]:
    """Makes a temporary folder, beside the file if the file is on a local disk."""
    if not isinstance(file, Path):
        with tempfile.TemporaryDirectory() as elsewhere:
            yield Path(elsewhere)
        return
    folder = file.with_suffix(".aside")
    # A worker that was killed may have left this folder.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_clip(
    clip: Clip, cutter: OpenCutter, aside: Path, shard: IO[bytes]
) -> CutClip:
    """Cuts a clip into the file `aside`, and appends that file to the shard."""
    index = 0

    with tf.io.TFRecordWriter(str(aside)) as writer:

        def write(values: np.ndarray) -> None:
            """Writes one segment, `[height, width, 3]`; see `OpenCutter.cut`."""
            nonlocal index
            writer.write(
                tfrecords.encode_segment(
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
