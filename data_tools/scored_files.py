"""Scores files with an exported model, in watched worker processes."""

import dataclasses
import functools
import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from data_tools.corpora import Clip
from data_tools.media_error import MediaError
from data_tools.workers.run_tasks import batches, run_tasks
from pathnet_tf.features.feature_sets import ENCODED
from pathnet_tf.runtime.errors import DataError, UserError
from pathnet_tf.runtime.storage import as_path
from pathnet_tf.serving.answers import Picture, Scores
from pathnet_tf.serving.model_folder import EXPORT_AGAIN, read_about

if TYPE_CHECKING:
    from data_tools.cutters.face_tracker import TrackedFace
    from data_tools.datasets.encoder_vectors import EncoderRecipe
    from pathnet_tf.serving.loaded_model import LoadedModel

# Several clips of one long file, in one task, share its decoding.
_CLIPS_A_TASK = 8
_CLIPS_WORTH_A_PROCESS = 64
# Largest width of a spectrogram, in pixels.
_MAX_WIDTH = 1200
# Most faces shown of a clip, and the height of their frames, in pixels.
_MAX_FACES = 12
_FRAME_HEIGHT = 240


def score_files(
    model: str,
    clips: Sequence[tuple[Path, float, float | None]],
    num_workers: int,
    *,
    max_seconds: float = math.inf,
    with_pictures: bool = False,
) -> Iterator[tuple[Scores | str, float]]:
    """Scores files, or parts of them; see `pathnet_tf.media_gate`."""
    recipe = _recipe_of(model)
    tasks = batches(clips, _CLIPS_A_TASK)
    for found in run_tasks(
        functools.partial(_score, model, with_pictures, recipe),
        tasks,
        num_clips=[len(task) for task in tasks],
        num_workers=num_workers,
        clips_worth_a_process=_CLIPS_WORTH_A_PROCESS,
        modules=("pathnet_tf.serving.loaded_model", "data_tools.cutters.clip_reader"),
        max_seconds=max_seconds,
    ):
        yield from found


def _recipe_of(model: str) -> "EncoderRecipe | None":
    """Finds the encoder whose vectors a model takes; None if it takes no such vectors.

    Raises:
      UserError: The encoder is not where it was, or another one is.
    """
    about = read_about(as_path(model))
    known = about.encoder or {}
    if about.representation != ENCODED or "encoder" not in known:
        return None
    from data_tools.datasets.encoder_vectors import EncoderRecipe
    from data_tools.encoders.settings import EncoderSettings

    try:
        settings = EncoderSettings.of(known)
    except TypeError as error:
        raise DataError(f"{model} names no known encoder; {EXPORT_AGAIN}") from error
    remedy = (
        f"{model} learned from vectors of this encoder, of the hash "
        f"{settings.sha256[:12]}; bring it back, or give a file of "
        "data_tools.write_vectors"
    )
    try:
        found = settings.resolved()
    except UserError as error:
        raise type(error)(f"{error} ({remedy})") from error
    if found != settings:
        raise DataError(f"{settings.encoder} is another encoder now; {remedy}")
    return EncoderRecipe(settings, about.silence_db, about.speeds)


def _score(
    folder: str,
    with_pictures: bool,
    recipe: "EncoderRecipe | None",
    clips: Sequence[tuple[Path, float, float | None]],
) -> list[tuple[Scores | str, float]]:
    """Returns (scores, or why there are none; start in seconds) for each clip."""
    # Only workers import TensorFlow, which takes seconds.
    from pathnet_tf.serving.loaded_model import load

    model = load(folder)
    scorer: _SpeechScorer | _FaceScorer | _VectorScorer
    if recipe:
        scorer = _VectorScorer(model, recipe)
    elif model.front_end:
        scorer = _SpeechScorer(model, with_pictures)
    else:
        scorer = _FaceScorer(model, folder, with_pictures)
    found: list[tuple[Scores | str, float]] = []
    for path, start_s, end_s in clips:
        clip = Clip("", "", "", "", path, start_s, end_s)
        try:
            found.append((scorer.score(clip), start_s))
        except MediaError as error:
            found.append((error.reason, start_s))
    return found


