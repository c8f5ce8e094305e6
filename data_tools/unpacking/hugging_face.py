"""Datasets of the Hugging Face Hub on disk: Parquet, or Arrow of `save_to_disk`.

A recording or picture is a cell `{bytes, path}`. The features of the columns, such as
the names of a label's numbers, stand as JSON in the metadata of each file's schema,
under `huggingface`. The splits are named by files (`train-00000-of-00001.parquet`) or
folders (`train/data-00000-of-00001.arrow`).

Reference: https://huggingface.co/docs/datasets
"""

import dataclasses
import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_tools.unpacking.unpacked_folder import Unpacked
from pathnet_tf.data.split_table import SPLITS
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.media_files import ending_of, files_below

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = frozenset({".parquet", ".arrow"})
REMEDY = (
    "get a dataset of the Hugging Face Hub, for example with huggingface-cli download, "
    "and give the folder with its Parquet files, or Arrow files of save_to_disk"
)
INSTALL = "install what reads it with: pip install 'pathnet_tf[huggingface]'"
UNKNOWN_SPEAKER = "unknown_speaker"
"""Stands for all the people in the recordings where nobody knows who they are. In a
table, `unknown` would be a missing value."""

_NAMES = {
    "speaker": ("speaker", "speaker_id", "spk", "spk_id", "actor", "actor_id"),
    "emotion": ("emotion", "label", "labels", "emotion_label", "class"),
    "sex": ("sex", "gender"),
    "age": ("age",),
}
_ROWS_AT_ONCE = 32


@dataclasses.dataclass(frozen=True)
class Columns:
    """The columns that hold what is wanted; an empty name is looked for.

    Attributes:
      media: Recordings or pictures.
      speaker: Who speaks or is seen.
      emotion: The label.
      sentence: Name of the sentence, the same for all speakers; is not looked for.
      is_speaker_unknown: Whether nobody knows who speaks, so that there is no column.
      flag: How the flags begin that set all this, for error messages.
    """

    media: str = ""
    speaker: str = ""
    emotion: str = ""
    sentence: str = ""
    is_speaker_unknown: bool = False
    flag: str = "--"

    def flag_of(self, what: str, value: str = "COLUMN") -> str:
        """Writes the flag that names the column of something."""
        return f"{self.flag}{what}_column={value}"


def unpack(folder: Path, columns: Columns) -> Iterator[Unpacked]:
    """Yields the recordings or pictures of a dataset.

    Args:
      folder: Holds the files of the dataset, directly or further down.
      columns: What the columns are called.

    Raises:
      DataError: There are no such files, or they hold no recordings, or lack columns.
      UsageError: PyArrow is not installed, or a column that is named is not there.
    """
    try:
        import pyarrow as pa
    except ImportError as error:
        raise UsageError(f"PyArrow is not installed; {INSTALL}") from error
    files = [file for file in files_below(folder) if ending_of(file) in SUFFIXES]
    if not files:
        raise DataError(f"No recordings under {folder}; {REMEDY}")
    number = 0
    for file in files:
        split = _split(file.relative_to(folder))
        try:
            for cells in _rows(file, columns):
                yield _unpacked(cells, file, number, split)
                number += 1
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"{file} cannot be read ({error}); {REMEDY}") from error


def _rows(file: Path, columns: Columns) -> Iterator[dict[str, Any]]:
    """Yields the cells of each row, under the names of `Columns`, and as words."""
    schema, parts = _opened(file)
    features = _features(schema)
    chosen = _chosen(file, schema, features, columns)
    for batch in parts:
        for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
            part = batch.slice(start, _ROWS_AT_ONCE)
            cells = [part.column(name).to_pylist() for name in chosen.values()]
            for values in zip(*cells, strict=True):
                row = dict(zip(chosen, values, strict=True))
                for name, value in row.items():
                    if name != "media":
                        row[name] = _word(value, features.get(chosen[name]), file)
                if columns.is_speaker_unknown:
                    row["speaker"] = UNKNOWN_SPEAKER
                yield row


def _opened(file: Path) -> "tuple[pa.Schema, Iterator[pa.RecordBatch]]":
    """Opens a file: its schema, and its rows in parts."""
    import pyarrow as pa
    from pyarrow import parquet

    if file.suffix.lower() == ".parquet":
        opened = parquet.ParquetFile(file)
        return opened.schema_arrow, opened.iter_batches(batch_size=_ROWS_AT_ONCE)
    source = pa.memory_map(str(file))
    try:
        stream = pa.ipc.open_stream(source)
    except pa.ArrowInvalid:
        whole = pa.ipc.open_file(source)
        batches = (whole.get_batch(i) for i in range(whole.num_record_batches))
        return whole.schema, batches
    return stream.schema, iter(stream)


