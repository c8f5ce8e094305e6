"""The folder of an exported model: its files, and the description in `model.json`.

saved_model.pb, variables/   the SavedModel, which needs nothing but TensorFlow
labels.txt, front_end.json   classes in order; how segments or faces are cut
network.keras                the whole network, to continue training
model.json                   pathway, calibration, kind of network, speakers
MODEL_CARD.md                a description for people
model.onnx                   the same model as ONNX, if the user asked for it
"""

import dataclasses
import hashlib
import json
import math
from typing import Any

from pathnet_tf.data.dataset_card import MODALITIES
from pathnet_tf.evaluation.calibration import Calibration
from pathnet_tf.features.feature_sets import MOST_VIEWS, describe, is_representation
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.storage import AnyPath

LABELS_NAME = "labels.txt"
FRONT_END_NAME = "front_end.json"
NETWORK_NAME = "network.keras"
ABOUT_NAME = "model.json"
MODEL_CARD_NAME = "MODEL_CARD.md"
ONNX_NAME = "model.onnx"
CONTENTS = (
    "saved_model.pb",
    "fingerprint.pb",
    "variables",
    "assets",
    LABELS_NAME,
    FRONT_END_NAME,
    NETWORK_NAME,
    ABOUT_NAME,
    MODEL_CARD_NAME,
    ONNX_NAME,
)
"""All names that such a folder may hold."""
EXPORT_AGAIN = "export it again with python -m pathnet_tf.transfer --export_dir"

_SCHEMA_VERSION = 6
# The fields that each schema version added. Models of version 1 have the paper's
# network, those of version 2 take segments, those of version 3 one speed,
# those of version 4 one view, and those of version 5 no encoder.
_NEW_FIELDS = {
    2: ("module", "pooling", "readout", "classify", "ensemble"),
    3: ("representation", "silence_db"),
    4: ("speeds",),
    5: ("views",),
    6: ("encoder",),
}
_CLASSIFIED = ("segment", "clip")


@dataclasses.dataclass(frozen=True)
class ModelAbout:
    """The content of `model.json`.

    Attributes:
      modality: `speech` or `face`.
      emotions: Classes, in the order of the probabilities.
      corpora: Names of the corpora that the model was trained on, sources first.
      speakers: corpus/speaker of every speaker in these corpora.
      recordings: sha256 of every recording in these corpora, sorted.
      pathway: The target's pathway, as `Pathway.to_json` gives it; for an ensemble, the
        best pathway.
      calibration: How probabilities are scaled.
      is_synthesized: Whether any recording is synthesized.
      network_sha256: Hash of `network.keras`.
      module: Kind of the modules, see `PathNetSettings`.
      pooling: How frames and segments become one vector, see `PathNetSettings`.
      readout: Which layers the head sees, see `PathNetSettings`.
      classify: Whether each `segment` is classified by itself, or a `clip` as a whole.
      ensemble: Number of pathways that answer together.
      representation: How clips are represented, see `Representation`.
      silence_db: See `Representation`.
      speeds: See `Representation`.
      views: See `Representation`.
      encoder: What made the vectors of clips, see `functionals_file.encoder_of`; None
        if nothing did.
    """

    modality: str
    emotions: tuple[str, ...]
    corpora: tuple[str, ...]
    speakers: tuple[str, ...]
    recordings: tuple[str, ...]
    pathway: dict[str, Any]
    calibration: Calibration
    is_synthesized: bool
    network_sha256: str = ""
    module: str = "dense"
    pooling: str = "mean"
    readout: str = "last"
    classify: str = "segment"
    ensemble: int = 1
    representation: str = "segments"
    silence_db: float = 0.0
    speeds: tuple[float, ...] = ()
    views: int = 1
    encoder: dict[str, Any] | None = None

    @property
    def is_of_vectors(self) -> bool:
        """Whether a clip is represented by one vector instead of segments."""
        return self.representation != "segments"

    def departures(self) -> list[str]:
        """Phrases that name the differences from the paper's network."""
        found = []
        if self.module != "dense":
            found.append(f"modules of the kind {self.module}")
        if self.pooling != "mean":
            found.append(f"frames pooled by {self.pooling}")
        if self.readout == "all":
            found.append("all layers seen by the head, not the last one alone")
        if self.is_of_vectors:
            found.append(
                describe(self.representation, self.silence_db, self.speeds, self.views)
            )
        elif self.classify == "clip":
            found.append("clips classified as a whole, out of all their segments")
        if self.ensemble > 1:
            found.append(f"{self.ensemble} pathways that answer together")
        return found


def write_about(folder: AnyPath, about: ModelAbout) -> None:
    """Writes `model.json`; the same content always gives the same bytes."""
    content = dataclasses.asdict(about) | {"schema_version": _SCHEMA_VERSION}
    content["calibration"] = {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in content["calibration"].items()
    }
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / ABOUT_NAME).write_text(text + "\n", encoding="utf-8")


