"""Fits a clip into the inputs of an encoder, and a user's layers to its outputs."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from data_tools.encoders.settings import EncoderSettings
from pathnet_tf.runtime.errors import UsageError


@dataclasses.dataclass(frozen=True)
class Input:
    """An input that an encoder declares.

    Attributes:
      name: Its name.
      dtype: Of its numbers.
      rank: Number of its axes.
    """

    name: str
    dtype: np.dtype
    rank: int


class Signature:
    """What an encoder takes and gives."""

    def __init__(
        self,
        settings: EncoderSettings,
        inputs: Sequence[Input],
        outputs: Sequence[str],
    ) -> None:
        """Checks that the encoder takes a clip, and has the layers.

        Args:
          settings: The encoder's.
          inputs: The inputs that it declares. One is the sound; integers beside it are
            its length or, by their name, the sample rate.
          outputs: Names of its outputs.

        Raises:
          UsageError: It takes something else, or lacks a layer.
        """
        self._settings = settings
        sounds = [one for one in inputs if np.issubdtype(one.dtype, np.floating)]
        least = 1 if settings.takes == "waveform" else 2
        numbers = [one for one in inputs if np.issubdtype(one.dtype, np.integer)]
        if (
            len(sounds) != 1
            or len(sounds) + len(numbers) < len(inputs)
            or sounds[0].rank < least
            or any(one.rank > 1 for one in numbers)
        ):
            names = ", ".join(f"{one.name} ({one.dtype})" for one in inputs)
            raise UsageError(
                f"--encoder={settings.encoder} takes {names or 'nothing'}; an encoder "
                f"takes a {settings.takes} of floats, see --encoder_input, and at most "
                "its length and rate beside it"
            )
        self._sound, self._numbers = sounds[0], numbers
        self.layers = chosen_layers(settings, outputs)

    def feed(self, sound: np.ndarray) -> Mapping[str, np.ndarray]:
        """Makes the inputs of a clip.

        Args:
          sound: float32 `[num_samples]` or `[num_frames, num_mel_bands]`.

        Returns:
          By name, the sound, `[1, ..., *sound.shape]`, and numbers, `[]` or `[1]`.
        """
        missing = self._sound.rank - sound.ndim
        found = {
            self._sound.name: sound.reshape((1,) * missing + sound.shape).astype(
                self._sound.dtype
            )
        }
        for one in self._numbers:
            is_rate = "rate" in one.name.lower() or one.name.lower() == "sr"
            number = self._settings.rate_hz if is_rate else len(sound)
            found[one.name] = np.full((1,) * one.rank, number, one.dtype)
        return found


def chosen_layers(settings: EncoderSettings, outputs: Sequence[str]) -> tuple[str, ...]:
    """The outputs to read, `--layers` or the only one.

    Raises:
      UsageError: There is no such output, or several to choose from.
    """
    layers = settings.layers or tuple(outputs)
    unknown = [one for one in layers if one not in outputs]
    if unknown or (len(layers) > 1 and not settings.layers):
        fault = f"has no {unknown[0]}" if unknown else "has several outputs"
        raise UsageError(
            f"--encoder={settings.encoder} {fault}; name --layers of "
            f"{', '.join(outputs)}"
        )
    return layers
