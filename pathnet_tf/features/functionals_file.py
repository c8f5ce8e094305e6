"""Reads files of clips' functionals, and of the vectors that encoders make of clips.

`data_tools.write_functionals` and `data_tools.write_vectors` write them.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.features.feature_sets import ENCODED, writer_of
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.storage import as_path, read_arrays


@dataclasses.dataclass(frozen=True)
class FunctionalsSettings:
    """How the functionals of clips were made.

    Attributes:
      silence_db: Sound that was quieter than the clip's loudest window by more than
        this was left out, at the start and end of a clip for openSMILE and everywhere
        for prosody; 0 if nothing was left out.
      speeds: Speeds, other than 1, at which clips were played and described too.
    """

    silence_db: float = 0.0
    speeds: tuple[float, ...] = ()

    @classmethod
    def of(cls, content: dict[str, np.ndarray]) -> "FunctionalsSettings":
        """Reads scalar `silence_db` and `speeds`, `[num_speeds]`, of a file."""
        return cls(
            float(content["silence_db"]),
            tuple(content["speeds"].astype(float).tolist()),
        )

    def flags(self) -> str:
        """The flags of the binary that writes them for the same settings."""
        speeds = ",".join(f"{speed:g}" for speed in self.speeds)
        also = f" --speeds={speeds}" if speeds else ""
        return f"--silence_db={self.silence_db:g}{also}"


def functionals_beside(
    folders: Iterable[str], feature_sets: Iterable[str]
) -> tuple[Path, ...]:
    """Finds the files that lie beside datasets: `datasets/emodb.compare.npz`.

    Args:
      folders: Dataset folders. Files beside remote folders are not looked for.
      feature_sets: Feature sets to look for.

    Returns:
      The files that exist.
    """
    wanted = list(feature_sets)
    places = [place for folder in folders if isinstance(place := as_path(folder), Path)]
    files = [
        place.with_name(f"{place.name}.{feature_set}.npz")
        for place in places
        for feature_set in wanted
        if place.name
    ]
    return tuple(file for file in files if file.is_file())


def file_hashes(files: Iterable[Path]) -> dict[str, str]:
    """Hashes each file: sha256 in hexadecimal, by the path of the file.

    Raises:
      DataError: A file is missing.
    """
    try:
        return {str(one): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}
    except OSError as error:
        raise DataError(
            f"{error.filename} cannot be read ({error.strerror}); make it with python "
            "-m data_tools.write_functionals or write_vectors"
        ) from error


def read_functionals(
    files: tuple[Path, ...],
    feature_set: str,
    dataset: Dataset,
    wanted: FunctionalsSettings | None = None,
) -> np.ndarray:
    """Finds the functionals of a dataset's clips.

    Args:
      files: Files of `data_tools.write_functionals`, of any corpora and feature sets.
      feature_set: The feature set to look for.
      dataset: The dataset.
      wanted: How the functionals must have been made. If None, those of the recordings
        at their own speed are taken, however they were made.

    Returns:
      float64 `[num_clips, 1 + num_speeds, num_functionals]`, in the dataset's order of
      clips.

    Raises:
      UsageError: No file has the feature set, or a file was made with other settings.
      DataError: A file cannot be read, no file has a clip, or a file describes another
        recording under the clip's name.
    """
    contents = [(path, read_file(path)) for path in files]
    found = [
        (path, one) for path, one in contents if str(one["feature_set"]) == feature_set
    ]
    if not found:
        raise UsageError(
            f"{feature_set} needs --functionals=FILE.npz, or DATASET.{feature_set}.npz "
            f"beside each dataset, made with {writer_of(feature_set)}"
        )
    paths = ", ".join(str(path) for path, _ in found)
    if len({comparable(encoder_of(one)) for _, one in found}) > 1:
        raise UsageError(
            f"{paths} were made by different encoders, or with different settings; "
            "make all of them alike"
        )
    of_file = [_versions(path, one, wanted) for path, one in found]
    of_clip = {
        key: (digest, row)
        for (_, one), rows in zip(found, of_file, strict=True)
        for key, digest, row in zip(one["keys"], one["sha256"], rows, strict=True)
    }
    rows = []
    for clip in dataset.clips:
        if clip.key not in of_clip:
            raise DataError(
                f"Clip {clip.key} of {dataset.name} is not in {paths}; make "
                f"{dataset.name}'s {feature_set} with {writer_of(feature_set)} from "
                "the recordings that its dataset has"
            )
        digest, row = of_clip[clip.key]
        if digest != clip.sha256:
            raise DataError(
                f"Clip {clip.key} in {paths} is of another recording than in "
                f"{dataset.name}; make the file again from the same corpus"
            )
        rows.append(row)
    if len({row.shape for row in rows}) > 1:
        raise DataError(
            f"{paths} have differing numbers of values a clip; make all of them alike, "
            "with one release of openSMILE, or of this program"
        )
    return np.array(rows, np.float64)


def read_file(path: Path) -> dict[str, np.ndarray]:
    """Reads a file of functionals.

    Args:
      path: A file that `data_tools.write_functionals` wrote.

    Returns:
      By name, `keys` and `sha256` of the clips, str `[num_clips]`; their `values`,
      float `[num_clips, num_functionals]`; the name of the `feature_set`; and the
      arrays that `data_tools.datasets.functionals_plan` describes.

    Raises:
      DataError: The file cannot be read.
    """
    try:
        content = read_arrays(path)
        names = ("keys", "sha256", "feature_set", "values")
        keys, hashes, _, values = (content[name] for name in names)
        if not keys.shape == hashes.shape == values.shape[:1]:
            raise ValueError(f"{len(values)} rows of {keys.size} clips")
        if values.ndim != 2 or not np.isfinite(values).all():
            raise ValueError("values are no finite numbers")
        # Files of earlier versions lack these arrays.
        content = {
            "silence_db": np.array(0.0),
            "speeds": np.zeros(0),
            "values_at_speeds": np.zeros((len(values), 0, values.shape[1])),
        } | content
        faster = content["values_at_speeds"]
        if faster.shape != (len(values), len(content["speeds"]), values.shape[1]):
            raise ValueError(f"values of {faster.shape} at other speeds")
        if not np.isfinite(faster).all():
            raise ValueError("values at other speeds are no finite numbers")
        FunctionalsSettings.of(content)
        encoder_of(content)
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} cannot be read ({error}); make it with python "
            "-m data_tools.write_functionals or write_vectors"
        ) from error
    return content


def encoder_of(content: dict[str, np.ndarray]) -> dict[str, Any]:
    """Tells how vectors were made.

    Args:
      content: From `read_file`, with the text `encoder`, `[]`, if an encoder did.

    Returns:
      The settings of the encoder, as `data_tools.encoders.settings.EncoderSettings`
      has them; the file `given` and its `sha256`, if somebody had the vectors; empty
      for openSMILE's functionals.

    Raises:
      ValueError: The text is no such thing.
    """
    known = json.loads(str(content.get("encoder", "{}")))
    if not isinstance(known, dict):
        raise ValueError(f"encoder is {known!r}")
    return known


def encoder_behind(files: Iterable[Path]) -> dict[str, Any]:
    """Tells how the vectors in files were made, see `encoder_of`; empty for others.

    Raises:
      DataError: A file cannot be read.
    """
    contents = (read_file(path) for path in files)
    known = [encoder_of(one) for one in contents if str(one["feature_set"]) == ENCODED]
    return known[0] if known else {}


def comparable(encoder: dict[str, Any]) -> str:
    """What vectors that stand for the same have in common, of how they were made.

    Args:
      encoder: From `encoder_of`.

    Returns:
      Text that neither the path of an encoder nor the file of one corpus changes.
    """
    if "given" in encoder:
        return "given"
    return json.dumps(encoder | {"encoder": ""}, sort_keys=True)


def versions_of(
    content: dict[str, np.ndarray], wanted: FunctionalsSettings
) -> np.ndarray:
    """Takes the functionals of clips at the wanted speeds.

    Args:
      content: From `read_file`.
      wanted: How the functionals must have been made.

    Returns:
      float `[num_clips, 1 + num_speeds, num_functionals]`. The first version of each
      clip is the recording at its own speed.

    Raises:
      DataError: The functionals were made with other settings.
    """
    made = FunctionalsSettings.of(content)
    if made.silence_db != wanted.silence_db or not set(wanted.speeds) <= set(
        made.speeds
    ):
        raise DataError(
            f"was made with {made.flags()}; make it again with "
            f"{writer_of(str(content['feature_set']))} {wanted.flags()}"
        )
    if not wanted.speeds:
        return content["values"][:, np.newaxis]
    places = [made.speeds.index(speed) for speed in wanted.speeds]
    faster = content["values_at_speeds"][:, places]
    return np.concatenate([content["values"][:, np.newaxis], faster], axis=1)


def _versions(
    path: Path, content: dict[str, np.ndarray], wanted: FunctionalsSettings | None
) -> np.ndarray:
    """See `versions_of`; its error names the file here."""
    made = FunctionalsSettings.of(content)
    try:
        return versions_of(content, wanted or FunctionalsSettings(made.silence_db))
    except DataError as error:
        raise UsageError(f"{path} {error}, or run with {made.flags()}") from error
