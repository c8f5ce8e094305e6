"""The card of a dataset, `dataset.json`: what is in the dataset and how it was made.

Reading a card checks everything in it that the rest of the package relies on.
"""

import dataclasses
import hashlib
import json
import math
import re
from typing import Any, TypeVar

from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import AnyPath

CARD_NAME = "dataset.json"
SYNTHESIZED = (
    "SYNTHESIZED voices or faces: the scores show that the programs work and are those "
    "of no corpus."
)
WRITE_AGAIN = (
    "write the dataset again with python -m data_tools.write_mels or write_faces"
)
SCHEMA_VERSION = 1
SHARD_NAME = re.compile(r"[\w.-]+\.tfrecord")
DTYPES = ("float32", "float16", "uint8")
MODALITIES = ("speech", "face")
# The largest size of any axis of a segment.
MAX_SIZE = 4096

Card = TypeVar("Card")


@dataclasses.dataclass(frozen=True)
class FrameCounts:
    """Counts a clip's frames by where the box around the face comes from.

    Attributes:
      detected: Frames in which exactly one face was found.
      reused: Frames in which no face or several were found, so that the box of the
        frame before was used.
      back_filled: Such frames before the clip's first box, for which that first box
        was used.
      aligned: Frames, of all these, whose crop is aligned by the eyes.
      left_out: Frames, of all these, that are no segments, because they lie outside of
        the part of the clip that was kept.
    """

    detected: int
    reused: int
    back_filled: int
    aligned: int = 0
    left_out: int = 0

    @property
    def total(self) -> int:
        """Number of all frames."""
        return self.detected + self.reused + self.back_filled

    def to_json(self) -> dict[str, int]:
        """The counts by name; `aligned` and `left_out` only where they are not 0."""
        counts = dataclasses.asdict(self)
        return {
            name: n
            for name, n in counts.items()
            if n or name not in ("aligned", "left_out")
        }

    def shares(self) -> dict[str, float]:
        """Each count as a share of all frames, to four decimals."""
        counts = self.to_json()
        return {name: round(count / self.total, 4) for name, count in counts.items()}


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
      sentence: Name of the sentence, the same for every speaker; empty if unknown.
      sex: `female`, `male`, or empty if it is unknown.
      age: Of the speaker, in years or as the corpus writes it; empty if it is unknown.
      frames: Where the boxes in its frames come from; None for speech.
    """

    key: str
    speaker: str
    emotion: str
    source: str
    sha256: str
    num_segments: int
    duration_s: float
    split: str = ""
    sentence: str = ""
    sex: str = ""
    age: str = ""
    frames: FrameCounts | None = None


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
      front_end: Exact settings that made the segments. Datasets that are used together
        must agree in them.
      emotions: Class names, sorted.
      clips: Every clip, sorted by key.
      shards: Every shard, in order.
      left_out: Source files that were skipped, with the reason.
      finding: Settings of the face detector, in which datasets may differ; empty for
        speech.
      is_synthesized: Whether voices or faces come from a program and not from people.
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
    finding: dict[str, Any] = dataclasses.field(default_factory=dict)
    is_synthesized: bool = False
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


def write_card(folder: AnyPath, card: DatasetCard) -> None:
    """Writes `dataset.json`; the same card always gives the same bytes.

    Raises:
      DataError: The card holds a value that `read_card` would refuse.
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
            entry["frames"] = clip.frames.to_json()
            entry["frame_shares"] = clip.frames.shares()
        else:
            del entry["frames"]
        for name in ("sentence", "sex", "age"):
            if not entry[name]:
                del entry[name]
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
        # JSON escapes can hold half a character, which no file can be written with.
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


def card_from_json(content: dict[str, Any]) -> DatasetCard:
    """Makes a card from the content of `dataset.json`.

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
        # A name with a folder in it could lead out of the dataset's folder.
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
        # In Python, True and False are instances of int.
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not isinstance(value, allowed) or (  # type: ignore[arg-type]
            field.type in (int, float) and not is_number
        ):
            raise TypeError(f"{field.name} is {value!r}")
    return card
