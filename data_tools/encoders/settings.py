"""Which encoder makes vectors of clips, and how; known without loading it."""

import dataclasses
import hashlib
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pathnet_tf.data.dataset_card import file_hash
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.flag_fields import check, flag

OPEN_WAKE_WORD = "openwakeword"
STATISTICS = ("mean", "deviation", "minimum", "maximum")
"""What can be told of the values of a clip's frames."""
USUAL_RATE_HZ = 16000
KINDS = (
    "an ONNX file, NAME.onnx; a TensorFlow Lite file, NAME.tflite; the folder of a "
    "SavedModel or of a Hugging Face model; or openwakeword"
)


@dataclasses.dataclass(frozen=True)
class EncoderSettings:
    """Which encoder makes vectors of clips, and how.

    Raises:
      UsageError: A value is out of its range.
    """

    encoder: str = flag("", f"What makes the vectors: {KINDS}.")
    rate_hz: int = flag(
        0,
        "Sample rate of the waveforms that the encoder takes. 0: the rate that it "
        f"states, as a Hugging Face model does, or else {USUAL_RATE_HZ}.",
        name="encoder_rate_hz",
        least=0,
    )
    takes: str = flag(
        "waveform",
        "What the encoder takes: the waveform, in [-1, 1], or the frames of its "
        "log-mel spectrogram, [1, num_frames, num_mel_bands], as write_mels makes them "
        "(the static ones).",
        name="encoder_input",
        choices=("waveform", "frames"),
    )
    layers: tuple[str, ...] = flag(
        (),
        "Outputs of the encoder to read, by name; several are averaged. Of a Hugging "
        "Face model the numbers of its hidden states, as 0,6,12. Default: its only "
        "output, or the last hidden state.",
    )
    are_layers_apart: bool = flag(
        False,
        "Put the values of several --layers side by side, instead of averaging them.",
        name="layers_apart",
    )
    statistics: tuple[str, ...] = flag(
        ("mean", "deviation"),
        f"What to tell of the values of a clip's frames, of {', '.join(STATISTICS)}. "
        "Of an encoder that gives one vector a clip: mean.",
    )
    sha256: str = ""
    """Hash of the encoder's files, see `resolved`."""

    def __post_init__(self) -> None:
        """Checks every value."""
        check(self)
        for one in self.statistics:
            if one not in STATISTICS:
                raise UsageError(
                    f"--statistics must be of {', '.join(STATISTICS)}. Received: {one}"
                )
        for name, words in (("statistics", self.statistics), ("layers", self.layers)):
            if len(set(words)) < len(words):
                raise UsageError(f"--{name} names one twice: {','.join(words)}")
        if not self.statistics:
            raise UsageError(f"--statistics is empty; name some of {STATISTICS}")

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "EncoderSettings":
        """Makes settings of what `dataclasses.asdict` gave, and JSON kept.

        Raises:
          TypeError: A field is missing or unknown.
        """
        lists = {
            name: tuple(value)
            for name, value in content.items()
            if isinstance(value, list)
        }
        return cls(**{**content, **lists})

    @property
    def kind(self) -> str:
        """`onnx`, `tflite`, `saved_model`, `huggingface` or `openwakeword`.

        Raises:
          DataError: There is no such file or folder.
          UsageError: It is none of these.
        """
        path = Path(self.encoder)
        if self.encoder == OPEN_WAKE_WORD and not path.exists():
            return OPEN_WAKE_WORD
        if not path.exists():
            raise DataError(f"There is no encoder at {path}; --encoder takes {KINDS}")
        if path.is_file() and path.suffix in (".onnx", ".tflite"):
            return path.suffix[1:]
        for name, kind in (
            ("saved_model.pb", "saved_model"),
            ("config.json", "huggingface"),
        ):
            if (path / name).is_file():
                return kind
        if open_wake_word_folder(path):
            return OPEN_WAKE_WORD
        raise UsageError(f"--encoder={path} is none; it takes {KINDS}")

    @property
    def files(self) -> list[Path]:
        """All files that the encoder is loaded from, sorted.

        Raises:
          UserError: As `kind` does; or openWakeWord is not installed.
        """
        kind, path = self.kind, Path(self.encoder)
        if kind == OPEN_WAKE_WORD:
            folder = open_wake_word_folder(path if path.exists() else None)
            if folder is None:
                raise UsageError(
                    "openWakeWord is not installed with its models; install it with: "
                    "pip install --no-deps openwakeword==0.5.1, or name the folder of "
                    "its melspectrogram.onnx and embedding_model.onnx"
                )
            return [folder / name for name in OPEN_WAKE_WORD_FILES]
        if path.is_file():
            # Large ONNX models keep their weights in a file beside them.
            beside = (path.with_name(path.name + one) for one in (".data", "_data"))
            return [path, *(one for one in beside if one.is_file())]
        patterns = {
            "saved_model": ("saved_model.pb", "variables/*", "assets/*"),
            "huggingface": (
                "config.json",
                "preprocessor_config.json",
                "*.safetensors",
                "*.safetensors.index.json",
            ),
        }[kind]
        return sorted(file for one in patterns for file in path.glob(one))

    def resolved(self) -> "EncoderSettings":
        """Fills in the rate and the hash of the files.

        Raises:
          UserError: The encoder is not there, or states another rate.
        """
        try:
            hashes = {str(path): file_hash(path) for path in self.files}
            stated = self._stated_rate_hz()
        except OSError as error:
            raise DataError(
                f"{error.filename} cannot be read ({error.strerror}); --encoder takes "
                f"{KINDS}"
            ) from error
        if self.rate_hz and stated and self.rate_hz != stated:
            raise UsageError(
                f"--encoder_rate_hz={self.rate_hz}: {self.encoder} states {stated} Hz; "
                "leave the flag out"
            )
        # The same wherever the files lie.
        lines = [f"{one}  {Path(path).name}\n" for path, one in hashes.items()]
        return dataclasses.replace(
            self,
            rate_hz=self.rate_hz or stated or USUAL_RATE_HZ,
            sha256=hashlib.sha256("".join(lines).encode()).hexdigest(),
        )

    def _stated_rate_hz(self) -> int:
        """The rate that the encoder states; 0 if it states none."""
        kind = self.kind
        if kind == OPEN_WAKE_WORD:
            return USUAL_RATE_HZ
        path = Path(self.encoder) / "preprocessor_config.json"
        if kind != "huggingface" or not path.exists():
            return 0
        try:
            return int(json.loads(path.read_bytes()).get("sampling_rate", 0))
        except (ValueError, TypeError, AttributeError) as error:
            raise DataError(f"{path} cannot be read ({error}); get it again") from error


OPEN_WAKE_WORD_FILES = ("melspectrogram.onnx", "embedding_model.onnx")


def open_wake_word_folder(path: Path | None) -> Path | None:
    """Finds the two models of openWakeWord.

    Args:
      path: The folder of the models or of the package; None if it is installed.

    Returns:
      The folder of the models; None if there is none.
    """
    if path is None:
        # Found without being imported, which needs more packages.
        found = importlib.util.find_spec(OPEN_WAKE_WORD)
        if found is None or not found.origin:
            return None
        path = Path(found.origin).parent
    for folder in (path, *(path / one for one in _MODEL_FOLDERS)):
        if all((folder / name).is_file() for name in OPEN_WAKE_WORD_FILES):
            return folder
    return None


_MODEL_FOLDERS = ("resources/models", "openwakeword/resources/models")
