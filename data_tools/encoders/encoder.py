"""Makes one vector of a clip by an encoder: statistics of what it gives for frames."""

import functools
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from data_tools.encoders.settings import OPEN_WAKE_WORD, EncoderSettings
from data_tools.workers.supervision import allow_memory
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.runtime.errors import UserError

# Of the size of its files: what loading an encoder takes, and what it then is.
_MEMORY = 3


class Encoder(Protocol):
    """An encoder that is loaded."""

    def outputs(self, sound: np.ndarray) -> Sequence[np.ndarray]:
        """Encodes a clip.

        Args:
          sound: float32 `[num_samples]` in [-1, 1] at the settings' rate, or
            `[num_frames, num_mel_bands]`.

        Returns:
          What each of the settings' layers gives, `[..., num_values]`; all axes but the
          last are frames.
        """


def front_end_of(settings: EncoderSettings) -> FrontEnd:
    """The front end by which clips are read for an encoder."""
    rate_hz = settings.rate_hz
    return FrontEnd(sample_rate_hz=rate_hz, high_hz=min(8000.0, rate_hz / 2))


@functools.lru_cache(maxsize=1)
def opened(settings: EncoderSettings) -> Callable[[np.ndarray], np.ndarray]:
    """Loads an encoder, only once in a process.

    Args:
      settings: Which one, and what to make of its outputs; from
        `EncoderSettings.resolved`.

    Returns:
      A function that makes of a waveform, `[num_samples]`, float32 `[num_values]`. It
      raises a `ValueError`, without the name of the clip, if the encoder cannot take
      it, or gives what is not finite.

    Raises:
      UserError: The encoder cannot be loaded, or lacks a layer.
    """
    allow_memory(_MEMORY * sum(path.stat().st_size for path in settings.files))
    encoder = _loaded(settings)

    def describe(waveform: np.ndarray) -> np.ndarray:
        sound = waveform
        if settings.takes == "frames":
            from pathnet_tf.features.log_mel import log_mel

            sound = log_mel(waveform, front_end=front_end_of(settings)).numpy()
        try:
            vector = pooled(encoder.outputs(sound), settings)
        except UserError:
            raise
        # What the runtimes of encoders raise has nothing in common.
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise ValueError(
                f"makes the encoder {settings.encoder} fail ({reason[:300]})"
            ) from error
        if not np.isfinite(vector).all():
            raise ValueError(
                f"gets values of the encoder {settings.encoder} that are not finite "
                "(NaN or infinity); leave it out"
            )
        return vector

    return describe


def pooled(outputs: Sequence[np.ndarray], settings: EncoderSettings) -> np.ndarray:
    """Makes one vector of what layers give for the frames of a clip.

    Args:
      outputs: Of each layer float `[..., num_values]`; all axes but the last are
        frames.
      settings: Whether layers are averaged, and which statistics are told of frames.

    Returns:
      float32 `[num_layers_apart * num_statistics * num_values]`.

    Raises:
      ValueError: There is no frame, or layers that differ are to be averaged.
    """
    frames = [
        np.asarray(one, np.float64).reshape(-1, one.shape[-1] if one.ndim else 1)
        for one in outputs
    ]
    if not all(map(len, frames)):
        raise ValueError("it is too short, and gives no frame")
    if not settings.are_layers_apart:
        shapes = list(dict.fromkeys(one.shape for one in frames))
        if len(shapes) > 1:
            raise ValueError(
                f"its layers give {' and '.join(map(str, shapes))} values, which have "
                "no average; use --layers_apart"
            )
        frames = [np.mean(frames, axis=0)]
    told: dict[str, Callable[..., np.ndarray]] = {
        "mean": np.mean,
        "deviation": np.std,
        "minimum": np.min,
        "maximum": np.max,
    }
    parts = [told[name](one, axis=0) for one in frames for name in settings.statistics]
    return np.concatenate(parts).astype(np.float32)


def _loaded(settings: EncoderSettings) -> Encoder:
    kind = settings.kind
    if kind == "onnx":
        from data_tools.encoders.onnx_encoder import OnnxEncoder

        return OnnxEncoder(settings)
    if kind == OPEN_WAKE_WORD:
        from data_tools.encoders.open_wake_word import OpenWakeWord

        return OpenWakeWord(settings)
    if kind == "huggingface":
        from data_tools.encoders.hugging_face_encoder import HuggingFaceEncoder

        return HuggingFaceEncoder(settings)
    from data_tools.encoders import tensorflow_encoders

    if kind == "tflite":
        return tensorflow_encoders.LiteEncoder(settings)
    return tensorflow_encoders.SavedModelEncoder(settings)
