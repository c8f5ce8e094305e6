"""A dataset: segments, labels, and the clips they were cut from."""

import dataclasses
import functools
import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from pathnet_tf.data.confounding import Confounding, measure_confounding
from pathnet_tf.data.dataset_card import (
    WRITE_AGAIN,
    ClipCard,
    DatasetCard,
    dataset_hash,
    read_card,
)
from pathnet_tf.data.emotions import with_guesses
from pathnet_tf.data.speaker_folds import Fold, SegmentTable
from pathnet_tf.data.stored_values import Values, joined
from pathnet_tf.data.tfrecords import SegmentIndex, index_segments
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import as_path

ALL_SPEAKERS = "all_speakers"


@dataclasses.dataclass(frozen=True)
class Dataset:
    """Segments of one or several corpora.

    Attributes:
      name: Name of the corpus, or of the corpora joined by `+`.
      emotions: Declared classes, sorted.
      values: `[num_segments, *segment_shape]`, as the records hold them.
      labels: int32 `[num_segments]`, indices into `emotions`.
      clip: int64 `[num_segments]`, indices into `clips`.
      clips: The clips.
      speakers: Speaker of each clip, corpus/speaker where corpora were pooled.
      fingerprint: A hash that differs for any other segments or classes.
      modality: `speech` or `face`.
      version: int64 `[num_segments]`, which version of its clip each segment is: the
        index of its speed or view; None if all segments are as they were recorded.
      is_of_vectors: Whether each segment is a vector that describes a clip as a whole.
      described: The dataset of segments that such vectors describe, with the same
        clips; None of other datasets.
    """

    name: str
    emotions: tuple[str, ...]
    values: Values
    labels: np.ndarray
    clip: np.ndarray
    clips: tuple[ClipCard, ...]
    speakers: tuple[str, ...]
    fingerprint: str
    modality: str = "speech"
    version: np.ndarray | None = None
    is_of_vectors: bool = False
    described: "Dataset | None" = None

    @property
    def is_of_pixels(self) -> bool:
        """Whether the values are the pixels of faces."""
        return self.modality == "face" and not self.is_of_vectors

    @functools.cached_property
    def table(self) -> SegmentTable:
        """What folds are made from: clips, speakers, source files and given splits."""
        return SegmentTable(
            clip=self.clip,
            clip_keys=[clip.key for clip in self.clips],
            clip_speakers=self.speakers,
            clip_sources=[clip.sha256 for clip in self.clips],
            clip_splits=[clip.split for clip in self.clips],
            clip_emotions=[clip.emotion for clip in self.clips],
        )

    @property
    def confounding(self) -> tuple[Confounding, ...]:
        """How far speaker and emotion go together, for each corpus that was pooled."""
        clips_of: dict[str, list[ClipCard]] = {}
        for clip in self.clips:
            clips_of.setdefault(clip.key.partition("/")[0], []).append(clip)
        return tuple(
            measure_confounding(
                corpus,
                [clip.speaker for clip in clips],
                [clip.emotion for clip in clips],
            )
            for corpus, clips in clips_of.items()
        )

    def everything(self) -> Fold:
        """The fold that trains on all segments and holds out none."""
        return Fold(ALL_SPEAKERS, len(self.labels), np.arange(0))

    def describe(self) -> str:
        """One line of counts."""
        return (
            f"{self.name}: {len(self.clips)} clips, {len(self.labels)} segments, "
            f"{len(set(self.speakers))} speakers, {len(self.emotions)} emotions "
            f"({', '.join(self.emotions)})"
        )


def read_cards(folders: Sequence[str]) -> list[DatasetCard]:
    """Reads the cards of datasets that are to be used together.

    Args:
      folders: Dataset folders.

    Returns:
      The card of each folder.

    Raises:
      DataError: A card is missing or broken, or two datasets were made with different
        settings.
    """
    cards = [read_card(as_path(folder)) for folder in folders]
    for folder, card in zip(folders[1:], cards[1:], strict=True):
        _require_alike(folders[0], cards[0], folder, card)
    return cards


