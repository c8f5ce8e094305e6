"""Writes what was unpacked: a file for each recording or picture, and `clips.csv`."""

import csv
import dataclasses
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pathnet_tf.runtime.csv_table import table_text
from pathnet_tf.runtime.errors import DataError, printable
from pathnet_tf.runtime.folder_lock import locked
from pathnet_tf.runtime.media_files import files_below
from pathnet_tf.runtime.output_folder import OutputFolder
from pathnet_tf.runtime.storage import AnyPath, remove_tree, user_cache

TABLE_NAME = "clips.csv"
FILES_NAME = "files"

_CACHE_FLAG = "XDG_CACHE_HOME"
# To be raised when the same content is unpacked into something else than before.
_VERSION = 1


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


def unpacked_once(
    packed: Path,
    unpacked: Iterable[Unpacked],
    settings: Mapping[str, Any] | None = None,
) -> Path:
    """Unpacks into the user's cache folder, unless that has been done already.

    A line on stderr says so. Whoever starts several programs at once has each but the
    first wait.

    Args:
      packed: What is unpacked: a file, or the folder of all its files.
      unpacked: Its recordings or pictures; not asked for if all is there.
      settings: What else they depend on, as JSON can hold it.

    Returns:
      The folder. Another one is written as soon as a file of `packed` has another size
      or was changed at another time.

    Raises:
      DataError: As `write_unpacked`, or a file cannot be read.
    """
    cache = user_cache() / "unpacked"
    # So short that the name of the unfinished folder fits too.
    name = Path(os.path.realpath(packed)).name[:40]
    folder = cache / f"{name}-{_fingerprint(packed, settings or {})}"
    if _is_whole(folder):
        return folder
    try:
        with locked(cache, flag=_CACHE_FLAG, is_awaited=True):
            if not _is_whole(folder):
                remove_tree(folder)
                kind = (TABLE_NAME, FILES_NAME)
                write_unpacked(unpacked, OutputFolder(folder, kind, _CACHE_FLAG))
                told = f"{packed}: unpacked into {folder}; remove it when done"
                print(printable(told), file=sys.stderr)
    except OSError as error:
        raise DataError(
            f"{error.filename or cache} cannot be written ({error.strerror}); free it, "
            f"or name another {_CACHE_FLAG}"
        ) from error
    return folder


def _fingerprint(packed: Path, settings: Mapping[str, Any]) -> str:
    """Returns what differs for other files, and for other settings."""
    files = []
    for file in files_below(packed) if packed.is_dir() else [packed]:
        try:
            found = file.stat()
        except OSError as error:
            raise DataError(
                f"{file} cannot be read ({error.strerror}); get it again"
            ) from error
        place = os.path.relpath(file, packed)
        files.append([place, found.st_size, found.st_mtime_ns])
    text = json.dumps([_VERSION, settings, files], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is_whole(folder: Path) -> bool:
    """Whether nobody has removed a part of an unpacked folder."""
    try:
        with (folder / TABLE_NAME).open(encoding="utf-8", newline="") as table:
            files = [row.get("file") or "" for row in csv.DictReader(table)]
    except OSError:
        return False
    return bool(files) and all(os.path.isfile(folder / file) for file in files)


def _table(rows: list[list[str]]) -> str:
    """Writes the rows as CSV, without the columns that are empty in all of them."""
    names = ["file", "speaker", "emotion", "split", "sentence", "sex", "age"]
    place = names.index("split")
    is_split = {"train", "test"} <= {row[place] for row in rows}
    kept = [
        i
        for i in range(len(names))
        if any(row[i] for row in rows) and (is_split or i != place)
    ]
    return table_text([row[i] for i in kept] for row in [names, *rows])


def _write(path: AnyPath, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
