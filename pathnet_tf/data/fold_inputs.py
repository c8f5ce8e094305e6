"""The inputs of one fold: who trains, who measures fitness, how values are scaled."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.data.normalization import (
    NORMALIZATIONS,
    PIXEL_SCALE,
    TRANSDUCTIVE,
    Scaling,
    Statistics,
    joined_scaling,
    measure,
    measure_groups,
    unmeasured,
    with_deviation_of,
)
from pathnet_tf.data.speaker_folds import Fold, hold_out_speakers
from pathnet_tf.data.stored_values import joined
from pathnet_tf.runtime.errors import DataError


@dataclasses.dataclass(frozen=True)
class Division:
    """A fold whose training side is divided once more.

    Attributes:
      train: int64 `[num_train]`, indices of the segments that weights are trained on.
      validation: int64 `[num_validation]`, indices of the segments on which fitness is
        measured, whose speakers are not in `train`; empty if fitness is the training
        accuracy.
      test: int64 `[num_test]`, indices of the held-out segments.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


@dataclasses.dataclass(frozen=True)
class FoldInputs:
    """The segments of a division, which are normalized as they are read.

    Attributes:
      train: Segments that weights are trained on.
      validation: Segments on which fitness is measured; may be empty.
      test: Held-out segments; may be empty.
      statistics: Mean and deviation that scale all parts; None if each speaker or clip
        has its own.
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
      validation_share: Share of the training speakers on whom fitness is measured. At
        least one speaker is drawn, unless the share is 0.
      rng: Draws the speakers.

    Returns:
      The division.

    Raises:
      DataError: A class has no training example, or there are too few speakers.
    """
    train = fold.train
    validation = train[:0]
    if validation_share:
        of_clip = np.asarray(dataset.speakers)
        heard = of_clip[np.unique(dataset.clip[train])].tolist()
        drawn = hold_out_speakers(heard, share=validation_share, rng=rng)
        validates = np.isin(of_clip, sorted(drawn))[dataset.clip[train]]
        train, validation = train[~validates], train[validates]
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
    """Measures the statistics that scale the segments of a division.

    Statistics that all parts share are measured on `train` alone.

    Args:
      dataset: The dataset.
      division: Its parts.
      normalization: One of `normalization.NORMALIZATIONS`.

    Returns:
      The scaling of the dataset's segments, and the statistics that all parts share;
      None if each speaker or clip has its own.

    Raises:
      ValueError: `normalization` is unknown.
    """
    values, num_segments = dataset.values, len(dataset.labels)
    parts = (division.train, division.validation, division.test)
    is_per_band = not dataset.is_of_pixels
    if normalization in ("train", "none"):
        statistics = (
            measure(values, division.train, is_per_band=is_per_band)
            if normalization == "train"
            else unmeasured(
                values.shape[2:], PIXEL_SCALE if dataset.is_of_pixels else 1.0
            )
        )
        return Scaling.shared(statistics, num_segments), statistics
    if normalization not in NORMALIZATIONS:
        raise ValueError(
            f"normalization must be one of {NORMALIZATIONS}. "
            f"Received: normalization={normalization!r}"
        )
    group = dataset.clip
    if normalization in TRANSDUCTIVE:
        speakers = np.unique(dataset.speakers, return_inverse=True)[1]
        group = speakers[dataset.clip]
        if dataset.version is not None:
            # A speaker who is played faster, or mirrored, counts as another speaker.
            group = group * (dataset.version.max() + 1) + dataset.version
    # Each part is measured by itself, as a LEAKY protocol may divide a clip.
    of_part = [group[part] * len(parts) + i for i, part in enumerate(parts)]
    scaling = measure_groups(
        values, np.concatenate(parts), np.concatenate(of_part), is_per_band=is_per_band
    )
    if normalization == "speaker_mean":
        scaling = with_deviation_of(
            scaling, values, division.train, is_per_band=is_per_band
        )
    return scaling, None


def normalize(dataset: Dataset, division: Division, normalization: str) -> FoldInputs:
    """Normalizes the segments of a division, see `scale`.

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
      divisions: The division of each dataset.
      normalization: One of `normalization.NORMALIZATIONS`.

    Returns:
      All segments, one dataset after the other, and int64 `[num_datasets + 1]`: the
      index of each dataset's first segment, then the number of all segments.
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
    """Makes the division in which all segments train and none is held out."""
    return Division(np.arange(len(dataset.labels)), np.arange(0), np.arange(0))
