"""Takes vectors of clips that somebody has made already, out of a file."""

import dataclasses
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from data_tools.corpora import Clip, CorpusSource, Reading
from data_tools.datasets.summary import no_clip_left, remark_lines
from pathnet_tf.data.dataset_card import file_hash
from pathnet_tf.runtime.csv_table import read_rows
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.storage import read_arrays, write_whole

ENDINGS = (".npz", ".csv", ".parquet")


@dataclasses.dataclass(frozen=True)
class GivenVectors:
    """Where the vectors are.

    Attributes:
      file: An `.npz` file of the arrays `key_column`, str `[num_clips]`, and `values`,
        `[num_clips, num_values]`, or of one array a clip by its name; or a CSV or
        Parquet table with a row a clip.
      key_column: The column, or array, that names the clips.
      ignored: Columns that are no values.

    Raises:
      UsageError: The name of the file has another ending.
    """

    file: Path
    key_column: str = "key"
    ignored: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Checks the ending."""
        if self.file.suffix.lower() not in ENDINGS:
            raise UsageError(
                f"--vectors must end in {', '.join(ENDINGS)}. Received: {self.file}"
            )


def write_given_vectors(source: CorpusSource, given: GivenVectors, output: Path) -> str:
    """Writes the vectors of a corpus that a file gives, as an encoder's are.

    Args:
      source: The corpus.
      given: The file.
      output: The file to write; it appears complete or not at all.

    Returns:
      A summary to print.

    Raises:
      UsageError: What reads the file is not installed.
      DataError: The file cannot be read, or lacks a clip.
    """
    reading = source.read()
    left_out = [*reading.left_out, *reading.problems]
    if not reading.clips:
        raise no_clip_left(source, left_out)
    vectors = read_vectors(given)
    clips = sorted(reading.clips, key=lambda clip: clip.key)
    names = _names_of(clips, reading, vectors, given)
    hashes = {path: file_hash(path) for path in {clip.path for clip in clips}}
    about = {"given": given.file.name, "sha256": file_hash(given.file)}
    stream = io.BytesIO()
    values = np.array([vectors[name] for name in names])
    np.savez(
        stream,
        keys=np.array([clip.key for clip in clips]),
        sha256=np.array([hashes[clip.path] for clip in clips]),
        feature_set=np.array("vectors"),
        values=values,
        encoder=np.array(json.dumps(about, sort_keys=True)),
    )
    write_whole(output, stream.getvalue())
    speakers = [clip.speaker for clip in clips]
    lines = remark_lines(source, speakers, left_out, reading.passed_over)
    if others := sorted(vectors.keys() - set(names)):
        lines.append(
            f"left out: {len(others)} vector(s) of {given.file.name} that are of no "
            f"clip, such as {others[0]}"
        )
    summary = f"{len(clips)} clips, {values.shape[1]} values each: {output}"
    return "\n".join([*lines, summary])


def read_vectors(given: GivenVectors) -> dict[str, np.ndarray]:
    """Reads vectors.

    Args:
      given: The file.

    Returns:
      float32 `[num_values]` by the name that the file gives the clip.

    Raises:
      UsageError: What reads the file is not installed.
      DataError: It cannot be read, names a clip twice, or has vectors of differing
        lengths or of what is no finite number.
    """
    file, found = given.file, {}
    readers: dict[str, Callable[[GivenVectors], Iterator[tuple[str, Any]]]] = {
        ".npz": _of_arrays,
        ".csv": _of_table,
        ".parquet": _of_parquet,
    }
    for name, values in readers[file.suffix.lower()](given):
        if name in found:
            raise DataError(f"{file} has two vectors of {name}; leave one out")
        try:
            vector = np.asarray(values, np.float32)
        except (ValueError, TypeError) as error:
            raise DataError(
                f"{file} has what is no number in the vector of {name} ({error}); name "
                "columns that are no values in --ignore_columns"
            ) from error
        if vector.ndim != 1 or not vector.size or not np.isfinite(vector).all():
            raise DataError(
                f"{file} has no vector of finite numbers for {name}; leave the clip "
                "out, or make its vector again"
            )
        found[name] = vector
    sizes = {len(one) for one in found.values()}
    if len(sizes) != 1:
        raise DataError(
            f"{file} has vectors of {' and '.join(map(str, sorted(sizes))) or 'no'} "
            "values; all need the same number"
        )
    return found


def _names_of(
    clips: Sequence[Clip],
    reading: Reading,
    vectors: dict[str, np.ndarray],
    given: GivenVectors,
) -> list[str]:
    """The name of each clip in the file, by the way that names all of them.

    Args:
      clips: The clips.
      reading: What they are of.
      vectors: `[num_values]` by name.
      given: The file.

    Returns:
      The names, in the order of the clips.

    Raises:
      DataError: No way names all clips.
    """
    ways: list[Callable[[Clip], str]] = [
        lambda clip: clip.key,
        lambda clip: reading.source_of(clip.path),
        lambda clip: clip.path.name,
        lambda clip: clip.path.stem,
    ]
    named = [[way(clip) for clip in clips] for way in ways]
    # Names that clips share tell none of them.
    named = [names for names in named if len(set(names)) == len(clips)]
    absent = [[name for name in names if name not in vectors] for names in named]
    best = min(range(len(named)), key=lambda way: len(absent[way]))
    if absent[best]:
        raise DataError(
            f"{given.file} has no vector of {len(absent[best])} of {len(clips)} clips, "
            f"such as {absent[best][0]}; name clips in {given.key_column!r} by their "
            f"key ({clips[0].key}), their path below the corpus, or their file's name"
        )
    return named[best]


def _of_arrays(given: GivenVectors) -> Iterator[tuple[str, Any]]:
    try:
        arrays = read_arrays(given.file)
    except ValueError as error:
        raise DataError(f"{given.file} cannot be read ({error})") from error
    if given.key_column not in arrays:
        yield from arrays.items()
        return
    keys, values = arrays[given.key_column], arrays.get("values")
    if values is None or keys.ndim != 1 or values.shape[:1] != keys.shape:
        raise DataError(
            f"{given.file} has an array {given.key_column} of {keys.shape}, and needs "
            "an array values with a row for each of its entries"
        )
    yield from zip(map(str, keys), values, strict=True)


def _of_table(given: GivenVectors) -> Iterator[tuple[str, Any]]:
    # Columns are read in lower case.
    key = given.key_column.lower()
    columns, rows = read_rows(
        given.file,
        required=[key],
        optional=[],
        remedy="it needs a column that names the clips, see --key_column",
    )
    kept = _value_columns(given, columns, key)
    for number, cells in rows:
        if len(cells) < len(columns):
            raise DataError(
                f"{given.file} row {number} has {len(cells)} cells, row 1 has "
                f"{len(columns)}"
            )
        yield cells[columns.index(key)].strip(), [cells[one] for one in kept]


def _of_parquet(given: GivenVectors) -> Iterator[tuple[str, Any]]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise UsageError(
            f"--vectors={given.file} needs PyArrow; install it with: pip install "
            "'pathnet_tf[audformat]'"
        ) from error
    try:
        # It has no memory of its own to share with other readers of the file.
        table = parquet.ParquetFile(given.file).read()
    except (OSError, ArrowException) as error:
        raise DataError(f"{given.file} cannot be read ({error})") from error
    if given.key_column not in table.column_names:
        raise DataError(
            f"{given.file} has no column {given.key_column!r}; name another one of "
            f"{', '.join(table.column_names[:5])} in --key_column"
        )
    keys = table.column(given.key_column).to_pylist()
    kept = _value_columns(given, table.column_names, given.key_column)
    columns = [table.column(one).to_pylist() for one in kept]
    for key, cells in zip(map(str, keys), zip(*columns, strict=True), strict=True):
        # A column may hold numbers, or lists of them.
        yield (
            key,
            [
                number
                for cell in cells
                for number in (cell if isinstance(cell, list) else [cell])
            ],
        )


def _value_columns(given: GivenVectors, columns: Sequence[str], key: str) -> list[int]:
    """Places of the columns of values."""
    ignored = {one.strip() for one in given.ignored} | {key}
    kept = [place for place, name in enumerate(columns) if name not in ignored]
    if unknown := sorted(ignored - set(columns)):
        raise UsageError(
            f"--ignore_columns={unknown[0]}: {given.file} has the columns "
            f"{', '.join(columns[:5])}"
        )
    if not kept:
        raise DataError(f"{given.file} has no column of values beside {key!r}")
    return kept