class _SpeechScorer:
    """Scores the speech of clips."""

    def __init__(self, model: "LoadedModel", with_pictures: bool) -> None:
        from data_tools.cutters.clip_reader import ClipReader

        assert model.front_end is not None
        self._model, self._with_pictures = model, with_pictures
        self._rate_hz = model.front_end.sample_rate_hz
        self._reader = ClipReader(model.front_end)

    def score(self, clip: Clip) -> Scores:
        waveform = self._reader.waveform(clip)
        scores = self._model.score(waveform, self._rate_hz)
        scores = dataclasses.replace(scores, notes=self._reader.notes)
        if not self._with_pictures:
            return scores
        picture = Picture(self._spectrogram(waveform))
        return dataclasses.replace(scores, pictures=(picture,))

    def _spectrogram(self, waveform: np.ndarray) -> bytes:
        """Draws the log-mel spectrogram of float32 `[num_samples]` as a PNG picture.

        Low bands are at the bottom. Of long recordings only every n-th frame is drawn.
        """
        from pathnet_tf.features.log_mel import segment_blocks

        assert self._model.front_end is not None
        shift = self._model.front_end.segment_shift_frames
        blocks = segment_blocks(waveform, front_end=self._model.front_end)
        columns: list[np.ndarray] = []
        for block in blocks:
            # Segments overlap; the first frames of each, up to the next, are new.
            columns += list(block[:, :shift, :, 0].reshape(-1, block.shape[2]))
        step = -(-len(columns) // _MAX_WIDTH)
        values = np.stack(columns[::step]).T[::-1]
        low, high = np.percentile(values, [1, 99.5])
        grey = 255 * (values - low) / max(high - low, 1e-6)
        return _encoded(Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)), "PNG")


class _VectorScorer:
    """Scores the vectors that an encoder makes of clips."""

    def __init__(self, model: "LoadedModel", recipe: "EncoderRecipe") -> None:
        from data_tools.cutters.clip_reader import ClipReader

        self._model, self._recipe = model, recipe
        self._describe = recipe.opened()
        self._reader = ClipReader(recipe.front_end)

    def score(self, clip: Clip) -> Scores:
        waveform = self._reader.waveform(clip)
        try:
            found = self._describe(waveform)
        except ValueError as error:
            raise MediaError(clip.path, str(error)) from error
        length_s = len(waveform) / self._recipe.front_end.sample_rate_hz
        (scores,) = self._model.score_functionals(found[np.newaxis], [length_s])
        return dataclasses.replace(scores, notes=self._reader.notes)


class _FaceScorer:
    """Scores the faces in clips."""

    def __init__(self, model: "LoadedModel", folder: str, with_pictures: bool) -> None:
        from data_tools.cutters.face_cutter import OpenFaceCutter

        self._model, self._with_pictures = model, with_pictures
        self._cutter = OpenFaceCutter.of_model(Path(folder))

    def score(self, clip: Clip) -> Scores:
        from data_tools.cutters.face_box import crop

        crops, starts, ends = [], [], []
        shown = _ShownFaces()
        length_s = 0.0
        for face in self._cutter.track(clip):
            start_s = face.frame.time_s - clip.start_s
            end_s = start_s + face.frame.duration_s
            length_s = max(length_s, end_s)
            if not face.is_kept:
                continue
            crops.append(crop(face.frame.pixels, face.box, self._cutter.front_end))
            starts.append(start_s)
            ends.append(end_s)
            if self._with_pictures:
                shown.see(face, crops[-1], starts[-1])
        scores = self._model.score_faces(
            np.stack(crops), np.array(starts), np.array(ends)
        )
        return dataclasses.replace(scores, length_s=length_s, pictures=shown.pictures)


class _ShownFaces:
    """Draws the first face of each second; of every two, four, ... in long clips."""

    def __init__(self) -> None:
        self._drawn: dict[int, Picture] = {}
        self._every_s = 1

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures, in order."""
        return tuple(sorted(self._drawn.values(), key=lambda one: one.time_s))

    def see(self, face: "TrackedFace", given: np.ndarray, time_s: float) -> None:
        """Draws a face, if its stretch of time has none.

        Args:
          face: The face.
          given: Its crop, uint8 `[size, size, 3]`, RGB.
          time_s: When the face is shown, in seconds from the start of the clip.
        """
        place = int(time_s // self._every_s)
        if place in self._drawn:
            return
        self._drawn[place] = _picture(face, given, time_s)
        while len(self._drawn) > _MAX_FACES:
            self._every_s *= 2
            # Of two that come to one stretch, the earlier stays.
            self._drawn = {
                int(one.time_s // self._every_s): one for one in reversed(self.pictures)
            }


def _picture(face: "TrackedFace", given: np.ndarray, time_s: float) -> Picture:
    """Draws a face; `given` is its crop, uint8 `[size, size, 3]`, RGB."""
    from data_tools.cutters.face_preview import boxed
    from data_tools.cutters.face_tracker import Origin

    return Picture(
        _encoded(Image.fromarray(given), "PNG"),
        time_s,
        _encoded(boxed(face, height=_FRAME_HEIGHT), "JPEG"),
        is_found=face.origin is Origin.DETECTED,
    )


def _encoded(image: Image.Image, style: str) -> bytes:
    stream = io.BytesIO()
    image.save(stream, style)
    return stream.getvalue()
