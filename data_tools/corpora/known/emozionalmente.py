"""Emozionalmente: Italian, 431 speakers, 18 sentences, tables in `metadata`.

Reference: Catania et al. 2025, "Emozionalmente: a crowdsourced corpus of simulated
emotional speech in Italian".
"""

from pathlib import Path

from data_tools.corpora.clip import (
    Clip,
    Reading,
    Remark,
    make_reading,
    media_files,
    relative_source,
    require_folder,
)
from data_tools.corpora.corpus import CorpusWithReader
from data_tools.corpora.named_corpus import PeopleTable, Person
from data_tools.corpora.published_counts import Published
from pathnet_tf.runtime.csv_table import read_rows
from pathnet_tf.runtime.media_files import SOUNDS

EMOTIONS = {
    "anger": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "joy": "happiness",
    "neutrality": "neutral",
    "sadness": "sadness",
    "surprise": "surprise",
}
REMEDY = (
    "get Emozionalmente (https://doi.org/10.5281/zenodo.6569824) and give the folder "
    "that holds audio and metadata"
)
_PEOPLE = PeopleTable("metadata/users.csv", "username", "gender", "age")
_COLUMNS = ("file_name", "actor", "sentence", "emotion_expressed")


def read(folder: Path) -> Reading:
    """Reads Emozionalmente.

    Args:
      folder: Holds `audio`, and `metadata` with `samples.csv` and `users.csv`.

    Returns:
      The clips. A recording that the table does not name, or gives an unknown emotion,
      is a problem, and so is a row without a recording.

    Raises:
      DataError: The folder or the table does not exist, or there are no recordings.
    """
    require_folder(folder, remedy=REMEDY)
    paths = media_files(folder, SOUNDS)
    rows = _rows(folder / "metadata/samples.csv") if paths else {}
    people = _PEOPLE.read(folder)
    clips, problems = [], []
    for path in paths:
        row = rows.pop(path.name, None)
        source = relative_source(path, folder)
        if row is None:
            reason = "no label: metadata/samples.csv does not name it"
            problems.append(Remark(source, reason))
        elif row["emotion_expressed"].lower() not in EMOTIONS:
            reason = f"no label: its emotion is {row['emotion_expressed']!r}"
            problems.append(Remark(source, reason))
        else:
            speaker = row["actor"].replace("/", "_")
            person = people.get(row["actor"], Person())
            clips.append(
                Clip(
                    key=f"emozionalmente/{speaker}/{path.name}",
                    corpus="emozionalmente",
                    speaker=speaker,
                    emotion=EMOTIONS[row["emotion_expressed"].lower()],
                    path=path,
                    sentence=row["sentence"],
                    sex=person.sex,
                    age=person.age,
                )
            )
    problems += [
        Remark(f"audio/{name}", "is in metadata/samples.csv, but there is no such file")
        for name in rows
    ]
    return make_reading(folder, clips, problems=problems, remedy=REMEDY)


def _rows(table: Path) -> dict[str, dict[str, str]]:
    """Returns the row of each file."""
    columns, rows = read_rows(table, required=_COLUMNS, optional=(), remedy=REMEDY)
    named = (
        dict(zip(columns, map(str.strip, cells), strict=False)) for _, cells in rows
    )
    return {row["file_name"]: row for row in named if len(row) == len(columns)}


CORPUS = CorpusWithReader(
    name="emozionalmente",
    title="Emozionalmente",
    language="Italian",
    licence="CC BY 4.0",
    remedy=REMEDY,
    example="audio/1.wav, named in metadata/samples.csv",
    emotions=EMOTIONS,
    published=Published(
        num_speakers=431, clips_per_emotion=dict.fromkeys(EMOTIONS.values(), 986)
    ),
    # The names of its files tell nothing.
    pattern=r"(?!)",
    reader=read,
    num_sentences=18,
)
