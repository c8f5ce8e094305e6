"""Pairs the clips of two datasets or two runs that come from the same recording."""

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from pathnet_tf.evaluation.fold_scores import ClipScores
from pathnet_tf.fusion.finished_run import FinishedRun
from pathnet_tf.runtime.errors import DataError

# corpus/speaker/path, the ending of the file, and the stretch of the file, #1.0-2.5
_KEY = re.compile(r"(?P<path>.*?)(\.[^./#]+)?(?P<stretch>#[\d.e+-]+)?", re.DOTALL)


def pair_keys(speech: Sequence[str], face: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs keys that differ only in the file's ending, then in its folder too.

    Args:
      speech: Keys of one dataset, such as `savee/DC/sa03.wav`.
      face: Keys of the other dataset, such as `savee/DC/sa03.avi`.

    Returns:
      Pairs of indices into `speech` and `face`, in the order of `speech`. Keys that
      could be paired in more than one way are not paired.
    """
    pairs: dict[int, int] = {}
    for name in (_without_ending, _without_folder):
        ours = _unique(speech, set(pairs), name)
        theirs = _unique(face, set(pairs.values()), name)
        pairs |= {ours[key]: theirs[key] for key in ours.keys() & theirs.keys()}
    return sorted(pairs.items())


def _unique(
    keys: Sequence[str], paired: set[int], name: Callable[[str], str]
) -> dict[str, int]:
    """Among the unpaired keys, the index of each name that only one key has."""
    names = {i: name(key) for i, key in enumerate(keys) if i not in paired}
    count = Counter(names.values())
    return {name: i for i, name in names.items() if count[name] == 1}


def _without_ending(key: str) -> str:
    match = _KEY.fullmatch(key)
    assert match is not None  # Every part but the path may be missing.
    return match["path"] + (match["stretch"] or "")


def _without_folder(key: str) -> str:
    parts = _without_ending(key).split("/")
    return "/".join([*parts[:2], parts[-1]])


@dataclasses.dataclass(frozen=True, eq=False)
class ClipPairs:
    """Clips that a speech and a face dataset have in common.

    Attributes:
      speech: int64 `[num_speech_clips]`, the index of the clip itself, or -1 if the
        face dataset lacks the clip.
      face: int64 `[num_face_clips]`, index of the same clip in the speech dataset, or
        -1 if the speech dataset lacks the clip.
      speech_alone: Keys of the clips that the face dataset lacks.
      face_alone: Keys of the clips that the speech dataset lacks.
    """

    speech: np.ndarray
    face: np.ndarray
    speech_alone: tuple[str, ...]
    face_alone: tuple[str, ...]

    def of_speech(self, scores: ClipScores) -> ClipScores:
        """Selects the common clips from scores of the speech run."""
        return _renumbered(scores, self.speech)

    def of_face(self, scores: ClipScores) -> ClipScores:
        """Selects the common clips from scores of the face run, with speech numbers."""
        return _renumbered(scores, self.face)


def pair_targets(speech: FinishedRun, face: FinishedRun) -> ClipPairs:
    """Pairs the clips of two runs' targets.

    Args:
      speech: The speech run.
      face: The face run.

    Returns:
      The pairs.

    Raises:
      DataError: The targets are of different corpora or classes, have no clip in
        common, or label a clip differently.
    """
    ours, theirs = speech.data.target, face.data.target
    if ours.name != theirs.name:
        raise DataError(
            f"{speech} learned {ours.name}, {face} {theirs.name}; fuse runs of one "
            "corpus, or write one of them with the other's --corpus_name"
        )
    if ours.emotions != theirs.emotions:
        raise DataError(
            f"{speech} tells {', '.join(ours.emotions)} apart, {face} "
            f"{', '.join(theirs.emotions)}; run both with the same --emotions"
        )
    keys = [[clip.key for clip in target.clips] for target in (ours, theirs)]
    pairs = pair_keys(*keys)
    if not pairs:
        raise DataError(
            f"{speech} and {face} have no clip in common ({keys[0][0]} and "
            f"{keys[1][0]}, for example); keys must be alike but for the file's ending"
        )
    of_speech, of_face = (np.full(len(names), -1) for names in keys)
    for one, other in pairs:
        for noun in ("emotion", "speaker"):
            labels = [
                getattr(clip, noun) for clip in (ours.clips[one], theirs.clips[other])
            ]
            if labels[0] != labels[1]:
                raise DataError(
                    f"{keys[0][one]} has {noun} {labels[0]} in {speech}, but "
                    f"{labels[1]} in {face}; correct one dataset and run it again"
                )
        of_speech[one] = of_face[other] = one
    speech_alone, face_alone = (
        tuple(key for key, pair in zip(names, paired, strict=True) if pair < 0)
        for names, paired in zip(keys, (of_speech, of_face), strict=True)
    )
    return ClipPairs(of_speech, of_face, speech_alone, face_alone)


def _renumbered(scores: ClipScores, number: np.ndarray) -> ClipScores:
    """Gives clips other numbers and sorts them by these.

    Args:
      scores: Scores of clips.
      number: int64 `[num_clips]`, the new number of each clip; below 0 drops the clip.

    Returns:
      The scores of the clips that are left.
    """
    clips = number[scores.clips]
    order = np.argsort(clips)
    order = order[clips[order] >= 0]
    return dataclasses.replace(
        scores, clips=clips[order], log_probabilities=scores.log_probabilities[order]
    )
