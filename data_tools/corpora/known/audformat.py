"""Databases in audformat: a folder with `db.yaml`, tables and recordings.

The header `db.yaml` names the tables, the schemes of their columns, and the splits. A
table is `db.TABLE.csv` or `db.TABLE.parquet`: files, or stretches of files, with a
value for each column. A misc table says something of other things than files, such as
the sex of speakers. The header and the tables are read here and not by the package
audformat, which would run what a header or a pickled table says.

Reference: https://audeering.github.io/audformat/data-format.html
"""

import csv
import dataclasses
import math
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from data_tools.corpora.clip import (
    Clip,
    Reading,
    Remark,
    make_reading,
    notes_on_own_labels,
    relative_source,
    require_folder,
)
from data_tools.corpora.corpus import CorpusWithReader
from data_tools.corpora.named_corpus import SEXES
from pathnet_tf.data.dataset_card import MODALITIES
from pathnet_tf.data.emotions import emotion_of, require_used
from pathnet_tf.data.missing_values import is_missing
from pathnet_tf.data.split_table import SPLITS
from pathnet_tf.runtime.errors import DataError, UsageError

HEADER = "db.yaml"
INSTALL = "install what reads it with: pip install 'pathnet_tf[audformat]'"
REMEDY = (
    "get an audformat database, for example with audb.load_to, and give the folder "
    f"that holds {HEADER}"
)