def load(folder: str, card: DatasetCard, emotions: Sequence[str]) -> Dataset:
    """Reads the segments of a dataset that belong to the given classes.

    Args:
      folder: The dataset.
      card: Its card.
      emotions: Classes to keep.

    Returns:
      The dataset.

    Raises:
      DataError: Classes have no clip, or a shard is broken.
    """
    emotions = tuple(sorted(emotions))
    absent = [emotion for emotion in emotions if emotion not in card.emotions]
    if absent:
        raise DataError(
            f"{folder} has no clip of emotion {with_guesses(absent, card.emotions)}, "
            f"only {', '.join(card.emotions)}; leave it out of --emotions"
        )
    clips = tuple(clip for clip in card.clips if clip.emotion in emotions)
    index = index_segments(as_path(folder), card)
    _require_known(folder, index, {clip.key: clip.emotion for clip in card.clips})
    place = {clip.key: number for number, clip in enumerate(clips)}
    wanted = np.array([key in place for key in index.clip], bool)
    clip_of = np.array([place[key] for key in index.clip if key in place], np.int64)
    if not np.array_equal(
        np.bincount(clip_of, minlength=len(clips)),
        [clip.num_segments for clip in clips],
    ):
        raise DataError(
            f"{folder}: the shards do not hold the segments that dataset.json lists; "
            f"{WRITE_AGAIN}"
        )
    labels = np.array([emotions.index(clip.emotion) for clip in clips], np.int32)
    return Dataset(
        name=card.corpus,
        emotions=emotions,
        values=index.values.select(np.flatnonzero(wanted)),
        labels=labels[clip_of],
        clip=clip_of,
        clips=clips,
        speakers=tuple(clip.speaker for clip in clips),
        fingerprint=_fingerprint([dataset_hash(as_path(folder)), *emotions]),
        modality=card.modality,
    )


def pool(datasets: Sequence[Dataset]) -> Dataset:
    """Joins datasets into one, whose classes are all that any of them has.

    Args:
      datasets: At least one.

    Returns:
      The pooled dataset. The name of each speaker begins with that of the corpus.
    """
    if len(datasets) == 1:
        return datasets[0]
    emotions = tuple(sorted({word for one in datasets for word in one.emotions}))
    firsts = np.cumsum([0] + [len(dataset.clips) for dataset in datasets])
    return Dataset(
        name="+".join(dataset.name for dataset in datasets),
        emotions=emotions,
        values=joined([dataset.values for dataset in datasets]),
        labels=np.concatenate(
            [
                np.array([emotions.index(word) for word in d.emotions], np.int32)[
                    d.labels
                ]
                for d in datasets
            ]
        ),
        clip=np.concatenate(
            [d.clip + first for d, first in zip(datasets, firsts, strict=False)]
        ),
        clips=tuple(clip for dataset in datasets for clip in dataset.clips),
        speakers=tuple(
            f"{dataset.name}/{speaker}"
            for dataset in datasets
            for speaker in dataset.speakers
        ),
        fingerprint=_fingerprint([dataset.fingerprint for dataset in datasets]),
        modality=datasets[0].modality,
    )


def _require_alike(
    folder: str, card: DatasetCard, other_folder: str, other: DatasetCard
) -> None:
    for field in ("modality", "layout", "scaling", "shape", "dtype", "front_end"):
        ours, theirs = getattr(card, field), getattr(other, field)
        if ours != theirs and field == "modality":
            raise DataError(
                f"{folder} holds {ours} and {other_folder} holds {theirs}; give "
                "datasets of one modality"
            )
        if ours != theirs:
            raise DataError(
                f"{folder} and {other_folder} differ in {field}: "
                f"{_difference(ours, theirs)}; write both with the same settings"
            )


def _fingerprint(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _difference(ours: object, theirs: object) -> str:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        names = sorted(ours.keys() | theirs.keys())
        return ", ".join(
            f"{name} {ours.get(name)} and {theirs.get(name)}"
            for name in names
            if ours.get(name) != theirs.get(name)
        )
    return f"{ours} and {theirs}"


def _require_known(folder: str, index: SegmentIndex, known: Mapping[str, str]) -> None:
    for key, emotion in zip(index.clip, index.emotion, strict=True):
        if key not in known:
            raise DataError(
                f"{folder}: a shard holds clip {key}, which dataset.json does not "
                f"list; {WRITE_AGAIN}"
            )
        if known[key] != emotion:
            raise DataError(
                f"{folder}: clip {key} is {known[key]} in dataset.json, but "
                f"{emotion} in its shard; {WRITE_AGAIN}"
            )
