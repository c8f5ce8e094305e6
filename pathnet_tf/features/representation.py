"""Represents clips as the network's input: segments, or one vector of functionals.

Functionals describe how frames are distributed, and not their order. With few clips
they carry over to other speakers and corpora better than segments do. Functionals of
log-mel frames are computed from the dataset; those of openSMILE come from files.
"""

import dataclasses
import hashlib
import itertools
from pathlib import Path

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.features.feature_sets import FEATURE_SETS, REPRESENTATIONS
from pathnet_tf.features.functionals import loud_functionals
from pathnet_tf.features.functionals_file import FunctionalsSettings, read_functionals
from pathnet_tf.runtime.errors import DataError, UsageError


@dataclasses.dataclass(frozen=True)
class Representation:
    """How clips are represented.

    Attributes:
      kind: `segments` leaves a dataset as it is; `functionals` makes one vector of a
        clip's log-mel frames, `egemaps` and `compare` take openSMILE's.
      silence_db: Frames so far below a clip's loudest one are left out of its
        functionals; 0 keeps all. openSMILE's must have been made so.
      speeds: Speeds, other than 1, at which clips are heard too; openSMILE's must have
        been made at them.
      files: Files of `data_tools.write_functionals` that hold the clips of all
        datasets, for openSMILE's alone.

    Raises:
      UsageError: A value is out of its range, or has no use.
    """

    kind: str = "segments"
    silence_db: float = 0.0
    speeds: tuple[float, ...] = ()
    files: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        """Checks every value."""
        if self.kind not in REPRESENTATIONS:
            raise UsageError(
                f"representation must be one of {REPRESENTATIONS}. "
                f"Received: representation={self.kind!r}"
            )
        if self.silence_db < 0:
            raise UsageError(
                "silence_db must not be negative. "
                f"Received: silence_db={self.silence_db:g}"
            )
        if self.silence_db and self.kind == "segments":
            raise UsageError(
                "--silence_db leaves silence out of functionals; it needs another "
                "--representation than segments"
            )
        if self.speeds and self.kind not in FEATURE_SETS:
            raise UsageError(
                "--speeds takes functionals that openSMILE made of faster and slower "
                f"recordings; it needs --representation={' or '.join(FEATURE_SETS)}"
            )

    def of(self, dataset: Dataset) -> Dataset:
        """Represents a dataset.

        Args:
          dataset: The dataset, of segments.

        Returns:
          The dataset itself, or one with a single segment of each clip at each speed,
          whose values are float32 `[num_segments, 1, num_functionals, channels]`.

        Raises:
          UsageError: It holds faces, or no file has the functionals.
          DataError: A file cannot be read, or lacks a clip.
        """
        if self.kind == "segments":
            return dataset
        if dataset.modality != "speech":
            raise UsageError(
                f"--representation={self.kind} is one of speech, and {dataset.name} "
                "holds faces; use --representation=segments"
            )
        if self.kind == "functionals":
            values = _of_frames(dataset, self.silence_db)
        else:
            wanted = FunctionalsSettings(self.silence_db, self.speeds)
            found = read_functionals(self.files, self.kind, dataset, wanted)
            values = found.reshape(-1, 1, found.shape[-1], 1)
        num_clips, num_speeds = len(dataset.clips), 1 + len(self.speeds)
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
            speed=np.tile(np.arange(num_speeds), num_clips) if self.speeds else None,
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