_SEX = ("gender", "sex")
_SENTENCE = ("transcription", "sentence")
_TIME = re.compile(r"(?:(\d+) days? )?(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_Row = dict[str, Any]
# File, start and end, as in the table.
_Stretch = tuple[str, float, float | None]


class _RowError(ValueError):
    """A row of a table cannot be used; the message says why."""


def read(
    folder: Path,
    *,
    corpus_name: str,
    emotion_map: Mapping[str, str],
    table: str = "",
    scheme: str = "emotion",
    column: str = "",
    speaker: str = "speaker",
) -> Reading:
    """Reads a database.

    Args:
      folder: Holds `db.yaml`.
      corpus_name: Name for the corpus.
      emotion_map: What words or emotions are to become, see `emotion_of`.
      table: The tables to read, with commas between them; empty takes all that have a
        column of the scheme. Tables may repeat files, but not contradict each other.
      scheme: Of the columns that hold the emotion.
      column: The column that holds it; empty takes the one of the scheme.
      speaker: Scheme of the columns that hold the speaker, in these or other tables.

    Returns:
      The clips. Rows without a label or a speaker are left out. The split is that of a
      clip's table.

    Raises:
      DataError: The folder does not exist, is no database, lacks the schemes, or has
        tables that contradict each other, or words that are no emotions.
      UsageError: What reads the database is not installed; or a table, a column or a
        word is named that is not there.
    """
    require_folder(folder, remedy=REMEDY)
    database = _Database.read(folder)
    chosen = _chosen(database, table, scheme, column)
    speakers = _by_stretch(database, speaker)
    if not speakers:
        raise DataError(
            f"{folder / HEADER} has no column with the scheme {speaker!r}; name the "
            "scheme of speakers with --corpus_option=speaker=SCHEME. Schemes: "
            f"{_listed(database.schemes)}"
        )
    facts = database.facts(speaker)
    sentences = {
        stretch: sentence
        for one in _SENTENCE
        if database.schemes.get(one, {}).get("labels")
        for stretch, sentence in _by_stretch(database, one).items()
    }
    labels: dict[_Stretch, _Label] = {}
    problems, left_out = [], []
    for name, its_column in chosen.items():
        split = database.split_of(name)
        for source, row in database.rows(name):
            try:
                stretch = _stretch(row)
            except _RowError as error:
                problems.append(Remark(source, str(error)))
                continue
            word = database.word(scheme, row[its_column])
            if not word:
                left_out.append(Remark(source, "has no label"))
                continue
            new = _Label(word, split, name, source)
            labels[stretch] = new.beside(labels.get(stretch), stretch[0])
    emotions = _emotions({one.word for one in labels.values()}, emotion_map, folder)
    is_split = {"train", "test"} <= {label.split for label in labels.values()}
    clips = []
    for stretch, label in labels.items():
        person = _find(speakers, stretch)
        if not person or is_missing(person):
            left_out.append(Remark(label.source, "nobody knows who speaks"))
        elif "/" in person:
            reason = f"its speaker must hold no slash, but is {person!r}"
            problems.append(Remark(label.source, reason))
        else:
            file, start_s, end_s = stretch
            path = Path(os.path.normpath(folder / file))
            is_whole = start_s == 0 and end_s is None
            end = "" if end_s is None else repr(end_s)
            mark = "" if is_whole else f"#{start_s!r}-{end}"
            clips.append(
                Clip(
                    key=f"{corpus_name}/{person}/{relative_source(path, folder)}{mark}",
                    corpus=corpus_name,
                    speaker=person,
                    emotion=emotions[label.word],
                    path=path,
                    start_s=start_s,
                    end_s=end_s,
                    split=label.split if is_split else "",
                    sentence=_find(sentences, stretch),
                    **facts.get(person, {}),
                )
            )
    return make_reading(
        folder,
        clips,
        problems=problems,
        left_out=left_out,
        notes=notes_on_own_labels(HEADER, clips, emotion_map),
        remedy=REMEDY,
        are_stems_unique=False,
    )


@dataclasses.dataclass(frozen=True)
class _Label:
    """What a table says of a stretch, and which row of which table says so."""

    word: str
    split: str
    table: str
    source: str

    def beside(self, other: "_Label | None", file: str) -> "_Label":
        """Joins what two tables say; raises `DataError` if they contradict."""
        if other is None:
            return self
        splits = {self.split, other.split} - {""}
        if self.word != other.word or len(splits) > 1:
            what = "splits" if self.word == other.word else "emotions"
            raise DataError(
                f"tables {other.table} and {self.table} say different {what} of "
                f"{file}; choose some with --corpus_option=table=TABLE,TABLE"
            )
        return dataclasses.replace(other, split=max(splits, default=""))


@dataclasses.dataclass(frozen=True)
class _Database:
    """The header of a database.

    Attributes:
      folder: Its folder.
      header: What `db.yaml` holds.
    """

    folder: Path
    header: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> "_Database":
        """Reads the header of the database in a folder."""
        file = folder / HEADER
        try:
            from yaml import YAMLError, safe_load
        except ImportError as error:
            raise UsageError(f"PyYAML is not installed; {INSTALL}") from error
        try:
            header = safe_load(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise DataError(
                f"No recordings under {folder}; {REMEDY} ({error.strerror})"
            ) from error
        except (YAMLError, ValueError, RecursionError) as error:
            told = " ".join(str(error).split())
            raise DataError(f"{file} is no YAML ({told}); {REMEDY}") from error
        database = cls(folder, header if isinstance(header, dict) else {})
        if not database.tables:
            raise DataError(f"{file} names no tables; {REMEDY}")
        return database

    @property
    def tables(self) -> dict[str, dict[str, Any]]:
        """What the header says of each table of files."""
        return self._part("tables")

    @property
    def schemes(self) -> dict[str, dict[str, Any]]:
        """What the header says of each scheme."""
        return self._part("schemes")

    def _part(self, name: str) -> dict[str, dict[str, Any]]:
        part = self.header.get(name)
        if not isinstance(part, dict):
            return {}
        return {str(key): value or {} for key, value in part.items()}

    def columns(self, table: str, scheme: str) -> list[str]:
        """Returns the columns of a table that have a scheme."""
        columns = (self.tables[table].get("columns") or {}).items()
        return [str(name) for name, one in columns if one.get("scheme_id") == scheme]

    def split_of(self, table: str) -> str:
        """Returns the split of a table: train, test or empty."""
        split = self._part("splits").get(str(self.tables[table].get("split_id")), {})
        return SPLITS.get(str(split.get("type")), "")

    def word(self, scheme: str, value: object) -> str:
        """Returns what a label means, which may be a number; empty if there is none."""
        labels = self.schemes[scheme].get("labels")
        text = _text(value)
        if not isinstance(labels, dict):
            return text
        # In CSV, numbers are text too.
        meaning = {str(label): means for label, means in labels.items()}.get(text)
        return meaning if isinstance(meaning, str) else text

    def facts(self, speaker: str) -> dict[str, dict[str, str]]:
        """Returns sex and age of each speaker, as far as they are known."""
        labels = self.schemes.get(speaker, {}).get("labels")
        if isinstance(labels, dict):
            known: Iterable[tuple[object, object]] = labels.items()
        elif isinstance(labels, str) and labels in self._part("misc_tables"):
            rows = [row for _, row in self.rows(labels)]
            known = [(next(iter(row.values())), row) for row in rows]
        else:
            return {}
        return {
            _text(name): {
                "sex": _sex(of),
                "age": _text(of.get("age")),
            }
            for name, of in known
            if isinstance(of, dict)
        }

    def rows(self, table: str) -> Iterator[tuple[str, _Row]]:
        """Yields the rows of a table, each with its name for remarks."""
        base = self.folder / f"db.{table}"
        if os.path.isfile(f"{base}.csv"):
            file, rows = Path(f"{base}.csv"), _csv_rows(Path(f"{base}.csv"))
        elif os.path.isfile(f"{base}.parquet"):
            file, rows = Path(f"{base}.parquet"), _parquet_rows(Path(f"{base}.parquet"))
        elif os.path.isfile(f"{base}.pkl"):
            raise DataError(
                f"{base}.pkl is a pickle, which could run anything, and there is no "
                "other file of its table; save the database as CSV: "
                "audformat.Database.load(DIR).save(DIR, storage_format='csv')"
            )
        else:
            raise DataError(
                f"{base}.csv is missing, as is {base.name}.parquet; {REMEDY}"
            )
        part = self.tables if table in self.tables else self._part("misc_tables")
        columns = [str(name) for name in part[table].get("columns") or ()]
        for number, row in enumerate(rows, start=1):
            if missing := [name for name in columns if name not in row]:
                raise DataError(f"{file} has no column {missing[0]}, unlike {HEADER}")
            yield f"{file.name} row {number}", row


def _sex(facts: Mapping[str, object]) -> str:
    """Returns the sex of a speaker; empty if it is unknown."""
    words = (_text(facts.get(name)).lower() for name in _SEX)
    return next((SEXES[word] for word in words if word in SEXES), "")


def _chosen(
    database: _Database, table: str, scheme: str, column: str
) -> dict[str, str]:
    """Returns the tables to read, each with the column that holds the emotion."""
    header = database.folder / HEADER
    if scheme not in database.schemes:
        raise DataError(
            f"{header} has no scheme {scheme!r}; name one with "
            f"--corpus_option=scheme=SCHEME. Schemes: {_listed(database.schemes)}"
        )
    tables = table.split(",") if table else list(database.tables)
    if unknown := [name for name in tables if name not in database.tables]:
        raise UsageError(
            f"--corpus_option=table={table}: {header} has no table {unknown[0]}. "
            f"Tables: {_listed(database.tables)}"
        )
    chosen = {}
    for name in tables:
        columns = database.columns(name, scheme)
        if column:
            columns = [one for one in columns if one == column]
        elif scheme in columns:
            columns = [scheme]
        if len(columns) > 1:
            raise DataError(
                f"table {name} of {header} has {len(columns)} columns with the scheme "
                f"{scheme}; name one with --corpus_option=column=COLUMN. Columns: "
                f"{_listed(columns)}"
            )
        if columns:
            chosen[name] = columns[0]
        elif table:
            raise UsageError(
                f"--corpus_option=table={table}: {name} has no column "
                f"{column or scheme} of the scheme {scheme}. Columns: "
                f"{_listed(database.tables[name].get('columns') or ())}"
            )
    if not chosen:
        raise DataError(
            f"{header} has no table with a column {column or scheme} of the scheme "
            f"{scheme}. Tables: {_listed(database.tables)}"
        )
    return chosen


def _by_stretch(database: _Database, scheme: str) -> dict[_Stretch, str]:
    """Returns what the columns of a scheme say of each file or stretch."""
    found: dict[_Stretch, str] = {}
    for table in database.tables:
        columns = database.columns(table, scheme)
        for _, row in database.rows(table) if columns else ():
            try:
                stretch = _stretch(row)
            except _RowError:
                # A table of labels tells of its own bad rows; others matter only if
                # a label needs them.
                continue
            if value := _text(row[columns[0]]):
                found.setdefault(stretch, value)
    return found


def _find(known: Mapping[_Stretch, str], stretch: _Stretch) -> str:
    """Returns what is known of a stretch, or of its whole file; empty if nothing."""
    return known.get(stretch) or known.get((stretch[0], 0.0, None), "")


def _stretch(row: _Row) -> _Stretch:
    """Returns the file of a row, and where in it the row starts and ends."""
    file = _text(row.get("file"))
    if not file:
        raise _RowError("names no file")
    return file, _seconds(row.get("start")) or 0.0, _seconds(row.get("end"))


def _seconds(value: object) -> float | None:
    """Reads a time, in seconds or as audformat writes it; None if there is none."""
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if not (text := _text(value)):
        return None
    match = _TIME.fullmatch(text)
    if match is None:
        raise _RowError(f"start or end is {text!r}, none such as 0 days 00:00:01.5")
    days, hours, minutes, seconds = match.groups(default="0")
    return 60 * (60 * (24 * int(days) + int(hours)) + int(minutes)) + float(seconds)


def _text(value: object) -> str:
    """Writes a cell as text; empty if there is no value."""
    is_missing = value is None or value != value  # Only NaN differs from itself.
    text = "" if is_missing else str(value)
    return "" if text in ("NaT", "<NA>") else text


def _csv_rows(file: Path) -> Iterator[_Row]:
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                yield {name: value or "" for name, value in row.items() if name}
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror})") from error
    except (ValueError, csv.Error) as error:
        raise DataError(f"{file} cannot be read as CSV ({error})") from error


