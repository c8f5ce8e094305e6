"""What is exported of a learned task: a SavedModel that needs nothing but TensorFlow.

The exported model holds the active modules and heads of the pathways that answer, the
normalization statistics, the front end and the temperature, by which probabilities of
clips are scaled and those of segments are not (see `calibration`). A segment or frame
is always classified by itself. A clip is what the mean of its segments'
log-probabilities says; by a model that classifies clips as a whole, its segments are
pooled and classified as one. Signatures of a model of speech:

    segments   float32 [num_segments, frames, mel bands, 3], log-mel as in the records
               -> probabilities [num_segments, num_classes]
    waveform   float32 [num_samples], mono, at the front end's sample rate, in [-1, 1]
               -> probabilities [num_classes] of the clip,
                  segment_probabilities [num_segments, num_classes]

and of a model of faces:

    faces      uint8 [num_frames, rows, columns, 3], face crops of a clip, RGB
               -> probabilities [num_classes] of the clip,
                  frame_probabilities [num_frames, num_classes]

and a model to which a clip is one vector (see `Representation`):

    functionals  float32 [num_clips, num_functionals], not normalized
                 -> probabilities [num_clips, num_classes],
                    log_probabilities of the same, not scaled
    waveform     as above, where they are functionals of log-mel frames, or prosody
    faces        as above, where they describe faces
                 -> probabilities [num_classes]; all speeds or views answer together

A model that classifies clips as a whole, out of segments, has two more, so that a clip
of any length can be brought together out of blocks of them (see `network.pooling`):

    moments     segments or faces, as above
                -> probabilities of each,
                   moments float32 [num_segments, num_pathways, num_moments]
    of_moments  moments of all of a clip's segments
                -> log_probabilities [num_classes] of the clip, not scaled
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from pathnet_tf.data.normalization import Statistics
from pathnet_tf.features.face_vectors import descriptor
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.features.log_mel import log_mel, segments
from pathnet_tf.network.pathway_network import PathwayNetwork, together


class PathwayClassifier(tf.Module):
    """What answers for one task, from segments as the records hold them on.

    Attributes:
      members: The pathways that answer together.
      classify: `segment` or `clip`, see `TrainingSettings`.
      inputs: What it classifies: name, type and shape.
      entry_points: Functions of the SavedModel by name.
    """

    inputs: tf.TensorSpec

    def __init__(
        self,
        members: Sequence[PathwayNetwork],
        statistics: Statistics,
        classify: str = "segment",
        temperature: float = 1.0,
    ) -> None:
        """Takes the pathways."""
        super().__init__()
        self.members = list(members)
        self.classify = classify
        self.entry_points: dict[str, Any] = {}
        self._temperature = tf.Variable(temperature, trainable=False)
        self._mean = tf.Variable(statistics.mean, trainable=False)
        self._std = tf.Variable(statistics.std, trainable=False)

    @property
    def signatures(self) -> dict[str, Any]:
        """Entry points by name, one of them as what a server asks for by default."""
        return self.entry_points | {
            "serving_default": self.entry_points[next(reversed(self.entry_points))]
        }

    @property
    def mean(self) -> np.ndarray:
        """What is taken off the inputs: float32 `[...]`, which broadcasts to them."""
        return self._mean.numpy()

    @property
    def std(self) -> np.ndarray:
        """What they are then divided by: float32 `[...]`, likewise."""
        return self._std.numpy()

    @property
    def temperature(self) -> float:
        """By what log-probabilities of clips are divided."""
        return float(self._temperature.numpy())

    def answer(self, values: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Classifies the segments of a clip.

        Args:
          values: `[num_segments, ...]`, as the records hold them.

        Returns:
          Calibrated probabilities of the clip, `[num_classes]`, and probabilities of
          each segment by itself, `[num_segments, num_classes]`.
        """
        features = self._features(values)
        scores = self._of_segments(features)
        if self.classify == "segment":
            of_clip = tf.reduce_mean(scores, axis=0)
        else:
            of_clip = self._together(features, tf.zeros(tf.shape(scores)[0], tf.int32))[
                0
            ]
        return tf.nn.softmax(of_clip / self._temperature), tf.exp(scores)

    def of_segments(self, values: tf.Tensor) -> tf.Tensor:
        """Classifies segments, each by itself: `[num_segments, num_classes]`."""
        return tf.exp(self._of_segments(self._features(values)))

    def block_entry_points(self, spec: tf.TensorSpec) -> dict[str, Any]:
        """Entry points by which a clip is classified in blocks, if it has any.

        Args:
          spec: Of segments or faces, `[num_segments, ...]`.

        Returns:
          Functions by name.
        """
        if self.classify == "segment":
            return {}
        _, width = self.members[0].settings.features_shape()
        shape = [None, len(self.members), 1 + 2 * width]
        moments = tf.TensorSpec(shape, tf.float32, name="moments")
        return {
            "moments": _traced(self._measure, spec),
            "of_moments": _traced(self._of_moments, moments),
        }

    def _measure(self, values: tf.Tensor) -> dict[str, tf.Tensor]:
        """Segments `[num_segments, ...]` to probabilities and moments."""
        features = self._features(values)
        moments = [
            member.moments(one)
            for member, one in zip(self.members, features, strict=True)
        ]
        return {
            "probabilities": tf.exp(self._of_segments(features)),
            "moments": tf.stack(moments, axis=1),
        }

    def _of_moments(self, moments: tf.Tensor) -> dict[str, tf.Tensor]:
        """float32 `[num_segments, num_pathways, num_moments]` to `[num_classes]`."""
        scores = [
            member.of_moments(one)
            for member, one in zip(
                self.members, tf.unstack(moments, axis=1), strict=True
            )
        ]
        return {"log_probabilities": together(scores)[0]}

    def _features(self, values: tf.Tensor) -> list[tf.Tensor]:
        """Features of each pathway, `[num_segments, frames, width]`."""
        normalized = (tf.cast(values, tf.float32) - self._mean) / self._std
        return [member.features(normalized) for member in self.members]

    def _of_segments(self, features: Sequence[tf.Tensor]) -> tf.Tensor:
        """Log-probabilities `[num_segments, num_classes]` of what `_features` gave."""
        return self._together(features, tf.range(tf.shape(features[0])[0]))

    def _together(self, features: Sequence[tf.Tensor], sample: tf.Tensor) -> tf.Tensor:
        """What all pathways say of samples.

        Args:
          features: float32 `[num_segments, frames, width]` of each pathway.
          sample: int32 `[num_segments]`, the sample of each segment.

        Returns:
          float32 `[num_samples, num_classes]`, log-probabilities.
        """
        return together(
            [
                member.log_probabilities(one, sample)
                for member, one in zip(self.members, features, strict=True)
            ]
        )


