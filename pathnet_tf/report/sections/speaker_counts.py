"""What became of each speaker's clips, as tests and intervals over speakers need it."""

import numpy as np

from pathnet_tf.evaluation import metrics
from pathnet_tf.evaluation.method_comparison import BOOTSTRAP
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.runtime.reproducibility import stream

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


def paired_confusions(
    one: tuple[Evidence, str], other: tuple[Evidence, str]
) -> tuple[np.ndarray, np.ndarray]:
    """Counts decisions of two methods, of one run or of two, on the same speakers.

    Of a run that stopped half-way only the repeats and folds count that both methods
    have done. Folds of two runs need not be the same; there all count.

    Args:
      one: A run and a method of it, as the results name it.
      other: Another.

    Returns:
      For each, int64 `[num_repeats, num_speakers, num_classes, num_classes]`; a
      speaker that one of them lacks has no clips there.
    """
    speakers = sorted({*speakers_of(one[0]), *speakers_of(other[0])})
    shared = None
    if one[0] is other[0]:
        shared = _done(*one) & _done(*other)
    return (
        confusions_of(*one, speakers, shared),
        confusions_of(*other, speakers, shared),
    )


def speakers_of(evidence: Evidence) -> list[str]:
    """Speakers of a run's held-out clips, sorted."""
    return sorted({name for table in evidence.clips for name in table.speakers})


def scored(confusions: np.ndarray) -> np.ndarray:
    """Keeps the speakers that were scored, of a run that stopped half-way.

    Args:
      confusions: From `confusions_of`.

    Returns:
      The same without the other speakers.
    """
    return confusions[:, confusions.sum(axis=(0, 2, 3)) > 0]


def _done(evidence: Evidence, method: str) -> set[tuple[int, str]]:
    """Repeats and folds that a method has done."""
    return {
        (table.repeat, table.fold) for table in evidence.clips if table.method == method
    }