def _parquet_rows(file: Path) -> Iterator[_Row]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError(f"{file} needs PyArrow; {INSTALL}") from error
    try:
        table = parquet.read_table(file)
        for place, field in enumerate(table.schema):
            if pa.types.is_duration(field.type):
                # Of its own accord PyArrow would want pandas for nanoseconds.
                units = {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}[field.type.unit]
                whole = table.column(place).cast(pa.int64()).to_pylist()
                seconds = [None if one is None else one / units for one in whole]
                values = pa.array(seconds, pa.float64())
                table = table.set_column(place, field.name, values)
        yield from table.to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(f"{file} cannot be read as Parquet ({error})") from error


def _emotions(
    words: Collection[str], emotion_map: Mapping[str, str], folder: Path
) -> dict[str, str]:
    """Returns the label that each word stands for; names all wrong words at once."""
    require_used(emotion_map, words)
    emotions, faults = {}, []
    for word in sorted(words):
        try:
            emotions[word] = emotion_of(word, emotion_map)
        except ValueError as error:
            faults.append(f"{word!r}, {error}")
    if faults:
        raise DataError(
            f"{folder} has labels that are no emotions: {'; '.join(faults)}"
        )
    return emotions


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


CORPUS = CorpusWithReader(
    name="audformat",
    title="a database in audformat",
    language="",
    licence="as the database says",
    remedy=REMEDY,
    example="db.yaml",
    emotions={},
    pattern=r"(?!)",
    modalities=MODALITIES,
    reader=read,
    is_format=True,
    given=("corpus_name", "emotion_map"),
    options={
        "table": "the tables to read, TABLE,TABLE, if not all",
        "scheme": "the scheme of emotions, if not emotion",
        "column": "the column of emotions, where a table has several",
        "speaker": "the scheme of speakers, if not speaker",
    },
)
