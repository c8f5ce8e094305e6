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

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from pathnet_tf.errors import DataError

SCHEMA_VERSION = 1
CARD_NAME = "dataset.json"
EMOTIONS = (
    "anger",
    "boredom",
    "calm",
    "disgust",
    "fear",
    "happiness",
    "neutral",
    "sadness",
    "surprise",
)


@dataclasses.dataclass(frozen=True)
class ClipCard:
    """One clip of a dataset.

    Attributes:
      key: corpus/speaker/file, unique in the dataset.
      speaker: Unique within the corpus.
      emotion: Label.
      source: Path of the source file, relative to the corpus folder or the table.
      sha256: Hash of the source file's bytes.
      num_segments: Segments cut from the clip.
      duration_s: Length of the clip, in seconds.
      split: `train`, `test`, or empty where the corpus names no split.
    """

    key: str
    speaker: str
    emotion: str
    source: str
    sha256: str
    num_segments: int
    duration_s: float
    split: str = ""


@dataclasses.dataclass(frozen=True)
class ShardCard:
    """One TFRecord file of a dataset: name, number of examples, hash of its bytes."""

    file: str
    num_segments: int
    sha256: str


@dataclasses.dataclass(frozen=True)
class DatasetCard:
    """What `dataset.json` says of a dataset.

    Attributes:
      corpus: Name of the corpus.
      modality: `speech` or `face`.
      layout: Meaning of a segment's axes.
      scaling: Unit of a segment's values.
      shape: Shape of a segment.
      dtype: NumPy name of the values' type.
      front_end: Exact settings that made the segments.
      emotions: Class names, sorted.
      clips: Every clip, sorted by key.
      shards: Every shard, in order.
      left_out: Source files that were skipped, with the reason.
      schema_version: Version of this schema.
    """

    corpus: str
    modality: str
    layout: str
    scaling: str
    shape: tuple[int, ...]
    dtype: str
    front_end: dict[str, Any]
    emotions: tuple[str, ...]
    clips: tuple[ClipCard, ...]
    shards: tuple[ShardCard, ...]
    left_out: tuple[dict[str, str], ...] = ()
    schema_version: int = SCHEMA_VERSION

    @property
    def speakers(self) -> tuple[str, ...]:
        """Every speaker, sorted."""
        return tuple(sorted({clip.speaker for clip in self.clips}))

    def counts(self) -> dict[str, dict[str, dict[str, int]]]:
        """Counts clips and segments per speaker and emotion."""
        table: dict[str, dict[str, dict[str, int]]] = {}
        for clip in self.clips:
            cell = table.setdefault(clip.speaker, {}).setdefault(
                clip.emotion, {"clips": 0, "segments": 0}
            )
            cell["clips"] += 1
            cell["segments"] += clip.num_segments
        return table


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


def write_card(folder: Path, card: DatasetCard) -> None:
    """Writes `dataset.json`, the same bytes for the same card."""
    content = dataclasses.asdict(card) | {"counts": card.counts()}
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / CARD_NAME).write_text(text + "\n", encoding="utf-8")


def read_card(folder: Path) -> DatasetCard:
    """Reads and checks `dataset.json`.

    Args:
      folder: The dataset.

    Returns:
      The card.

    Raises:
      DataError: The folder or the card is missing or broken, or was written by
        another version of the schema.
    """
    path = folder / CARD_NAME
    again = "write the dataset again with python -m data_tools.write_mels"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(
            f"No dataset at {folder}: {path.name} cannot be read "
            f"({error.strerror}); make one with python -m data_tools.write_mels"
        ) from error
    except ValueError as error:
        raise DataError(f"{path} is not valid JSON ({error}); {again}") from error
    version = content.get("schema_version") if isinstance(content, dict) else None
    if version != SCHEMA_VERSION:
        raise DataError(
            f"{path} has schema version {version}, this release reads "
            f"{SCHEMA_VERSION}; {again}"
        )
    try:
        return _card_from_json(content)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{path} lacks or garbles a field ({error!r}); {again}"
        ) from error


def dataset_hash(folder: Path) -> str:
    """Hashes a dataset by its card, which holds the hash of every shard.

    Args:
      folder: The dataset.

    Returns:
      sha256 in hexadecimal.
    """
    return hashlib.sha256((folder / CARD_NAME).read_bytes()).hexdigest()


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
        num_read = 0
        records = tf.data.TFRecordDataset(str(path)).batch(batch_size)
        try:
            for batch in records.map(lambda raw: decode_segments(raw, card=card)):
                num_read += len(batch["index"])
                yield {name: value.numpy() for name, value in batch.items()}
        except (tf.errors.DataLossError, tf.errors.InvalidArgumentError) as error:
            raise DataError(
                f"{path} is corrupt or truncated after {num_read} of "
                f"{shard.num_segments} segments; {again}"
            ) from error
        if num_read != shard.num_segments:
            raise DataError(
                f"{path} holds {num_read} segments where {CARD_NAME} says "
                f"{shard.num_segments}; {again}"
            )


def _bytes_feature(value: bytes) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def _card_from_json(content: dict[str, Any]) -> DatasetCard:
    names = {field.name for field in dataclasses.fields(DatasetCard)}
    values = {name: content[name] for name in names}
    values["shape"] = tuple(int(size) for size in values["shape"])
    values["emotions"] = tuple(values["emotions"])
    values["left_out"] = tuple(values["left_out"])
    values["clips"] = tuple(ClipCard(**clip) for clip in values["clips"])
    values["shards"] = tuple(ShardCard(**shard) for shard in values["shards"])
    return DatasetCard(**values)
