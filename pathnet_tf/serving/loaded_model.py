"""Loads an exported model, which then answers for recordings.

import pathnet_tf
model = pathnet_tf.load("runs/a_ravdess_to_emo_model")
answer = model.predict(waveform, sample_rate_hz=44100)
answer.label, answer.probabilities, answer.is_uncertain
"""

import functools
import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from scipy.signal import resample_poly

from pathnet_tf.features.face_vectors import clip_vectors, descriptor
from pathnet_tf.features.feature_sets import ENCODED, parts_of
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.features.functionals import loud_functionals
from pathnet_tf.features.log_mel import segment_blocks
from pathnet_tf.features.prosody_vector import traced_vectors
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.storage import AnyPath, as_path
from pathnet_tf.serving.answers import Answer, Answers, Scores
from pathnet_tf.serving.model_folder import EXPORT_AGAIN, read_about, read_front_end

# Smaller probabilities of segments are due to rounding.
_LEAST_PROBABILITY = 1e-37
# Segments or frames in one call. Convolutions need far more memory for each.
MOST_DENSE, MOST_CONVOLVED = 512, 64


class LoadedModel:
    """An exported model.

    Attributes:
      about: The content of `model.json`.
      emotions: The classes.
      front_end: How recordings are cut into segments; None for a model of faces.
    """

    def __init__(self, folder: AnyPath) -> None:
        """Loads the model.

        Args:
          folder: The folder of the model. Load only a folder that the user named.

        Raises:
          DataError: The model is missing or broken.
        """
        self.about = read_about(folder)
        self.emotions = self.about.emotions
        self._folder = folder
        settings = read_front_end(folder)
        self.front_end: FrontEnd | None = None
        try:
            if self.about.modality == "speech":
                self.front_end = FrontEnd(**settings)
            self._model: Any = tf.saved_model.load(str(folder))
            self._input = "segments" if self.front_end else "faces"
            is_of_vectors = self.about.is_of_vectors
            if is_of_vectors:
                self._input = "functionals"
            self._is_of_clips = self.about.classify == "clip" and not is_of_vectors
            name = "moments" if self._is_of_clips else self._input
            # The signature `faces` answers for the clip and for each frame.
            of_faces = "frame_probabilities"
            self._output = of_faces if name == "faces" else "probabilities"
            self._call = self._model.signatures[name]
            if self._is_of_clips:
                self._of_moments = self._model.signatures["of_moments"]
        except (OSError, KeyError, TypeError, ValueError, tf.errors.OpError) as error:
            raise DataError(
                f"{folder} cannot be loaded ({error}); {EXPORT_AGAIN}"
            ) from error

    def predict(self, waveform: np.ndarray, sample_rate_hz: int) -> Answer:
        """Recognizes the emotion of a recording.

        Args:
          waveform: float `[num_samples]`, mono, in [-1, 1], or `[num_samples,
            num_channels]`.
          sample_rate_hz: Sample rate of `waveform`.

        Returns:
          The answer.

        Raises:
          ValueError: `waveform` is empty, not finite, not of floats or out of range.
          UsageError: The model is a model of faces.
        """
        return Answers(self.about, self.score(waveform, sample_rate_hz)).of_clip()

    def predict_faces(self, faces: np.ndarray) -> Answer:
        """Recognizes the emotion of a clip's faces.

        Args:
          faces: uint8 `[num_frames, size, size, 3]`, RGB, as
            `data_tools.cutters.face_cutter.crop_faces` cuts them.

        Returns:
          The answer.

        Raises:
          ValueError: There is no face.
          UsageError: The model is a model of speech.
        """
        times = np.zeros(len(faces))
        return Answers(self.about, self.score_faces(faces, times, times)).of_clip()

    def predict_functionals(self, functionals: np.ndarray) -> list[Answer]:
        """Recognizes the emotions of clips that are given as vectors.

        Args:
          functionals: float `[num_clips, num_functionals]`, the feature set that the
            model's `representation` names, not normalized; or
            `[num_clips, num_speeds, num_functionals]`, those of each clip at the
            model's `speeds`. The answer for a clip then comes from all its speeds.

        Returns:
          The answer for each clip.

        Raises:
          ValueError: The number of functionals is not that of the model, or they are
            not finite.
          UsageError: The model does not take functionals.
        """
        return [
            Answers(self.about, scores).of_clip()
            for scores in self.score_functionals(functionals)
        ]

    def score_functionals(
        self, functionals: np.ndarray, lengths_s: Sequence[float] = ()
    ) -> list[Scores]:
        """Scores clips whose lengths may be given; see `predict_functionals`."""
        if not self.about.is_of_vectors:
            raise UsageError(f"{self._folder} takes recordings, and no functionals")
        with np.errstate(over="ignore"):  # A value that is too large is refused below.
            functionals = np.asarray(functionals, np.float32)
        number = self._call.structured_input_signature[1]["functionals"].shape[1]
        if functionals.ndim not in (2, 3) or functionals.shape[-1] != number:
            raise ValueError(
                f"functionals must be [num_clips, {number}] or "
                f"[num_clips, num_speeds, {number}]. "
                f"Received: functionals.shape={functionals.shape}"
            )
        if not np.isfinite(functionals).all():
            raise ValueError("functionals must be finite. Received: NaN or infinity")
        answer = self._call(functionals=tf.constant(functionals.reshape(-1, number)))
        scores = answer["log_probabilities"].numpy().astype(float)
        scores = scores.reshape(*functionals.shape[:-1], -1)
        if scores.ndim == 3:
            scores = scores.mean(axis=1)
        lengths_s = lengths_s or [0.0] * len(scores)
        return [
            Scores(one[np.newaxis], np.zeros(1), np.full(1, length_s), length_s, one)
            for one, length_s in zip(scores, lengths_s, strict=True)
        ]

    def score(self, waveform: np.ndarray, sample_rate_hz: int) -> Scores:
        """Scores the segments of a recording of any length; see `predict`."""
        if not self.front_end:
            raise UsageError(f"{self._folder} is a model of faces, not of speech")
        front_end = self.front_end
        mono = _checked(waveform, sample_rate_hz, front_end.sample_rate_hz)
        length_s = len(mono) / front_end.sample_rate_hz
        if self.about.is_of_vectors:
            found = self._vectors(mono, front_end)
            return self.score_functionals(found, [length_s])[0]
        blocks = segment_blocks(mono, front_end=front_end)
        log_probabilities, of_clip = self._score(blocks)
        hop_s = front_end.hop_samples / front_end.sample_rate_hz
        starts = (
            hop_s * front_end.segment_shift_frames * np.arange(len(log_probabilities))
        )
        window_s = front_end.window_samples / front_end.sample_rate_hz
        span_s = hop_s * (front_end.segment_frames - 1) + window_s
        ends = np.minimum(starts + span_s, length_s)
        return Scores(log_probabilities, starts, ends, length_s, of_clip)

    def score_faces(
        self, faces: np.ndarray, starts_s: np.ndarray, ends_s: np.ndarray
    ) -> Scores:
        """Scores the frames of a clip; see `predict_faces`.

        Args:
          faces: uint8 `[num_frames, size, size, 3]`.
          starts_s: float `[num_frames]`, when each frame starts, in seconds.
          ends_s: float `[num_frames]`, when each frame ends, in seconds.

        Returns:
          The scores.
        """
        if self.front_end:
            raise UsageError(f"{self._folder} is a model of speech, not of faces")
        if not len(faces):
            raise ValueError("faces must hold a frame. Received: none")
        length_s = float(ends_s.max())
        if self.about.is_of_vectors:
            describe = descriptor(self.about.representation, self.about.views)
            number = len(faces)
            _, found = clip_vectors(
                faces, np.arange(number), np.zeros(number, np.int64), describe
            )
            of_views = found.reshape(1, self.about.views, -1)
            return self.score_functionals(of_views, [length_s])[0]
        log_probabilities, of_clip = self._score([faces])
        return Scores(log_probabilities, starts_s, ends_s, length_s, of_clip)

    def _vectors(self, mono: np.ndarray, front_end: FrontEnd) -> np.ndarray:
        """Describes float32 `[num_samples]`: `[1, num_speeds, num_functionals]`."""
        about = self.about
        if about.representation == "prosody":
            describe = traced_vectors(front_end, about.silence_db, about.speeds)
            return describe(mono)[np.newaxis]
        if about.representation != "functionals":
            vectors = f"openSMILE's functionals ({about.representation})"
            remedy = ""
            if len(parts_of(about.representation)) > 1:
                vectors = f"{about.representation} side by side"
            if about.representation == ENCODED:
                name = (about.encoder or {}).get("encoder", "a file")
                vectors = f"vectors of {name}"
                remedy = "install pathnet_tf[data] and use pathnet_tf.predict, or "
            raise UsageError(
                f"{self._folder} takes {vectors}, which it cannot make of a recording; "
                f"{remedy}use predict_functionals"
            )
        blocks = segment_blocks(mono, front_end=front_end)
        return loud_functionals(blocks, about.silence_db).reshape(1, 1, -1)

    def _score(
        self, blocks: Iterable[np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Scores the pieces of a clip of any length, and the clip as a whole.

        Only the moments of each piece are kept. They are enough to pool the clip
        exactly.

        Args:
          blocks: Blocks of pieces, `[num_pieces, *input_shape]`.

        Returns:
          Log-probabilities, float64 `[num_pieces, num_classes]`; and those of the clip,
          float64 `[num_classes]`, or None if the model classifies single pieces.
        """
        most = MOST_DENSE if self.about.module == "dense" else MOST_CONVOLVED
        found, moments = [], []
        for block in blocks:
            for start in range(0, len(block), most):
                part = {self._input: tf.constant(block[start : start + most])}
                answer = self._call(**part)
                found.append(answer[self._output].numpy())
                if self._is_of_clips:
                    moments.append(answer["moments"].numpy())
        log_probabilities = _logarithms(np.concatenate(found))
        if not moments:
            return log_probabilities, None
        of_clip = self._of_moments(moments=tf.constant(np.concatenate(moments)))
        return log_probabilities, of_clip["log_probabilities"].numpy().astype(float)


@functools.lru_cache(maxsize=1)
def load(folder: str | os.PathLike[str]) -> LoadedModel:
    """Loads an exported model, only once in a process.

    Args:
      folder: The `--export_dir` of a transfer.

    Returns:
      The model.

    Raises:
      DataError: The model is missing or broken.
    """
    return LoadedModel(as_path(os.fspath(folder)))


def _checked(waveform: np.ndarray, sample_rate_hz: int, wanted_hz: int) -> np.ndarray:
    """Checks a waveform and resamples it to mono float32 `[num_samples]`."""
    waveform = np.asarray(waveform)
    if waveform.dtype.kind != "f":
        raise ValueError(
            "waveform must hold floats in [-1, 1]; divide integers by their full "
            f"scale. Received: waveform.dtype={waveform.dtype}"
        )
    if waveform.ndim == 2:
        waveform = waveform.mean(axis=1)
    if waveform.ndim != 1 or waveform.size == 0:
        raise ValueError(
            "waveform must be [num_samples] or [num_samples, num_channels], and not "
            f"empty. Received: waveform.shape={waveform.shape}"
        )
    if not np.isfinite(waveform).all() or np.abs(waveform).max() > 4:
        raise ValueError(
            "waveform must be finite and in [-1, 1]. Received: a peak of "
            f"{np.abs(waveform).max():g}"
        )
    if sample_rate_hz < 1:
        raise ValueError(
            "sample_rate_hz must be positive. "
            f"Received: sample_rate_hz={sample_rate_hz}"
        )
    if sample_rate_hz != wanted_hz:
        waveform = resample_poly(waveform, wanted_hz, sample_rate_hz)
    return np.clip(waveform, -1, 1).astype(np.float32)


def _logarithms(probabilities: np.ndarray) -> np.ndarray:
    """Natural logarithms of `[num_pieces, num_classes]`, float64."""
    found = np.maximum(probabilities.astype(np.float64), _LEAST_PROBABILITY)
    return np.log(found)
