"""Writes a learned task as a SavedModel that needs nothing but TensorFlow.

The exported model holds the active modules, the head, the normalization statistics, the
front end and the temperature, by which probabilities of clips are scaled and those of
segments are not (see `calibration`). Signatures of a model of speech:

    segments   float32 [num_segments, frames, mel bands, 3], log-mel as in the records
               -> probabilities [num_segments, num_classes]
    waveform   float32 [num_samples], mono, at the front end's sample rate, in [-1, 1]
               -> probabilities [num_classes] of the clip,
                  segment_probabilities [num_segments, num_classes]

and of a model of faces:

    faces      uint8 [num_frames, rows, columns, 3], face crops of a clip, RGB
               -> probabilities [num_classes] of the clip,
                  frame_probabilities [num_frames, num_classes]
"""

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from pathnet_tf.dataset_card import WRITE_AGAIN, DatasetCard
from pathnet_tf.errors import DataError
from pathnet_tf.folders import OutputFolder
from pathnet_tf.freezing import Pathway, activate
from pathnet_tf.front_end import FrontEnd
from pathnet_tf.init_network import write_network
from pathnet_tf.log_mel import log_mel, segments
from pathnet_tf.model import PathNet
from pathnet_tf.model_folder import (
    CONTENTS,
    FRONT_END_NAME,
    LABELS_NAME,
    MODEL_CARD_NAME,
    ONNX_NAME,
    ModelAbout,
    network_hash,
    write_about,
)
from pathnet_tf.normalization import Statistics
from pathnet_tf.onnx_model import onnx_bytes
from pathnet_tf.storage import AnyPath, write_whole


