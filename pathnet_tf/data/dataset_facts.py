"""What is said of a dataset, its clips and its shards."""

import dataclasses
from typing import Any

SCHEMA_VERSION = 1


@dataclasses.dataclass(frozen=True)
class FrameCounts:
    """Frames of a clip by where the box of the face in them comes from.

    Attributes:
      detected: Exactly one face was found.
      reused: None was, or several; the box is that of the frame before.
      back_filled: The same before the first box, which is used.
    """

    detected: int
    reused: int
    back_filled: int

    @property
    def total(self) -> int:
        """All frames."""
        return self.detected + self.reused + self.back_filled

    def shares(self) -> dict[str, float]:
        """Each count as a share of all frames, to four decimals."""
        counts = dataclasses.asdict(self)
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
      frames: Where the faces in its frames were; none of speech.
    """

    key: str
    speaker: str
    emotion: str
    source: str
    sha256: str
    num_segments: int
    duration_s: float
    split: str = ""
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
      front_end: Exact settings that made the segments, and that datasets share which
        are used together.
      emotions: Class names, sorted.
      clips: Every clip, sorted by key.
      shards: Every shard, in order.
      left_out: Source files that were skipped, with the reason.
      finding: Settings by which faces were found, which may differ between datasets;
        empty of speech.
      is_synthesized: Whether nobody speaks or is seen in the recordings.
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
