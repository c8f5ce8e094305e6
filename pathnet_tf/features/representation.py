"""Represents clips as the network's input: segments, or one vector.

Functionals describe how frames are distributed, and not their order. With few clips
they carry over to other speakers and corpora better than segments do. Functionals of
log-mel frames are computed from the dataset; prosody and what openSMILE makes come from
files. Faces are described by their gradients or textures, see `face_vectors`.
"""

import dataclasses
import hashlib
import itertools

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.features.face_vectors import LEAST_SIDE, clip_vectors, descriptor
from pathnet_tf.features.feature_sets import FACE_VECTORS, SPEECH_VECTORS
from pathnet_tf.features.functionals import loud_functionals
from pathnet_tf.features.functionals_file import FunctionalsSettings, read_functionals
from pathnet_tf.features.settings import Representation
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.progress_bar import progress_bar

_BAR = "{desc} {n_fmt}/{total_fmt} |{bar}| {elapsed}, {remaining} left"
_QUIET_S = 5.0


def represent(dataset: Dataset, representation: Representation) -> Dataset:
    """Makes of a dataset's clips what they are to the network.

    Args:
      dataset: The dataset, of segments.
      representation: What to make of each clip.

    Returns:
      The dataset itself, or one with a single segment of each clip at each speed or in
      each view, whose values are float32 `[num_segments, 1, num_values, channels]`.

    Raises:
      UsageError: The dataset holds what cannot be represented so, or no file has the
        functionals.
      DataError: A file cannot be read, or lacks a clip.
    """
    require_fitting(dataset, representation)
    if not representation.is_of_vectors:
        return dataset
    parts = [_vectors(dataset, representation, one) for one in representation.parts]
    values = parts[0]
    if len(parts) > 1:
        rows = [one.reshape(len(one), 1, -1, 1) for one in parts]
        values = np.concatenate(rows, axis=2)
    num_clips, num_versions = len(dataset.clips), representation.num_versions
    labels = np.zeros(num_clips, np.int32)
    labels[dataset.clip] = dataset.labels
    values = values.astype(np.float32)
    if not np.isfinite(values).all():
        raise DataError(f"Vectors of {dataset.name} are not finite")
    return dataclasses.replace(
        dataset,
        values=values,
        labels=np.repeat(labels, num_versions),
        clip=np.repeat(np.arange(num_clips), num_versions),
        version=(
            np.tile(np.arange(num_versions), num_clips) if num_versions > 1 else None
        ),
        fingerprint=hashlib.sha256(values.tobytes()).hexdigest(),
        is_of_vectors=True,
        described=dataset,
    )


def _vectors(dataset: Dataset, representation: Representation, part: str) -> np.ndarray:
    """Makes one part of vectors: `[num_clips * num_versions, 1, num_values, ...]`."""
    if part in FACE_VECTORS:
        describe = descriptor(part, representation.views)
        rows = np.arange(len(dataset.clip))
        with progress_bar(
            len(rows),
            desc=f"{dataset.name}: faces described",
            bar_format=_BAR,
            log_delay_s=_QUIET_S,
        ) as bar:
            _, found = clip_vectors(
                dataset.values, rows, dataset.clip, describe, observe=bar.update
            )
        return found.reshape(len(found) * representation.views, 1, -1, 1)
    if part == "functionals":
        return _of_frames(dataset, representation.silence_db)
    wanted = FunctionalsSettings(representation.silence_db, representation.speeds)
    found = read_functionals(representation.files, part, dataset, wanted)
    return found.reshape(-1, 1, found.shape[-1], 1)


def require_fitting(dataset: Dataset, representation: Representation) -> None:
    """Checks that a dataset's clips can be represented so.

    Args:
      dataset: The dataset, of segments.
      representation: What to make of each clip.

    Raises:
      UsageError: The representation is for the other modality, or for larger faces.
    """
    kind, parts = representation.kind, set(representation.parts)
    is_fitting = {
        "speech": not parts & {*FACE_VECTORS},
        "face": not parts & {*SPEECH_VECTORS},
    }
    if not is_fitting[dataset.modality]:
        meant, held = "faces", "speech"
        if dataset.modality == "face":
            meant, held = held, meant
        raise UsageError(
            f"--representation={kind} is one of {meant}, and {dataset.name} holds "
            f"{held}; use --representation=segments"
        )
    if parts & {*FACE_VECTORS}:
        require_large_faces(dataset, f"--representation={kind}")


def require_large_faces(dataset: Dataset, who: str) -> None:
    """Checks that faces are large enough to be described.

    Args:
      dataset: The dataset, of faces.
      who: What describes them, for the message.

    Raises:
      UsageError: The faces are too small.
    """
    rows, columns = dataset.values.shape[1:3]
    if min(rows, columns) < LEAST_SIDE:
        raise UsageError(
            f"{who} needs faces of at least {LEAST_SIDE} x {LEAST_SIDE} pixels, and "
            f"those of {dataset.name} have {rows} x {columns}; write them with "
            "python -m data_tools.write_faces"
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
