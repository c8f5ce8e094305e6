"""The dataset on disk: TFRecord examples of segments and the card beside them.

A dataset is a folder with `dataset.json` (the card) and `*.tfrecord` shards. An
example is one segment:

    clip     bytes    key of the clip, corpus/speaker/file
    speaker  bytes    speaker, unique within the corpus
    emotion  bytes    label
    index    int64    position of the segment in its clip, from 0
    values   bytes    the segment, little endian, in the card's shape and dtype

Encoding and decoding stand side by side here; nothing else knows the schema.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from pathnet_tf.dataset_card import CARD_NAME, DatasetCard, file_hash
from pathnet_tf.errors import DataError


def encode_segment(
    *, clip: str, speaker: str, emotion: str, index: int, values: np.ndarray
) -> bytes:
    """Serializes one segment; the same segment always gives the same bytes.

    Args:
      clip: Key of the clip.
      speaker: Speaker.
      emotion: Label.
      index: Position of the segment in its clip.
      values: The segment, in the card's shape and dtype.

    Returns:
      A serialized `tf.train.Example`.
    """
    little_endian = values.astype(values.dtype.newbyteorder("<"), copy=False)

    def text(value: str) -> tf.train.Feature:
        return _bytes_feature(value.encode())

    example = tf.train.Example(
        features=tf.train.Features(
            feature={
                "clip": text(clip),
                "speaker": text(speaker),
                "emotion": text(emotion),
                "index": tf.train.Feature(int64_list=tf.train.Int64List(value=[index])),
                "values": _bytes_feature(little_endian.tobytes()),
            }
        )
    )
    return example.SerializeToString(deterministic=True)


def decode_segments(serialized: tf.Tensor, *, card: DatasetCard) -> dict[str, Any]:
    """Parses a batch of serialized segments; works inside a graph.

    Args:
      serialized: string `[batch]`.
      card: The dataset's card, for shape and dtype.

    Returns:
      `clip`, `speaker`, `emotion` string `[batch]`, `index` int64 `[batch]`,
      `values` `[batch, *card.shape]` of `card.dtype`.
    """
    scalar = {
        name: tf.io.FixedLenFeature([], tf.int64 if name == "index" else tf.string)
        for name in ("clip", "speaker", "emotion", "index", "values")
    }
    parsed = tf.io.parse_example(serialized, scalar)
    flat = tf.io.decode_raw(
        parsed["values"],
        tf.as_dtype(card.dtype),
        fixed_length=None,
    )
    parsed["values"] = tf.reshape(flat, [-1, *card.shape])
    return parsed


def read_segments(
    folder: Path, card: DatasetCard, *, batch_size: int = 256
) -> Iterator[dict[str, np.ndarray]]:
    """Yields a dataset's segments in batches, in the order they were written.

    Args:
      folder: The dataset.
      card: Its card.
      batch_size: Segments a batch.

    Yields:
      What `decode_segments` returns, as NumPy arrays.

    Raises:
      DataError: A shard is missing, corrupt, truncated, or does not hold what the
        card says.
    """
    again = "write the dataset again with python -m data_tools.write_mels"
    for shard in card.shards:
        path = folder / shard.file
        if not path.is_file():
            raise DataError(f"{path} is missing; {again}")
        if file_hash(path) != shard.sha256:
            raise DataError(
                f"{path} is corrupt, truncated or of another dataset (its sha256 is "
                f"not the one in {CARD_NAME}); {again}"
            )
        num_read = 0
        records = tf.data.TFRecordDataset(str(path)).batch(batch_size)
        try:
            for batch in records.map(lambda raw: decode_segments(raw, card=card)):
                num_read += len(batch["index"])
                yield {name: value.numpy() for name, value in batch.items()}
        except (tf.errors.DataLossError, tf.errors.InvalidArgumentError) as error:
            raise DataError(
                f"{path} cannot be parsed after {num_read} of {shard.num_segments} "
                f"segments; {again}"
            ) from error
        if num_read != shard.num_segments:
            raise DataError(
                f"{path} holds {num_read} segments where {CARD_NAME} says "
                f"{shard.num_segments}; {again}"
            )


def _bytes_feature(value: bytes) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
