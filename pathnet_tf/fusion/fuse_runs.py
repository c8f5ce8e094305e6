"""Fuses a finished speech run with a finished face run, fold by fold."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from pathnet_tf.evaluation.fold_scores import ClipScores, clip_labels
from pathnet_tf.fusion.clip_pairs import ClipPairs, pair_targets
from pathnet_tf.fusion.finished_run import FinishedRun, JobKey
from pathnet_tf.fusion.late_fusion import EQUAL_WEIGHT, choose_weight, clip_uar, fuse
from pathnet_tf.runtime.errors import DataError

WEIGHT_RULES = ("chosen", "equal")
SAME_FLAGS = "run both with the same --protocol, --num_folds and --seed"


@dataclasses.dataclass(frozen=True)
class FoldWeight:
    """The weight of speech in one fold, with the UARs on its training speakers.

    Attributes:
      method: `transfer` or `scratch`.
      repeat: The repeat, from 0.
      fold: Name of the fold.
      speech_weight: In [0, 1]; the weight of the face is 1 minus this.
      fused_training_uar: UAR with this weight on training speakers, from inner folds;
        None if the weight was not chosen.
      speech_training_uar: The same UAR for speech alone.
      face_training_uar: The same UAR for the face alone.
    """

    method: str
    repeat: int
    fold: str
    speech_weight: float
    fused_training_uar: float | None = None
    speech_training_uar: float | None = None
    face_training_uar: float | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class FusedRuns:
    """The scores of two runs, fused and each alone.

    Attributes:
      methods: The methods that both runs have.
      scores: For each method, the fused scores, those of speech alone and those of the
        face alone. They are scores of the clips that both runs have, numbered as in the
        target of the speech run.
      weights: The weight for each method, repeat and fold.
      pairs: The clips that both runs have.
    """

    methods: tuple[str, ...]
    scores: list[ClipScores]
    weights: list[FoldWeight]
    pairs: ClipPairs


def fuse_runs(speech: FinishedRun, face: FinishedRun, weight_rule: str) -> FusedRuns:
    """Fuses two runs.

    Args:
      speech: The speech run.
      face: The face run.
      weight_rule: `chosen` takes, for each method, repeat and fold, the weight with
        the highest UAR on the fold's training speakers, by the scores of inner folds;
        `equal` takes 0.5.

    Returns:
      The fused scores, the scores of each modality alone, and the weights.

    Raises:
      DataError: The runs do not fit each other; or weights are to be chosen, but a run
        has no inner folds.
    """
    methods = _shared_methods(speech, face)
    _require_same_folds(speech, face)
    pairs = pair_targets(speech, face)
    if weight_rule == "chosen":
        _require_inner_folds(speech, face)
    labels = clip_labels(speech.data.target)
    repeats = range(min(speech.settings.repeats, face.settings.repeats))
    scores, weights = [], []
    for method in methods:
        rows: dict[str, list[ClipScores]] = {}
        for repeat in repeats:
            for fold in speech.data.folds:
                key = (method, repeat, fold.name)
                ours, theirs = _held_out_pair(speech, face, pairs, key)
                weight = FoldWeight(*key, EQUAL_WEIGHT)
                if weight_rule == "chosen":
                    weight = _choose(speech, face, pairs, key, labels, ours.clips)
                weights.append(weight)
                one, other = ours.log_probabilities, theirs.log_probabilities
                fused = fuse(one, other, weight.speech_weight)
                for part, values in (
                    ("fused", fused),
                    ("speech", one),
                    ("face", other),
                ):
                    label = (f"{method} {part}", repeat, fold.name)
                    row = ClipScores(*label, ours.clips, values)
                    rows.setdefault(part, []).append(row)
        scores += [row for part in rows.values() for row in part]
    return FusedRuns(methods, scores, weights, pairs)


def _choose(
    speech: FinishedRun,
    face: FinishedRun,
    pairs: ClipPairs,
    key: JobKey,
    labels: np.ndarray,
    held_out: np.ndarray,
) -> FoldWeight:
    """Chooses a fold's weight on its training side.

    Args:
      speech: The speech run.
      face: The face run.
      pairs: Which clips both runs hold.
      key: Method, repeat and fold.
      labels: int `[num_clips]`, the class of each clip of the speech run's target.
      held_out: int64 `[num_held_out]`, numbers of the clips that the fold holds out.

    Returns:
      The weight, with the UARs by which it was chosen.
    """
    ours = pairs.of_speech(speech.training[key])
    theirs = pairs.of_face(face.training[key])
    _require_same_clips(speech, ours, face, theirs, "trains on")
    # Not an assert statement, which python -O leaves out.
    if np.intersect1d(ours.clips, held_out).size:
        raise AssertionError(f"Fold {key[2]} chooses a weight on clips it holds out")
    one, other = ours.log_probabilities, theirs.log_probabilities
    truth = labels[ours.clips]
    weight = choose_weight(one, other, truth)
    uars = (clip_uar(part, truth) for part in (fuse(one, other, weight), one, other))
    return FoldWeight(*key, weight, *uars)


def _held_out_pair(
    speech: FinishedRun, face: FinishedRun, pairs: ClipPairs, key: JobKey
) -> tuple[ClipScores, ClipScores]:
    """Takes the scores of the common clips that a fold of both runs holds out."""
    ours, theirs = speech.held_out[key], face.held_out[key]
    sides = [
        {run.data.target.speakers[clip] for clip in part.clips}
        for run, part in ((speech, ours), (face, theirs))
    ]
    if sides[0] != sides[1]:
        odd = sorted(sides[0] ^ sides[1])
        raise DataError(
            f"Fold {key[2]} of {speech} and {face} does not hold out the same speakers "
            f"(in one alone: {_first(odd)}); {SAME_FLAGS}"
        )
    ours, theirs = pairs.of_speech(ours), pairs.of_face(theirs)
    _require_same_clips(speech, ours, face, theirs, "holds out")
    return ours, theirs


def _require_same_clips(
    speech: FinishedRun,
    ours: ClipScores,
    face: FinishedRun,
    theirs: ClipScores,
    verb: str,
) -> None:
    odd = np.setxor1d(ours.clips, theirs.clips)
    if odd.size:
        keys = [speech.data.target.clips[clip].key for clip in odd]
        raise DataError(
            f"Fold {ours.fold} {verb} {_first(keys)} in only one of {speech} and "
            f"{face}, which both have them; {SAME_FLAGS}"
        )
    if not ours.clips.size:
        raise DataError(
            f"Fold {ours.fold} {verb} no clip that both {speech} and {face} have; "
            "write both datasets from the same recordings"
        )


def _shared_methods(speech: FinishedRun, face: FinishedRun) -> tuple[str, ...]:
    ours, theirs = speech.settings.methods, face.settings.methods
    shared = tuple(method for method in ours if method in theirs)
    if not shared:
        raise DataError(
            f"{speech} learned by {' and '.join(ours)}, {face} by "
            f"{' and '.join(theirs)}, so nothing can be fused; run the one from "
            "sources again with --scratch_control"
        )
    return shared


def _require_same_folds(speech: FinishedRun, face: FinishedRun) -> None:
    ours, theirs = speech.data, face.data
    if ours.protocol != theirs.protocol:
        raise DataError(
            f"{speech} ran --protocol={ours.protocol}, {face} "
            f"--protocol={theirs.protocol}; {SAME_FLAGS}"
        )
    if ours.protocol == "random_segment":
        raise DataError(
            f"{speech} and {face} ran --protocol=random_segment, which takes clips "
            "apart; only whole clips can be fused, run both with another --protocol"
        )
    names = [[fold.name for fold in data.folds] for data in (ours, theirs)]
    if names[0] != names[1]:
        odd = sorted(set(names[0]) ^ set(names[1]))
        raise DataError(
            f"{speech} and {face} do not hold out the same speakers (folds in one "
            f"alone: {_first(odd)}); {SAME_FLAGS}, on the same speakers"
        )


def _require_inner_folds(*runs: FinishedRun) -> None:
    for run in runs:
        if not run.settings.inner_folds:
            raise DataError(
                f"{run} has no scores of training speakers to choose weights on; run "
                "it again with --inner_folds=3, or fuse with --weights=equal"
            )


def _first(names: Sequence[str], most: int = 3) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
