"""Writes what was unpacked: a file for each recording or picture, and `clips.csv`."""

import csv
import dataclasses
import io
from collections.abc import Iterable, Iterator

from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.output_folder import OutputFolder
from pathnet_tf.runtime.storage import AnyPath

TABLE_NAME = "clips.csv"
FILES_NAME = "files"


@dataclasses.dataclass(frozen=True)
class Unpacked:
    """A recording or a picture of a table.

    Attributes:
      file: Path for it, with slashes, below the folder of all files.
      content: Bytes of the file.
      speaker: Who speaks or is seen; empty if the table does not say.
      emotion: The label, as the table says it; empty if it says none.
      split: `train`, `test` or empty.
      sentence: See `Clip`, as the others.
      sex: As the table says it.
      age: As the table says it.
    """

    file: str
    content: bytes
    speaker: str
    emotion: str
    split: str = ""
    sentence: str = ""
    sex: str = ""
    age: str = ""


def write_unpacked(unpacked: Iterable[Unpacked], output: OutputFolder) -> str:
    """Writes the folder, complete or not at all.

    Args:
      unpacked: Recordings or pictures. Those without a speaker or an emotion are left
        out. Splits are written if there is a train and a test part.
      output: Where to write; made by `output_folder`.

    Returns:
      A summary to print.

    Raises:
      DataError: No recording has a speaker and an emotion, or the folder cannot be
        written.
      UsageError: Something exists there that may not be replaced.
    """
    rows = []
    num_nameless = 0
    with output.published() as folder:
        for one in unpacked:
            if not (one.speaker and one.emotion):
                num_nameless += 1
                continue
            _write(folder / FILES_NAME / one.file, one.content)
            facts = (one.split, one.sentence, one.sex, one.age)
            rows.append([f"{FILES_NAME}/{one.file}", one.speaker, one.emotion, *facts])
        if not rows:
            raise DataError(
                f"none of {num_nameless} rows has a speaker and an emotion; nothing is "
                "written"
            )
        _write(folder / TABLE_NAME, _table(rows).encode())
    left_out = f"left out: {num_nameless} rows without a speaker or an emotion\n"
    return (
        f"{len(rows)} files\n{left_out if num_nameless else ''}"
        f"{output.path}: read it with --manifest={output.path / TABLE_NAME}"
    )


def output_folder(path: AnyPath, *, overwrite: bool) -> OutputFolder:
    """Returns the folder to write, which replaces only a folder of its kind."""
    return OutputFolder(path, (TABLE_NAME, FILES_NAME), "--output_dir", overwrite)


def _table(rows: list[list[str]]) -> str:
    """Writes the rows as CSV, without the columns that are empty in all of them."""
    names = ["file", "speaker", "emotion", "split", "sentence", "sex", "age"]
    if {"train", "test"} - {row[3] for row in rows}:
        for row in rows:
            row[3] = ""
    kept = [i for i in range(len(names)) if any(row[i] for row in rows)]
    stream = io.StringIO()
    csv.writer(stream).writerows(_columns([names, *rows], kept))
    return stream.getvalue()


def _columns(rows: Iterable[list[str]], kept: list[int]) -> Iterator[list[str]]:
    return ([row[i] for i in kept] for row in rows)


def _write(path: AnyPath, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
