"""Confusion matrices of each speaker, for tests and intervals over speakers."""

import numpy as np

from pathnet_tf.evaluation import metrics
from pathnet_tf.evaluation.method_comparison import BOOTSTRAP
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.runtime.reproducibility import stream

METRICS = {"UAR": metrics.uars, "WAR": metrics.wars}


def bootstrap_rng(evidence: Evidence) -> np.random.Generator:
    """Makes the generator of `method_comparison`, so that page and terminal agree."""
    return stream(evidence.environment.get("seed") or 0, BOOTSTRAP)


def confusions_of(
    evidence: Evidence,
    method: str,
    speakers: list[str],
    only: set[tuple[int, str]] | None = None,
) -> np.ndarray:
    """Counts how the clips of each speaker were decided.

    Args:
      evidence: The run.
      method: Method as `results.csv` names it.
      speakers: Names of speakers, in the order of the second axis.
      only: Pairs of repeat and fold to count; by default all.

    Returns:
      int64 `[num_repeats, num_speakers, num_classes, num_classes]`, number of clips by
      repeat, speaker, true emotion and decided emotion.
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
    """Counts the decisions of two methods for the same speakers.

    If both methods are of one run, only the repeats and folds that both have done are
    counted. If they are of two runs, which may have other folds, all are counted.

    Args:
      one: A run, and a method of it as `results.csv` names it.
      other: Another method, of the same run or of another.

    Returns:
      For each, int64 `[num_repeats, num_speakers, num_classes, num_classes]`, number of
      clips as in `confusions_of`; 0 for a speaker that the method has not scored.
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
    """Lists the speakers of a run's held-out clips, sorted."""
    return sorted({name for table in evidence.clips for name in table.speakers})


def scored(confusions: np.ndarray) -> np.ndarray:
    """Leaves out the speakers without clips, as a run that stopped half-way has them.

    Args:
      confusions: int64 `[num_repeats, num_speakers, num_classes, num_classes]`, from
        `confusions_of`.

    Returns:
      The same with a smaller second axis: the speakers that have clips.
    """
    return confusions[:, confusions.sum(axis=(0, 2, 3)) > 0]


def _done(evidence: Evidence, method: str) -> set[tuple[int, str]]:
    """Lists the pairs of repeat and fold that a method has done."""
    return {
        (table.repeat, table.fold) for table in evidence.clips if table.method == method
    }
