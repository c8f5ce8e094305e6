"""Makes a dataset's card of JSON, and checks what the package relies on."""

import dataclasses
import math
import re
from typing import Any, TypeVar

from pathnet_tf.data.dataset_facts import ClipCard, DatasetCard, FrameCounts, ShardCard
from pathnet_tf.features.front_end import MAX_SIZE

Card = TypeVar("Card")

SHARD_NAME = re.compile(r"[\w.-]+\.tfrecord")
DTYPES = ("float32", "float16", "uint8")
MODALITIES = ("speech", "face")


def card_from_json(content: dict[str, Any]) -> DatasetCard:
    """Makes a card of what stands in `dataset.json`.

    Raises:
      KeyError: A field is missing.
      TypeError: A value is of the wrong kind.
      ValueError: A value is of the right kind, but cannot be.
    """
    values = {
        field.name: content[field.name]
        for field in dataclasses.fields(DatasetCard)
        # Cards of an earlier release do not have the newer fields.
        if field.name in content or field.name not in ("finding", "is_synthesized")
    }
    for name in ("clips", "shards", "emotions", "left_out", "shape"):
        if not isinstance(values[name], list):
            raise TypeError(f"{name} is no list")
    values["clips"] = tuple(_clip_from_json(clip) for clip in values["clips"])
    values["shards"] = tuple(_typed(ShardCard, shard) for shard in values["shards"])
    for name in ("emotions", "left_out", "shape"):
        values[name] = tuple(values[name])
    card = DatasetCard(**values)
    require_sound(card)
    return card


def require_sound(card: DatasetCard) -> None:
    """Checks what the rest of the package relies on.

    Raises:
      TypeError: A value is of the wrong kind.
      ValueError: A value is of the right kind, but cannot be.
    """
    for name in ("corpus", "layout", "scaling"):
        _require(isinstance(getattr(card, name), str), name, getattr(card, name))
    _require(card.dtype in DTYPES, "dtype", card.dtype)
    _require(card.modality in MODALITIES, "modality", card.modality)
    _require(
        len(card.shape) == 3
        and all(type(size) is int and 0 < size <= MAX_SIZE for size in card.shape),
        "shape",
        card.shape,
    )
    _require(
        len(card.emotions) == len(set(card.emotions))
        and all(isinstance(emotion, str) for emotion in card.emotions),
        "emotions",
        card.emotions,
    )
    _require(type(card.is_synthesized) is bool, "is_synthesized", card.is_synthesized)
    for name in ("front_end", "finding"):
        _require(isinstance(getattr(card, name), dict), name, getattr(card, name))
    for entry in card.left_out:
        _require(
            isinstance(entry, dict) and all(isinstance(v, str) for v in entry.values()),
            "left_out",
            entry,
        )
    for clip in card.clips:
        _require(clip.emotion in card.emotions, "emotion", clip.emotion)
        _require(clip.num_segments > 0, "num_segments", clip.num_segments)
        _require(0 <= clip.duration_s < math.inf, "duration_s", clip.duration_s)
        if clip.frames:
            counts = dataclasses.astuple(clip.frames)
            _require(min(counts) >= 0 and sum(counts) > 0, "frames", counts)
    keys = {clip.key for clip in card.clips}
    _require(len(keys) == len(card.clips), "clips", "a list that holds one twice")
    for shard in card.shards:
        # Nothing outside of the dataset's folder is opened.
        _require(
            SHARD_NAME.fullmatch(shard.file) is not None, "name of a shard", shard.file
        )
        _require(shard.num_segments >= 0, "num_segments", shard.num_segments)


def _require(is_sound: bool, name: str, value: object) -> None:
    if not is_sound:
        raise ValueError(f"{name} is {value!r}")


def _clip_from_json(content: dict[str, Any]) -> ClipCard:
    if not isinstance(content, dict):
        raise TypeError(f"a clip is {content!r}")
    content = {name: value for name, value in content.items() if name != "frame_shares"}
    if "frames" in content:
        content["frames"] = _typed(FrameCounts, content["frames"])
    return _typed(ClipCard, content)


def _typed(kind: type[Card], content: dict[str, Any]) -> Card:
    card = kind(**content)
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        value = getattr(card, field.name)
        allowed = (int, float) if field.type is float else field.type
        # To Python, true and false are numbers.
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not isinstance(value, allowed) or (  # type: ignore[arg-type]
            field.type in (int, float) and not is_number
        ):
            raise TypeError(f"{field.name} is {value!r}")
    return card
