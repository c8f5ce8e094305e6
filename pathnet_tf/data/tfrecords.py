"""Reads and writes the TFRecord files of a dataset, whose examples are segments.

A dataset is a folder with `dataset.json` (the card) and `*.tfrecord` shards. An
example is one segment:

    clip     bytes    key of the clip, corpus/speaker/file
    speaker  bytes    speaker, unique within the corpus
    emotion  bytes    label
    index    int64    position of the segment in its clip, from 0
    values   bytes    the segment, little endian, in the card's shape and dtype

This schema appears nowhere else.
"""

import dataclasses
import hashlib
import math
import struct
from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError

from pathnet_tf.data.dataset_card import CARD_NAME, WRITE_AGAIN, DatasetCard, ShardCard
from pathnet_tf.data.stored_values import StoredValues
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import AnyPath, mapped

# A record is the length of the example, a checksum, the example, and a checksum.
LENGTH_BYTES = 8
CHECKSUM_BYTES = 4


def encode_segment(
    *, clip: str, speaker: str, emotion: str, index: int, values: np.ndarray
) -> bytes:
    """Serializes one segment; the same segment always gives the same bytes.

    Args:
      clip: Key of the clip.
      speaker: Speaker.
      emotion: Label.
      index: Position of the segment in its clip.
      values: The segment, `[*shape]`, in the shape and dtype of the card.

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


@dataclasses.dataclass(frozen=True)
class SegmentIndex:
    """Where each segment of a dataset is stored, and which clip it belongs to.

    Attributes:
      clip: Key of each segment's clip.
      emotion: Label of each segment.
      position: int64 `[num_segments]`, position of each segment in its clip, from 0.
      values: Values of the segments, which stay in the shards.
    """

    clip: list[str]
    emotion: list[str]
    position: np.ndarray
    values: StoredValues


def index_segments(folder: AnyPath, card: DatasetCard) -> SegmentIndex:
    """Reads all shards of a dataset once, in the order in which they were written.

    Args:
      folder: The dataset.
      card: Its card.

    Returns:
      The index.

    Raises:
      DataError: A shard is missing, corrupt or truncated, or differs from what the card
        says.
    """
    clip: list[str] = []
    emotion: list[str] = []
    offset, position = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    # One string for each name, as there may be millions of segments.
    names: dict[str, str] = {}
    for shard in card.shards:
        segments = _index_shard(folder / shard.file, shard, card)
        clip += [names.setdefault(one.clip, one.clip) for one in segments]
        emotion += [names.setdefault(one.emotion, one.emotion) for one in segments]
        offset.append(np.array([one.offset for one in segments], np.int64))
        position.append(np.array([one.position for one in segments], np.int64))
    numbers = np.arange(len(card.shards), dtype=np.int32)
    sizes = [shard.num_segments for shard in card.shards]
    values = StoredValues(
        [str(folder / shard.file) for shard in card.shards],
        np.repeat(numbers, np.array(sizes, np.int64)),
        np.concatenate(offset),
        card.shape,
        card.dtype,
    )
    return SegmentIndex(clip, emotion, np.concatenate(position), values)


@dataclasses.dataclass(frozen=True)
class _Segment:
    """One example of a shard; `offset` is where its values begin in the file."""

    clip: str
    emotion: str
    position: int
    offset: int


def _index_shard(path: AnyPath, shard: ShardCard, card: DatasetCard) -> list[_Segment]:
    try:
        content = mapped(path)
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing; {WRITE_AGAIN}") from error
    if hashlib.sha256(content).hexdigest() != shard.sha256:
        raise DataError(
            f"{path} is corrupt, truncated or of another dataset (its sha256 is "
            f"not the one in {CARD_NAME}); {WRITE_AGAIN}"
        )
    segments: list[_Segment] = []
    try:
        for start, stop in _example_places(content):
            segments.append(_decode_segment(content, start, stop, card))
    except (DecodeError, IndexError, ValueError, struct.error) as error:
        raise DataError(
            f"{path} cannot be parsed after {len(segments)} of {shard.num_segments} "
            f"segments; {WRITE_AGAIN}"
        ) from error
    if len(segments) != shard.num_segments:
        raise DataError(
            f"{path} holds {len(segments)} segments where {CARD_NAME} says "
            f"{shard.num_segments}; {WRITE_AGAIN}"
        )
    return segments


def _example_places(content: memoryview) -> Iterator[tuple[int, int]]:
    """Yields the start and end of each example in a TFRecord file, in bytes."""
    place = 0
    while place < len(content):
        (size,) = struct.unpack_from("<Q", content, place)
        start = place + LENGTH_BYTES + CHECKSUM_BYTES
        yield start, start + size
        place = start + size + CHECKSUM_BYTES


def _decode_segment(
    content: memoryview, start: int, stop: int, card: DatasetCard
) -> _Segment:
    """Parses one example, and finds where its values begin without copying them."""
    example = content[start:stop].tobytes()
    feature = tf.train.Example.FromString(example).features.feature
    (values,) = feature["values"].bytes_list.value
    expected = math.prod(card.shape) * np.dtype(card.dtype).itemsize
    if len(values) != expected:
        raise ValueError(f"{len(values)} bytes where {expected} are expected")
    return _Segment(
        clip=feature["clip"].bytes_list.value[0].decode(),
        emotion=feature["emotion"].bytes_list.value[0].decode(),
        position=feature["index"].int64_list.value[0],
        # A serialized example contains its bytes features unchanged.
        offset=start + example.index(values),
    )


def _bytes_feature(value: bytes) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