def read_about(folder: AnyPath) -> ModelAbout:
    """Reads and checks `model.json`.

    Args:
      folder: The folder of an exported model.

    Returns:
      The content.

    Raises:
      DataError: The file is missing or broken, or was written by a later version.
    """
    path = folder / ABOUT_NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        # JSON escapes can hold half a character, which no file can be written with.
        json.dumps(content, ensure_ascii=False).encode()
    except OSError as error:
        raise DataError(
            f"No model at {folder}: {ABOUT_NAME} cannot be read ({error.strerror}); "
            f"{EXPORT_AGAIN}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{path} is not valid JSON ({error}); {EXPORT_AGAIN}"
        ) from error
    try:
        return _about_from_json(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f"{path} lacks or garbles a field ({error!r}); {EXPORT_AGAIN}"
        ) from error


def read_front_end(folder: AnyPath) -> dict[str, Any]:
    """Reads `front_end.json`.

    Raises:
      DataError: The file is missing or broken.
    """
    path = folder / FRONT_END_NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read ({error}); {EXPORT_AGAIN}") from error
    if not isinstance(content, dict):
        raise DataError(f"{path} holds no settings; {EXPORT_AGAIN}")
    return content


def network_hash(folder: AnyPath) -> str:
    """Hashes the file of the network: sha256 in hexadecimal."""
    return hashlib.sha256((folder / NETWORK_NAME).read_bytes()).hexdigest()


def about_hash(folder: AnyPath) -> str:
    """Hashes `model.json`, which holds the hash of the network file."""
    return hashlib.sha256((folder / ABOUT_NAME).read_bytes()).hexdigest()


def _about_from_json(content: dict[str, Any]) -> ModelAbout:
    written_by = content["schema_version"]
    if type(written_by) is not int or not 1 <= written_by <= _SCHEMA_VERSION:
        raise ValueError(f"schema version {written_by!r}")
    for version, names in _NEW_FIELDS.items():
        if version > written_by:
            content = {name: _DEFAULTS[name] for name in names} | content
    fields = {field.name: content[field.name] for field in _FIELDS}
    scaling = {
        name: math.nan if value is None else value
        for name, value in fields["calibration"].items()
    }
    if not all(type(value) in (int, float) for value in scaling.values()):
        raise TypeError(f"calibration is {scaling!r}")
    fields["calibration"] = Calibration(**scaling)  # type: ignore[arg-type]
    for name in ("emotions", "corpora", "speakers", "recordings"):
        if not isinstance(fields[name], list):
            raise TypeError(f"{name} is no list")
        fields[name] = tuple(fields[name])
        if not all(isinstance(value, str) for value in fields[name]):
            raise TypeError(f"{name} is {fields[name]!r}")
    if not isinstance(fields["speeds"], list | tuple):
        raise TypeError("speeds is no list")
    fields["speeds"] = tuple(fields["speeds"])
    about = ModelAbout(**fields)
    if not 0 < about.calibration.temperature < math.inf:
        raise ValueError(f"temperature is {about.calibration.temperature!r}")
    if about.classify not in _CLASSIFIED:
        raise ValueError(f"classify is {about.classify!r}")
    if type(about.ensemble) is not int or about.ensemble < 1:
        raise ValueError(f"ensemble is {about.ensemble!r}")
    loudness = about.silence_db
    if type(loudness) not in (int, float) or not 0 <= loudness < math.inf:
        raise ValueError(f"silence_db is {loudness!r}")
    if not all(type(speed) in (int, float) and speed > 0 for speed in about.speeds):
        raise ValueError(f"speeds is {about.speeds!r}")
    if type(about.views) is not int or not 1 <= about.views <= MOST_VIEWS:
        raise ValueError(f"views is {about.views!r}")
    if not is_representation(about.representation):
        raise ValueError(f"representation is {about.representation!r}")
    if not isinstance(about.encoder, dict | None):
        raise TypeError(f"encoder is {about.encoder!r}")
    for name in ("module", "pooling", "readout"):
        if not isinstance(getattr(about, name), str):
            raise TypeError(f"{name} is {getattr(about, name)!r}")
    if about.modality not in MODALITIES:
        raise ValueError(f"modality is {about.modality!r}")
    if len(set(about.emotions)) < max(2, len(about.emotions)):
        raise ValueError(f"emotions is {about.emotions!r}")
    return about


_FIELDS = dataclasses.fields(ModelAbout)
_DEFAULTS = {field.name: field.default for field in _FIELDS}


def require_onnx() -> Any:
    """Imports ONNX.

    Raises:
      UsageError: It is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise UsageError(
            "--export_onnx needs ONNX; install it with: pip install 'pathnet_tf[onnx]'"
        ) from error
    return onnx
