"""Represents clips as the network's input: segments, or one vector of functionals.

Functionals describe how frames are distributed, and not their order. With few clips
they carry over to other speakers and corpora better than segments do. Functionals of
log-mel frames are computed from the dataset; those of openSMILE come from files.
"""

import dataclasses
import hashlib
import itertools

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.features.functionals import loud_functionals
from pathnet_tf.features.functionals_file import FunctionalsSettings, read_functionals
from pathnet_tf.features.settings import Representation
from pathnet_tf.runtime.errors import DataError, UsageError


def represent(dataset: Dataset, representation: Representation) -> Dataset:
    """Makes of a dataset's clips what they are to the network.

    Args:
      dataset: The dataset, of segments.
      representation: What to make of each clip.

    Returns:
      The dataset itself, or one with a single segment of each clip at each speed,
      whose values are float32 `[num_segments, 1, num_functionals, channels]`.

    Raises:
      UsageError: The dataset holds faces, or no file has the functionals.
      DataError: A file cannot be read, or lacks a clip.
    """
    if representation.kind == "segments":
        return dataset
    if dataset.modality != "speech":
        raise UsageError(
            f"--representation={representation.kind} is one of speech, and "
            f"{dataset.name} holds faces; use --representation=segments"
        )
    if representation.kind == "functionals":
        values = _of_frames(dataset, representation.silence_db)
    else:
        wanted = FunctionalsSettings(representation.silence_db, representation.speeds)
        found = read_functionals(
            representation.files, representation.kind, dataset, wanted
        )
        values = found.reshape(-1, 1, found.shape[-1], 1)
    speeds = representation.speeds
    num_clips, num_speeds = len(dataset.clips), 1 + len(speeds)
    labels = np.zeros(num_clips, np.int32)
    labels[dataset.clip] = dataset.labels
    values = values.astype(np.float32)
    if not np.isfinite(values).all():
        raise DataError(f"Functionals of {dataset.name} are not finite")
    return dataclasses.replace(
        dataset,
        values=values,
        labels=np.repeat(labels, num_speeds),
        clip=np.repeat(np.arange(num_clips), num_speeds),
        speed=np.tile(np.arange(num_speeds), num_clips) if speeds else None,
        fingerprint=hashlib.sha256(values.tobytes()).hexdigest(),
    )


def _of_frames(dataset: Dataset, silence_db: float) -> np.ndarray:
    """Functionals of each clip's frames: `[num_clips, 1, 7 * bands, channels]`."""
    order = np.argsort(dataset.clip, kind="stable")
    bounds = np.searchsorted(dataset.clip[order], np.arange(len(dataset.clips) + 1))
    found = [
        loud_functionals([np.asarray(dataset.values[order[first:last]])], silence_db)
        for first, last in itertools.pairwise(bounds)
    ]
    values = np.stack(found)
    return values.reshape(len(values), 1, -1, values.shape[-1])
