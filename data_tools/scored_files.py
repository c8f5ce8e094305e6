"""Scores files by an exported model, in watched worker processes."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from data_tools.corpora import Clip
from data_tools.media_error import MediaError
from data_tools.workers import run_tasks
from pathnet_tf.answers import Scores

if TYPE_CHECKING:
    from pathnet_tf.loaded_model import LoadedModel

# Clips in one file follow each other, and share its decoding.
_CLIPS_A_TASK = 8
_CLIPS_WORTH_A_PROCESS = 64


@dataclasses.dataclass(frozen=True)
class _Task:
    model: str
    clips: Sequence[tuple[Path, float, float | None]]


def score_files(
    model: str, clips: Sequence[tuple[Path, float, float | None]], num_workers: int
) -> Iterator[tuple[Scores | str, float]]:
    """Scores files, or stretches of them; see `pathnet_tf.media_gate`."""
    tasks = [
        _Task(model, clips[start : start + _CLIPS_A_TASK])
        for start in range(0, len(clips), _CLIPS_A_TASK)
    ]
    for found in run_tasks(
        _score,
        tasks,
        num_clips=[len(task.clips) for task in tasks],
        num_workers=num_workers,
        clips_worth_a_process=_CLIPS_WORTH_A_PROCESS,
        modules=("pathnet_tf.loaded_model", "data_tools.clip_reader"),
    ):
        yield from found


def _score(task: _Task) -> list[tuple[Scores | str, float]]:
    # TensorFlow is a worker's to import.
    from pathnet_tf.loaded_model import load

    model = load(task.model)
    read = _Ears(model) if model.front_end else _Eyes(model, task.model)
    found: list[tuple[Scores | str, float]] = []
    for path, start_s, end_s in task.clips:
        clip = Clip("", "", "", "", path, start_s, end_s)
        try:
            found.append((read.score(clip), start_s))
        except MediaError as error:
            found.append((error.reason, start_s))
    return found


class _Ears:
    """Hears clips."""

    def __init__(self, model: "LoadedModel") -> None:
        from data_tools.clip_reader import ClipReader

        assert model.front_end is not None
        self._model = model
        self._rate_hz = model.front_end.sample_rate_hz
        self._reader = ClipReader(model.front_end)

    def score(self, clip: Clip) -> Scores:
        return self._model.score(self._reader.waveform(clip), self._rate_hz)


class _Eyes:
    """Sees clips."""

    def __init__(self, model: "LoadedModel", folder: str) -> None:
        from data_tools.face_cutter import OpenFaceCutter
        from data_tools.faces import FaceFrontEnd

        self._model = model
        self._front_end = FaceFrontEnd.of_model(Path(folder))
        self._cutter = OpenFaceCutter(self._front_end)

    def score(self, clip: Clip) -> Scores:
        from data_tools.faces import crop

        crops, starts, ends = [], [], []
        for face in self._cutter.track(clip):
            crops.append(crop(face.frame.pixels, face.box, self._front_end))
            starts.append(face.frame.time_s - clip.start_s)
            ends.append(starts[-1] + face.frame.duration_s)
        return self._model.score_faces(
            np.stack(crops), np.array(starts), np.array(ends)
        )