def _traced(function: Callable[..., Any], spec: tf.TensorSpec) -> Any:
    """A graph of a function of one tensor, of the spec's type and shape `[...]`."""
    return tf.function(function, input_signature=[spec], autograph=False)


class SpeechModel(PathwayClassifier):
    """Pathways that hear: waveform or log-mel segments in."""

    def __init__(self, *answers: Any, front_end: FrontEnd) -> None:
        """Adds the front end to what `PathwayClassifier` takes."""
        super().__init__(*answers)
        self._front_end = front_end
        shape = [None, *front_end.segment_shape]
        self.inputs = spec = tf.TensorSpec(shape, tf.float32, name="segments")
        waveform = tf.TensorSpec([None], tf.float32, name="waveform")
        self.entry_points = {
            **self.block_entry_points(spec),
            "segments": _traced(self._classify_segments, spec),
            "waveform": _traced(self._classify_waveform, waveform),
        }

    def _classify_segments(self, segments: tf.Tensor) -> dict[str, tf.Tensor]:
        """float32 `[num_segments, frames, mel bands, 3]`, see the module."""
        return {"probabilities": self.of_segments(segments)}

    def _classify_waveform(self, waveform: tf.Tensor) -> dict[str, tf.Tensor]:
        """float32 `[num_samples]`, see the module."""
        spectrogram = log_mel(waveform, front_end=self._front_end)
        cut = segments(spectrogram, front_end=self._front_end)
        of_clip, of_segments = self.answer(cut)
        return {"probabilities": of_clip, "segment_probabilities": of_segments}


