"""Encoders as TensorFlow's SavedModels and as TensorFlow Lite files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from data_tools.encoders.settings import EncoderSettings
from data_tools.encoders.signature import Input, Signature
from pathnet_tf.runtime.errors import DataError


class SavedModelEncoder:
    """An encoder of the folder of a SavedModel, by its signature."""

    def __init__(self, settings: EncoderSettings) -> None:
        """Loads the folder, which its user has named.

        Raises:
          UserError: It cannot be loaded, or takes or gives something else.
        """
        folder = settings.encoder
        try:
            # The functions live as long as the model.
            self._model = tf.saved_model.load(folder)
        except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
            raise DataError(f"{folder} cannot be loaded ({error})") from error
        signatures = dict(self._model.signatures)
        if not signatures:
            raise DataError(
                f"{folder} has no signature; save it with tf.saved_model.save(model, "
                "folder, signatures=...)"
            )
        first = next(iter(signatures.values()))
        self._call = signatures.get("serving_default", first)
        inputs = [
            Input(name, np.dtype(spec.dtype.as_numpy_dtype), len(spec.shape))
            for name, spec in self._call.structured_input_signature[1].items()
            if spec.shape.rank is not None
        ]
        outputs = list(self._call.structured_outputs)
        self._signature = Signature(settings, inputs, outputs)

    def outputs(self, sound: np.ndarray) -> Sequence[np.ndarray]:
        """Encodes float32 `[num_samples]` or `[num_frames, num_mel_bands]`."""
        feed = self._signature.feed(sound)
        found = self._call(**{name: tf.constant(one) for name, one in feed.items()})
        return [found[name].numpy() for name in self._signature.layers]


class LiteEncoder:
    """An encoder of a TensorFlow Lite file."""

    def __init__(self, settings: EncoderSettings) -> None:
        """Loads the file.

        Raises:
          UserError: It cannot be loaded, or takes or gives something else.
        """
        path = Path(settings.encoder)
        try:
            self._interpreter = tf.lite.Interpreter(str(path), num_threads=1)
        except (ValueError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise DataError(f"{path} cannot be loaded ({reason})") from error
        inputs = self._interpreter.get_input_details()
        outputs = self._interpreter.get_output_details()
        self._inputs = {one["name"]: one["index"] for one in inputs}
        self._outputs = {one["name"]: one["index"] for one in outputs}
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._signature = Signature(
            settings,
            [Input(one["name"], one["dtype"], len(one["shape"])) for one in inputs],
            list(self._outputs),
        )

    def outputs(self, sound: np.ndarray) -> Sequence[np.ndarray]:
        """Encodes float32 `[num_samples]` or `[num_frames, num_mel_bands]`."""
        feed = self._signature.feed(sound)
        shapes = {name: one.shape for name, one in feed.items()}
        if shapes != self._shapes:
            for name, shape in shapes.items():
                self._interpreter.resize_tensor_input(self._inputs[name], shape)
            self._interpreter.allocate_tensors()
            self._shapes = shapes
        for name, one in feed.items():
            self._interpreter.set_tensor(self._inputs[name], one)
        self._interpreter.invoke()
        return [
            self._interpreter.get_tensor(self._outputs[name])
            for name in self._signature.layers
        ]
