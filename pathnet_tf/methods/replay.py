"""Recordings of the sources, presented again while a target is learned.

A network keeps what it has learned from a source when it goes on seeing the source's
recordings beside the target's. They are presented under the emotions that both have,
and classified by the target's head. Frozen modules forget nothing anyway; replay needs
the sources' recordings.

Reference: Robins 1995, "Catastrophic forgetting, rehearsal and pseudorehearsal".
"""

from collections.abc import Sequence

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.data.fold_inputs import Division, join_inputs, undivided
from pathnet_tf.data.input_pipeline import LabelledSegments
from pathnet_tf.runtime.errors import UsageError


def with_replay(
    target: Dataset,
    division: Division,
    sources: Sequence[Dataset],
    normalization: str,
) -> LabelledSegments:
    """Adds the sources' segments of the target's emotions to a training side.

    Args:
      target: The target dataset.
      division: A fold of the target, of which the training side is used.
      sources: The source datasets.
      normalization: One of `normalization.NORMALIZATIONS`.

    Returns:
      The training segments of the target, then the segments of the sources.
    """
    datasets = [target, *sources]
    divisions = [division, *map(undivided, sources)]
    inputs, firsts = join_inputs(datasets, divisions, normalization)
    rows, labels = [division.train], [target.labels[division.train]]
    for source, first in zip(sources, firsts[1:], strict=False):
        classes = np.array(
            [
                target.emotions.index(emotion) if emotion in target.emotions else -1
                for emotion in source.emotions
            ]
        )
        of_segment = classes[source.labels]
        shared = np.flatnonzero(of_segment >= 0)
        rows.append(first + shared)
        labels.append(of_segment[shared])
    return LabelledSegments(
        inputs.select(np.concatenate(rows)),
        np.concatenate(labels).astype(np.int32),
        num_own=len(division.train),
    )


def require_shared(target: Dataset, sources: Sequence[Dataset]) -> None:
    """Checks that some source has an emotion of the target.

    Raises:
      UsageError: No source has an emotion of the target.
    """
    known = {emotion for source in sources for emotion in source.emotions}
    if not known & set(target.emotions):
        raise UsageError(
            "--replay finds no emotion of the target in its sources; leave it at 0"
        )
