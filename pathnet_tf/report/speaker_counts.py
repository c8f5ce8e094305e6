"""What became of each speaker's clips, as tests and intervals over speakers need it."""

import numpy as np

from pathnet_tf import metrics
from pathnet_tf.method_comparison import BOOTSTRAP
from pathnet_tf.report.evidence import Evidence
from pathnet_tf.streams import stream

METRICS = {"UAR": metrics.uars, "WAR": metrics.wars}


def bootstrap_rng(evidence: Evidence) -> np.random.Generator:
    """Draws speakers as `method_comparison` does: pages and terminal agree."""
    return stream(evidence.environment.get("seed") or 0, BOOTSTRAP)


def confusions_of(
    evidence: Evidence,
    method: str,
    speakers: list[str],
    only: set[tuple[int, str]] | None = None,
) -> np.ndarray:
    """Counts decisions of clips.

    Args:
      evidence: The run.
      method: A method, as the results name it.
      speakers: Their order.
      only: Repeats and folds to count; all if not given.

    Returns:
      int64 `[num_repeats, num_speakers, num_classes, num_classes]`.
    """
    tables = [
        table
        for table in evidence.clips
        if table.method == method
        and (only is None or (table.repeat, table.fold) in only)
    ]
    repeats = sorted({table.repeat for table in tables})
    size = len(evidence.emotions)
    counts = np.zeros((len(repeats), len(speakers), size, size), np.int64)
    for table in tables:
        places = np.array([speakers.index(name) for name in table.speakers])
        cells = (places, table.truth, table.prediction)
        np.add.at(counts[repeats.index(table.repeat)], cells, 1)
    return counts


def scored(confusions: np.ndarray) -> np.ndarray:
    """Keeps the speakers that were scored, of a run that stopped half-way.

    Args:
      confusions: From `confusions_of`.

    Returns:
      The same without the other speakers.
    """
    return confusions[:, confusions.sum(axis=(0, 2, 3)) > 0]
