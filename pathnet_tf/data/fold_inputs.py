"""The inputs of one fold: who trains, who measures fitness, how all are scaled."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.data.folds import Fold, hold_out_speakers
from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.data.normalization import (
    FULL_SCALES,
    NORMALIZATIONS,
    Scaling,
    Statistics,
    joined_scaling,
    measure,
    measure_groups,
    unmeasured,
)
from pathnet_tf.data.stored_values import joined
from pathnet_tf.runtime.errors import DataError


@dataclasses.dataclass(frozen=True)
class Division:
    """A fold whose training side is divided once more.

    Attributes:
      train: int64 `[num_train]`, indices of the segments that move weights.
      validation: int64 `[num_validation]`, those that measure fitness instead; of
        other speakers than `train`; empty where fitness is the training accuracy.
      test: int64 `[num_test]`, those held out.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


@dataclasses.dataclass(frozen=True)
class FoldInputs:
    """The parts of a division, which are normalized as they are read.

    Attributes:
      train: Those that move weights.
      validation: Those that measure fitness instead; maybe none.
      test: Those held out; maybe none.
      statistics: Those that scale, where all parts share them.
    """

    train: SegmentInputs
    validation: SegmentInputs
    test: SegmentInputs
    statistics: Statistics | None


def divide(
    dataset: Dataset,
    fold: Fold,
    *,
    validation_share: float,
    rng: np.random.Generator,
) -> Division:
    """Divides a fold's training side into what trains and what measures fitness.

    Args:
      dataset: The dataset of the fold.
      fold: The fold.
      validation_share: Share of the training speakers that measure fitness; 0 for
        none, else at least one is drawn.
      rng: Draws them.

    Returns:
      The division.

    Raises:
      DataError: A class has no training example, or there are too few speakers.
    """
    # Whatever the protocol, and under python -O too.
    if np.intersect1d(fold.train, fold.test).size:
        raise AssertionError(f"Fold {fold.name} trains on segments that it holds out")
    train, validation = fold.train, fold.train[:0]
    if validation_share:
        speakers = np.asarray(dataset.speakers)[dataset.clip[fold.train]]
        drawn = hold_out_speakers(speakers.tolist(), share=validation_share, rng=rng)
        validates = np.isin(speakers, sorted(drawn))
        train, validation = fold.train[~validates], fold.train[validates]
    counts = np.bincount(dataset.labels[train], minlength=len(dataset.emotions))
    for emotion, count in zip(dataset.emotions, counts, strict=True):
        if count == 0:
            raise DataError(
                f"Emotion {emotion} has no training example in fold {fold.name} of "
                f"{dataset.name}; name the others with --emotions, or choose another "
                f"--protocol{' or --fitness=train' if validation_share else ''}"
            )
    return Division(train, validation, fold.test)


def scale(
    dataset: Dataset, division: Division, normalization: str
) -> tuple[Scaling, Statistics | None]:
    """Measures what scales a division; what its parts share comes from `train` alone.

    Args:
      dataset: The dataset.
      division: Its parts.
      normalization: One of `normalization.NORMALIZATIONS`.

    Returns:
      The scaling of the dataset's segments, and the statistics that all parts share, if
      there are any.

    Raises:
      ValueError: `normalization` is unknown.
    """
    values, num_segments = dataset.values, len(dataset.labels)
    parts = (division.train, division.validation, division.test)
    is_per_band = dataset.modality == "speech"
    if normalization in ("train", "none"):
        statistics = (
            measure(values, division.train, is_per_band=is_per_band)
            if normalization == "train"
            else unmeasured(values.shape[2:], FULL_SCALES[dataset.modality])
        )
        return Scaling.shared(statistics, num_segments), statistics
    if normalization not in NORMALIZATIONS:
        raise ValueError(
            f"normalization must be one of {NORMALIZATIONS}. "
            f"Received: normalization={normalization!r}"
        )
    group = dataset.clip
    if normalization == "speaker":
        speakers = np.unique(dataset.speakers, return_inverse=True)[1]
        group = speakers[dataset.clip]
        if dataset.speed is not None:
            # Who is heard faster is another speaker.
            group = group * (dataset.speed.max() + 1) + dataset.speed
    # Part by part: a LEAKY protocol may divide the segments of a clip.
    of_part = [group[part] * len(parts) + i for i, part in enumerate(parts)]
    scaling = measure_groups(
        values, np.concatenate(parts), np.concatenate(of_part), is_per_band=is_per_band
    )
    return scaling, None


def normalize(dataset: Dataset, division: Division, normalization: str) -> FoldInputs:
    """Normalizes a division; statistics that its parts share come from `train` alone.

    Args:
      dataset: The dataset.
      division: Its parts.
      normalization: One of `normalization.NORMALIZATIONS`.

    Returns:
      The parts, normalized.

    Raises:
      ValueError: `normalization` is unknown.
    """
    scaling, statistics = scale(dataset, division, normalization)
    everything = SegmentInputs(dataset.values, scaling, dataset.clip)
    parts = (division.train, division.validation, division.test)
    train, validation, test = (everything.select(part) for part in parts)
    return FoldInputs(train, validation, test, statistics)


def join_inputs(
    datasets: Sequence[Dataset], divisions: Sequence[Division], normalization: str
) -> tuple[SegmentInputs, np.ndarray]:
    """Joins the segments of datasets, each scaled by itself.

    Args:
      datasets: The datasets.
      divisions: Of each.
      normalization: One of `normalization.NORMALIZATIONS`.

    Returns:
      All segments one dataset after the other, and int64 `[num_datasets + 1]`, where
      each one's begin.
    """
    scalings = [
        scale(one, division, normalization)[0]
        for one, division in zip(datasets, divisions, strict=True)
    ]
    first_clips = np.cumsum([0] + [len(one.clips) for one in datasets])
    inputs = SegmentInputs(
        joined([one.values for one in datasets]),
        joined_scaling(scalings),
        np.concatenate(
            [one.clip + n for one, n in zip(datasets, first_clips, strict=False)]
        ),
    )
    return inputs, np.cumsum([0] + [len(one.labels) for one in datasets])


def undivided(dataset: Dataset) -> Division:
    """A division in which everything trains."""
    return Division(np.arange(len(dataset.labels)), np.arange(0), np.arange(0))
