"""Encoders as folders of Hugging Face models: wav2vec 2.0, HuBERT, WavLM, Whisper.

Nothing is fetched, and no code or pickle of the folder is run: weights must lie in
safetensors files. PyTorch is imported here alone.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_tools.encoders.settings import EncoderSettings
from data_tools.encoders.signature import chosen_layers
from pathnet_tf.runtime.errors import DataError, UsageError

SAVE = (
    "save it with from_pretrained(NAME).save_pretrained(FOLDER) of AutoModel and "
    "AutoFeatureExtractor, which writes config.json, preprocessor_config.json and "
    "model.safetensors"
)
# A parameter that wav2vec 2.0 uses in training alone, and that some files lack.
_OF_TRAINING = "masked_spec_embed"


class HuggingFaceEncoder:
    """An encoder of a folder that `save_pretrained` wrote."""

    def __init__(self, settings: EncoderSettings) -> None:
        """Loads the folder.

        Raises:
          UserError: It cannot be loaded, lacks weights or a layer.
        """
        folder = settings.encoder
        if settings.takes != "waveform":
            raise UsageError(f"--encoder={folder} takes a waveform, and makes frames")
        try:
            import transformers
            from torch import set_num_threads
        except ImportError as error:
            raise UsageError(
                f"--encoder={folder} needs transformers and PyTorch; install them "
                "with: pip install 'pathnet_tf[transformers]'"
            ) from error
        set_num_threads(1)
        transformers.logging.set_verbosity_error()
        options = {"local_files_only": True, "trust_remote_code": False}
        try:
            self._extract = transformers.AutoFeatureExtractor.from_pretrained(
                folder, **options
            )
            model, loading = transformers.AutoModel.from_pretrained(
                folder, use_safetensors=True, output_loading_info=True, **options
            )
        # It raises whatever goes wrong in the code of a model.
        except Exception as error:
            reason = " ".join(str(error).split())
            raise DataError(
                f"{folder} cannot be loaded ({reason[:300]}); {SAVE}"
            ) from error
        lacking = [one for one in loading["missing_keys"] if _OF_TRAINING not in one]
        if lacking:
            raise DataError(f"{folder} lacks the weights {lacking[0]}; {SAVE}")
        model.eval()
        self._is_padded = bool(model.config.is_encoder_decoder)
        self._model: Any = model.get_encoder() if self._is_padded else model
        self._rate_hz = settings.rate_hz
        number = int(model.config.num_hidden_layers)
        names = [str(one) for one in range(number + 1)]
        layers = settings.layers or (names[-1],)
        chosen = EncoderSettings(encoder=folder, layers=layers)
        self._layers = [int(one) for one in chosen_layers(chosen, names)]

    def outputs(self, sound: np.ndarray) -> Sequence[np.ndarray]:
        """Encodes float32 `[num_samples]`: of each layer `[num_frames, num_values]`.

        A model that takes stretches of a fixed length, as Whisper does of 30 s, gets
        one after another, and frames after the end of the clip are left out.
        """
        stretch = self._extract.n_samples if self._is_padded else len(sound)
        parts = [
            self._of_stretch(sound[start : start + stretch], stretch)
            for start in range(0, len(sound), stretch)
        ]
        return [np.concatenate(of_layer) for of_layer in zip(*parts, strict=True)]

    def _of_stretch(self, sound: np.ndarray, padded: int) -> list[np.ndarray]:
        """Encodes `[num_samples]`, which are padded: `[num_frames, num_values]`."""
        from torch import inference_mode

        given = self._extract(sound, sampling_rate=self._rate_hz, return_tensors="pt")
        (name,) = [one for one in given if one in ("input_values", "input_features")]
        with inference_mode():
            found = self._model(given[name], output_hidden_states=True).hidden_states
        frames = [found[one][0].numpy() for one in self._layers]
        return [one[: math.ceil(len(sound) * len(one) / padded)] for one in frames]