class FaceModel(PathwayClassifier):
    """Pathways that see: face crops in."""

    def __init__(self, *answers: Any, shape: tuple[int, ...]) -> None:
        """Takes crops of a shape, and what `PathwayClassifier` takes."""
        super().__init__(*answers)
        self.inputs = spec = tf.TensorSpec([None, *shape], tf.uint8, name="faces")
        self.entry_points = {
            **self.block_entry_points(spec),
            "faces": _traced(self._classify_faces, spec),
        }

    def _classify_faces(self, faces: tf.Tensor) -> dict[str, tf.Tensor]:
        """uint8 `[num_frames, rows, columns, 3]`, see the module."""
        of_clip, of_frames = self.answer(faces)
        return {"probabilities": of_clip, "frame_probabilities": of_frames}


class VectorModel(PathwayClassifier):
    """Pathways to which a clip is one vector."""

    def __init__(
        self,
        *answers: Any,
        shape: tuple[int, ...],
        hear: Callable[[tf.Tensor], tf.Tensor] | None = None,
    ) -> None:
        """Takes what a vector is, and what `PathwayClassifier` takes.

        Args:
          answers: As of `PathwayClassifier`.
          shape: Of a vector as the network takes it.
          hear: Where vectors can be made of a waveform: what makes those of a clip,
            float32 `[num_speeds, ...]`, of float32 `[num_samples]` in a graph.
        """
        super().__init__(*answers)
        self._shape, self._hear = shape, hear
        number = math.prod(shape)
        self.inputs = spec = tf.TensorSpec(
            [None, number], tf.float32, name="functionals"
        )
        self.entry_points = {"functionals": _traced(self._classify_vectors, spec)}
        if hear:
            waveform = tf.TensorSpec([None], tf.float32, name="waveform")
            self.entry_points["waveform"] = _traced(self._classify_waveform, waveform)

    def _classify_vectors(self, functionals: tf.Tensor) -> dict[str, tf.Tensor]:
        """float32 `[num_clips, num_functionals]`, see the module."""
        values = tf.reshape(functionals, [-1, *self._shape])
        scores = self._of_segments(self._features(values))
        return {
            "probabilities": tf.nn.softmax(scores / self._temperature),
            "log_probabilities": scores,
        }

    def _classify_waveform(self, waveform: tf.Tensor) -> dict[str, tf.Tensor]:
        """float32 `[num_samples]`, see the module."""
        assert self._hear is not None
        return self.answer_together(self._hear(waveform))

    def answer_together(self, vectors: tf.Tensor) -> dict[str, tf.Tensor]:
        """Classifies a clip by all its vectors, float32 `[num_vectors, ...]`."""
        answer = self._classify_vectors(vectors)
        joined = tf.reduce_mean(answer["log_probabilities"], axis=0)
        return {"probabilities": tf.nn.softmax(joined / self._temperature)}


class FaceVectorModel(VectorModel):
    """Pathways to which a clip is one vector that describes its faces."""

    def __init__(
        self,
        *answers: Any,
        shape: tuple[int, ...],
        face_shape: tuple[int, ...],
        representation: str,
        views: int,
    ) -> None:
        """Takes what faces and vectors are, and what `PathwayClassifier` takes.

        Args:
          answers: As of `PathwayClassifier`.
          shape: Of a vector as the network takes it.
          face_shape: Of a face crop.
          representation: Of faces, see `face_vectors.descriptor`.
          views: Views of a face, see `face_views`.
        """
        super().__init__(*answers, shape=shape)
        self._views = views
        self._describe = descriptor(representation, views)
        faces = tf.TensorSpec([None, *face_shape], tf.uint8, name="faces")
        self.entry_points["faces"] = _traced(self._classify_faces, faces)

    def _classify_faces(self, faces: tf.Tensor) -> dict[str, tf.Tensor]:
        """uint8 `[num_frames, rows, columns, 3]`, see the module."""
        found = tf.reduce_mean(self._describe(faces), axis=0)
        return self.answer_together(tf.reshape(found, [self._views, -1]))