def _features(schema: "pa.Schema") -> dict[str, Any]:
    """Returns what the schema's metadata say of each column."""
    text = (schema.metadata or {}).get(b"huggingface", b"{}")
    try:
        features = json.loads(text)["info"]["features"]
    except (ValueError, LookupError, TypeError):
        return {}
    return features if isinstance(features, dict) else {}


def _chosen(
    file: Path, schema: "pa.Schema", features: Mapping[str, Any], columns: Columns
) -> dict[str, str]:
    """Returns the column of each thing, by its name in `Columns` and `Unpacked`."""
    import pyarrow as pa

    media = [
        field.name
        for field in schema
        if pa.types.is_struct(field.type) and field.type.get_field_index("bytes") >= 0
    ]
    found = {"media": media}
    for what, words in _NAMES.items():
        found[what] = [
            name for word in words for name in schema.names if name.lower() == word
        ]
    chosen = {}
    for what in ("media", "speaker", "emotion", "sentence", "sex", "age"):
        named = getattr(columns, what, "")
        if named and named not in schema.names:
            raise UsageError(
                f"{columns.flag_of(what, named)}: {file} has no such column. Columns: "
                f"{', '.join(schema.names)}"
            )
        if named and what == "media" and named not in media:
            raise UsageError(
                f"{columns.flag_of(what, named)}: its cells are not files, with bytes "
                "and path"
            )
        if named or found.get(what):
            chosen[what] = named or found[what][0]
    if len(media) > 1 and not columns.media:
        raise UsageError(
            f"{file} has files in {len(media)} columns, {', '.join(media)}; name one "
            f"with {columns.flag_of('media')}"
        )
    if columns.is_speaker_unknown:
        chosen.pop("speaker", None)
    _require(file, chosen, schema.names, columns)
    return chosen


def _require(
    file: Path, chosen: Collection[str], names: Collection[str], columns: Columns
) -> None:
    """Checks that the columns are there that every dataset needs."""
    for what in ("media", "emotion", "speaker"):
        if what in chosen or (what == "speaker" and columns.is_speaker_unknown):
            continue
        also = f", or say {columns.flag}unknown_speaker=true if nobody knows"
        raise DataError(
            f"{file}: no column is known to hold the {what}; name it with "
            f"{columns.flag_of(what)}{also if what == 'speaker' else ''}. Columns: "
            f"{', '.join(names)}"
        )


def _word(value: object, feature: object, file: Path) -> str:
    """Writes a cell as text, and the number of a class as its name; empty if none."""
    names = feature.get("names") if isinstance(feature, dict) else None
    if isinstance(names, list) and isinstance(value, int):
        # The datasets write -1 where there is no label.
        if value == -1:
            return ""
        if not 0 <= value < len(names):
            raise DataError(f"{file} has the label {value}, but {len(names)} names")
        return str(names[value])
    return "" if value is None else " ".join(str(value).split())


def _unpacked(
    cells: Mapping[str, Any], file: Path, number: int, split: str
) -> Unpacked:
    """Makes a file of the cells of a row."""
    media = cells["media"] or {}
    content = media.get("bytes")
    path = Path(str(media.get("path") or ""))
    # Whoever made the table must not choose among all files of this machine.
    is_inside = not path.is_absolute() and ".." not in path.parts
    if content is None and is_inside and (file.parent / path).is_file():
        content = (file.parent / path).read_bytes()
    if content is None:
        raise DataError(
            f"{file}: row {number + 1} has no bytes, and {path} is no file below "
            f"{file.parent}; save the dataset with its files in it"
        )
    name = re.sub(r"[^\w.-]+", "_", path.name)[-80:]
    facts = {name: text for name, text in cells.items() if name != "media"}
    return Unpacked(
        f"{split or 'all'}/{number:06d}{'-' if name else ''}{name}",
        content,
        split=split,
        **facts,
    )


def _split(file: Path) -> str:
    """Returns the split that a file belongs to; empty if its path names none."""
    for name in reversed(file.parts):
        for word in re.findall("[a-z]+", name.lower()):
            if word in SPLITS:
                return SPLITS[word]
    return ""
