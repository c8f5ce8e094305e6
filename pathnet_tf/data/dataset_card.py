"""The card of a dataset, `dataset.json`: what is in it and how it was made."""

import dataclasses
import hashlib
import json

from pathnet_tf.data.card_checks import (
    DTYPES,
    MODALITIES,
    card_from_json,
    require_sound,
)
from pathnet_tf.data.dataset_facts import (
    SCHEMA_VERSION,
    ClipCard,
    DatasetCard,
    FrameCounts,
    ShardCard,
)
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import AnyPath

__all__ = [
    "CARD_NAME",
    "DTYPES",
    "EMOTIONS",
    "MODALITIES",
    "SCHEMA_VERSION",
    "SYNTHESIZED",
    "WRITE_AGAIN",
    "ClipCard",
    "DatasetCard",
    "FrameCounts",
    "ShardCard",
    "dataset_hash",
    "file_hash",
    "read_card",
    "write_card",
]

CARD_NAME = "dataset.json"
SYNTHESIZED = (
    "SYNTHESIZED voices or faces: the scores show that the programs work and are those "
    "of no corpus."
)
WRITE_AGAIN = (
    "write the dataset again with python -m data_tools.write_mels or write_faces"
)
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


def write_card(folder: AnyPath, card: DatasetCard) -> None:
    """Writes `dataset.json`, the same bytes for the same card.

    Raises:
      DataError: Nobody could read it.
    """
    try:
        require_sound(card)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{folder / CARD_NAME} would hold what it must not: {error}"
        ) from error
    content = dataclasses.asdict(card) | {"counts": card.counts()}
    for clip, entry in zip(card.clips, content["clips"], strict=True):
        if clip.frames:
            entry["frame_shares"] = clip.frames.shares()
        else:
            del entry["frames"]
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / CARD_NAME).write_text(text + "\n", encoding="utf-8")


def read_card(folder: AnyPath) -> DatasetCard:
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
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        # Escapes in JSON can make text that is none, and that nothing can write.
        json.dumps(content, ensure_ascii=False).encode()
    except OSError as error:
        raise DataError(
            f"No dataset at {folder}: {path.name} cannot be read "
            f"({error.strerror}); make one with python -m data_tools.write_mels or "
            "write_faces"
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not valid JSON ({error}); {WRITE_AGAIN}") from error
    version = content.get("schema_version") if isinstance(content, dict) else None
    if version != SCHEMA_VERSION:
        raise DataError(
            f"{path} has schema version {version}, this release reads "
            f"{SCHEMA_VERSION}; {WRITE_AGAIN}"
        )
    try:
        return card_from_json(content)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise DataError(
            f"{path} lacks or garbles a field ({error!r}); {WRITE_AGAIN}"
        ) from error


def file_hash(path: AnyPath) -> str:
    """Hashes a file's bytes: sha256 in hexadecimal.

    Raises:
      OSError: The file cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def dataset_hash(folder: AnyPath) -> str:
    """Hashes a dataset by its card, which holds the hash of every shard.

    Args:
      folder: The dataset.

    Returns:
      sha256 in hexadecimal.
    """
    return hashlib.sha256((folder / CARD_NAME).read_bytes()).hexdigest()
