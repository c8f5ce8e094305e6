"""Google's speech embedding, as the package openWakeWord ships it, in two models.

The first makes a mel spectrogram of a waveform of 16-bit numbers, with 32 bands and a
frame every 10 ms. The second makes 96 values of each window of 76 frames, every 8
frames. It wants the spectrogram as x / 10 + 2.
Reference: Lin et al. 2020, "Training keyword spotters with limited and synthesized
speech data".
"""

from collections.abc import Sequence

import numpy as np

from data_tools.encoders.onnx_encoder import session_of
from data_tools.encoders.settings import EncoderSettings
from data_tools.encoders.signature import chosen_layers
from pathnet_tf.runtime.errors import UsageError

WINDOW_FRAMES, STEP_FRAMES = 76, 8
# Shorter waveforms give less than a window; silence is put behind them.
LEAST_SAMPLES = 160 * (WINDOW_FRAMES + 3)
FULL_SCALE = 32767.0


class OpenWakeWord:
    """Both models."""

    def __init__(self, settings: EncoderSettings) -> None:
        """Loads them.

        Raises:
          UserError: They cannot be loaded, or are not asked for a waveform.
        """
        if settings.takes != "waveform":
            raise UsageError(f"--encoder={settings.encoder} takes a waveform")
        self._mel, self._embedding = map(session_of, settings.files)
        self._inputs = [
            one.get_inputs()[0].name for one in (self._mel, self._embedding)
        ]
        names = [one.name for one in self._embedding.get_outputs()]
        self._layers = list(chosen_layers(settings, names))

    def outputs(self, sound: np.ndarray) -> Sequence[np.ndarray]:
        """Encodes float32 `[num_samples]`: each layer `[num_windows, 1, 1, 96]`."""
        missing = max(0, LEAST_SAMPLES - len(sound))
        numbers = np.rint(FULL_SCALE * np.pad(sound, (0, missing)))
        (mel,) = self._mel.run(
            None, {self._inputs[0]: numbers[np.newaxis].astype(np.float32)}
        )
        mel = mel.reshape(-1, mel.shape[-1]) / 10 + 2
        windows = np.lib.stride_tricks.sliding_window_view(mel, WINDOW_FRAMES, axis=0)
        windows = windows[::STEP_FRAMES].transpose(0, 2, 1)[..., np.newaxis]
        feed = {self._inputs[1]: np.ascontiguousarray(windows, np.float32)}
        return self._embedding.run(self._layers, feed)
