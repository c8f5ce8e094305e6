"""Encoders as ONNX files, run by onnxruntime."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from data_tools.encoders.settings import EncoderSettings
from data_tools.encoders.signature import Input, Signature
from pathnet_tf.runtime.errors import DataError, UsageError

_DTYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}


class OnnxEncoder:
    """An encoder of an ONNX file."""

    def __init__(self, settings: EncoderSettings) -> None:
        """Loads the file.

        Raises:
          UserError: It cannot be loaded, or takes or gives something else.
        """
        self._session = session_of(Path(settings.encoder))
        inputs = [
            Input(one.name, np.dtype(_DTYPES.get(one.type, np.str_)), len(one.shape))
            for one in self._session.get_inputs()
        ]
        outputs = [one.name for one in self._session.get_outputs()]
        self._signature = Signature(settings, inputs, outputs)

    def outputs(self, sound: np.ndarray) -> Sequence[np.ndarray]:
        """Encodes float32 `[num_samples]` or `[num_frames, num_mel_bands]`."""
        layers = list(self._signature.layers)
        return self._session.run(layers, self._signature.feed(sound))


def session_of(path: Path) -> Any:
    """Loads an ONNX file on one processor.

    Raises:
      UsageError: onnxruntime is not installed.
      DataError: The file is damaged, or needs what onnxruntime does not have.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise UsageError(
            f"--encoder={path} needs onnxruntime; install it with: pip install "
            "'pathnet_tf[encoders]'"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    # Its errors have no class in common.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"{path} cannot be loaded ({reason[:300]}); export it again, or use a "
            "newer onnxruntime"
        ) from error