class PathwayClassifier(tf.Module):
    """One task's pathway, from segments as the records hold them to probabilities."""

    def __init__(
        self,
        model: PathNet,
        pathway: Pathway,
        statistics: Statistics,
        temperature: float = 1.0,
    ) -> None:
        """Copies the active modules and the head of the pathway's task."""
        super().__init__()
        self._temperature = tf.Variable(temperature, trainable=False)
        self.entry_points: dict[str, Any] = {}
        self._mean = tf.Variable(statistics.mean, trainable=False)
        self._std = tf.Variable(statistics.std, trainable=False)
        self._num_inputs = model.settings.num_inputs
        self._units = model.settings.layer_units[0]
        activate(model, pathway)
        self._kernels, self._biases, self._divisors = [], [], []
        for layer in model.pathnet_layers:
            active = layer.active_modules()
            modules = [layer.path_modules[m] for m in active]
            kernel = tf.concat([module.kernel.value for module in modules], axis=1)
            bias = tf.concat([module.bias.value for module in modules], axis=0)
            self._kernels.append(tf.Variable(kernel, trainable=False))
            self._biases.append(tf.Variable(bias, trainable=False))
            self._divisors.append(float(layer.divisor(float(len(active)))))
        head = model.heads[pathway.task]
        self._head_kernel = tf.Variable(head.kernel.value, trainable=False)
        self._head_bias = tf.Variable(head.bias.value, trainable=False)

    @property
    def signatures(self) -> dict[str, Any]:
        """Entry points by name, one of them as what a server asks for by default."""
        return self.entry_points | {
            "serving_default": self.entry_points[next(reversed(self.entry_points))]
        }

    def log_probabilities(self, values: tf.Tensor) -> tf.Tensor:
        """Classifies segments: float32 `[num_segments, num_classes]`."""
        normalized = (tf.cast(values, tf.float32) - self._mean) / self._std
        hidden = tf.reshape(normalized, [-1, self._num_inputs])
        for kernel, bias, divisor in zip(
            self._kernels, self._biases, self._divisors, strict=True
        ):
            outputs = tf.nn.relu(hidden @ kernel + bias)
            of_module = tf.reshape(
                outputs, [-1, kernel.shape[1] // self._units, self._units]
            )
            hidden = tf.reduce_sum(of_module, axis=1) / divisor
        return tf.nn.log_softmax(hidden @ self._head_kernel + self._head_bias)

    @property
    def mean(self) -> np.ndarray:
        """What is taken off the inputs."""
        return self._mean.numpy()

    @property
    def std(self) -> np.ndarray:
        """What they are then divided by."""
        return self._std.numpy()

    @property
    def units(self) -> int:
        """Linear units of a module."""
        return self._units

    @property
    def temperature(self) -> float:
        """By what log-probabilities of clips are divided."""
        return float(self._temperature.numpy())

    def layers(self) -> list[tuple[np.ndarray, np.ndarray, float]]:
        """Kernel, bias and divisor of each layer's active modules."""
        return [
            (kernel.numpy(), bias.numpy(), divisor)
            for kernel, bias, divisor in zip(
                self._kernels, self._biases, self._divisors, strict=True
            )
        ]

    def head(self) -> tuple[np.ndarray, np.ndarray]:
        """Kernel and bias of the head."""
        return self._head_kernel.numpy(), self._head_bias.numpy()

    def of_clip(self, log_probabilities: tf.Tensor) -> tf.Tensor:
        """Brings its segments together to a clip: probabilities `[num_classes]`."""
        mean = tf.reduce_mean(log_probabilities, axis=0)
        return tf.nn.softmax(mean / self._temperature)


class SpeechModel(PathwayClassifier):
    """A pathway that hears: waveform or log-mel segments in."""

    def __init__(
        self,
        model: PathNet,
        pathway: Pathway,
        statistics: Statistics,
        front_end: FrontEnd,
        temperature: float = 1.0,
    ) -> None:
        """Adds the front end."""
        super().__init__(model, pathway, statistics, temperature)
        self._front_end = front_end
        shape = [None, *front_end.segment_shape]
        self.entry_points = {
            "segments": tf.function(
                self._classify_segments,
                input_signature=[tf.TensorSpec(shape, tf.float32, name="segments")],
            ),
            "waveform": tf.function(
                self._classify_waveform,
                input_signature=[tf.TensorSpec([None], tf.float32, name="waveform")],
            ),
        }

    def _classify_segments(self, segments: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"probabilities": tf.exp(self.log_probabilities(segments))}

    def _classify_waveform(self, waveform: tf.Tensor) -> dict[str, tf.Tensor]:
        spectrogram = log_mel(waveform, front_end=self._front_end)
        scores = self.log_probabilities(
            segments(spectrogram, front_end=self._front_end)
        )
        return {
            "probabilities": self.of_clip(scores),
            "segment_probabilities": tf.exp(scores),
        }


class FaceModel(PathwayClassifier):
    """A pathway that sees: face crops in."""

    def __init__(
        self,
        model: PathNet,
        pathway: Pathway,
        statistics: Statistics,
        shape: tuple[int, ...],
        temperature: float = 1.0,
    ) -> None:
        """Takes crops of a shape."""
        super().__init__(model, pathway, statistics, temperature)
        self.entry_points = {
            "faces": tf.function(
                self._classify_faces,
                input_signature=[tf.TensorSpec([None, *shape], tf.uint8, name="faces")],
            )
        }

    def _classify_faces(self, faces: tf.Tensor) -> dict[str, tf.Tensor]:
        scores = self.log_probabilities(faces)
        return {
            "probabilities": self.of_clip(scores),
            "frame_probabilities": tf.exp(scores),
        }


def output_folder(path: AnyPath, *, overwrite: bool) -> OutputFolder:
    """The folder of an exported model."""
    return OutputFolder(path, CONTENTS, "--export_dir", overwrite)


def require_exportable(card: DatasetCard) -> None:
    """Checks that a model of a dataset can be exported, before anything is learned.

    Raises:
      DataError: Its card names a setting that this release does not know.
    """
    if card.modality == "speech":
        _parse_front_end(card.front_end)


def export(
    output: OutputFolder,
    model: PathNet,
    pathway: Pathway,
    statistics: Statistics,
    card: DatasetCard,
    about: ModelAbout,
    model_card: str,
    *,
    with_onnx: bool = False,
    note: Callable[[AnyPath], None] = lambda aside: None,
) -> None:
    """Writes the folder of a model, whole or not at all.

    Args:
      output: Where to write, from `output_folder`.
      model: The network.
      pathway: The task's best pathway.
      statistics: Normalization of its inputs.
      card: The card of the dataset it learned from.
      about: What is known of the model.
      model_card: The same for a person, in Markdown.
      with_onnx: Whether an ONNX file is written too.
      note: Called with the finished folder before it takes its place.

    Raises:
      UsageError: Something stands there that may not be replaced, or ONNX is not
        installed.
      DataError: The folder cannot be written.
    """
    exported: SpeechModel | FaceModel
    temperature = about.calibration.temperature
    if card.modality == "speech":
        front_end = _parse_front_end(card.front_end)
        exported = SpeechModel(model, pathway, statistics, front_end, temperature)
    else:
        exported = FaceModel(model, pathway, statistics, card.shape, temperature)
    with output.published() as aside:
        tf.saved_model.save(exported, str(aside), signatures=exported.signatures)
        if with_onnx:
            is_face = card.modality == "face"
            content = onnx_bytes(exported, card.shape, is_face=is_face)
            write_whole(aside / ONNX_NAME, content)
        write_network(aside, model)
        write_about(
            aside, dataclasses.replace(about, network_sha256=network_hash(aside))
        )
        labels = "\n".join(model.tasks[pathway.task]) + "\n"
        (aside / LABELS_NAME).write_text(labels, encoding="utf-8")
        known = card.front_end | card.finding
        text = json.dumps(known, indent=1, sort_keys=True) + "\n"
        (aside / FRONT_END_NAME).write_text(text, encoding="utf-8")
        (aside / MODEL_CARD_NAME).write_text(model_card, encoding="utf-8")
        note(aside)


def _parse_front_end(content: Mapping[str, Any]) -> FrontEnd:
    try:
        return FrontEnd(**content)
    except TypeError as error:
        raise DataError(
            f"The target's front_end in dataset.json cannot be exported ({error}); "
            f"{WRITE_AGAIN}"
        ) from error
