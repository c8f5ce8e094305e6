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
from data_tools.corpora.label_files import rows_of
from data_tools.corpora.named_corpus import PeopleTable, Person
from data_tools.corpora.published_counts import Published
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
TABLE = "metadata/samples.csv"

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
    labels, problems = _labels(folder / TABLE) if paths else ({}, [])
    people = _PEOPLE.read(folder)
    clips = []
    for path in paths:
        cells = labels.get(path.name)
        source = relative_source(path, folder)
        if cells is None:
            problems.append(Remark(source, f"no label: {TABLE} does not name it"))
        elif cells["emotion_expressed"].lower() not in EMOTIONS:
            reason = f"no label: its emotion is {cells['emotion_expressed']!r}"
            problems.append(Remark(source, reason))
        else:
            speaker = cells["actor"].replace("/", "_")
            person = people.get(cells["actor"], Person())
            clips.append(
                Clip(
                    key=f"emozionalmente/{speaker}/{path.name}",
                    corpus="emozionalmente",
                    speaker=speaker,
                    emotion=EMOTIONS[cells["emotion_expressed"].lower()],
                    path=path,
                    sentence=cells["sentence"],
                    sex=person.sex,
                    age=person.age,
                )
            )
    recorded = {path.name for path in paths}
    problems += [
        Remark(f"audio/{name}", f"is in {TABLE}, but there is no such file")
        for name in labels
        if name not in recorded
    ]
    return make_reading(folder, clips, problems=problems, remedy=REMEDY)


def _labels(table: Path) -> tuple[dict[str, dict[str, str]], list[Remark]]:
    """Returns the row of each file, and the rows that name none, or one once more."""
    labels: dict[str, dict[str, str]] = {}
    problems = []
    for row, cells in rows_of(table, required=_COLUMNS, remedy=REMEDY):
        name = cells["file_name"]
        if not name:
            problems.append(Remark(row, "names no file"))
        elif name in labels:
            problems.append(Remark(row, f"names {name}, as a row before it does"))
        else:
            labels[name] = cells
    return labels, problems


CORPUS = CorpusWithReader(
    name="emozionalmente",
    title="Emozionalmente",
    language="Italian",
    licence="CC BY 4.0",
    remedy=REMEDY,
    example="audio/1.wav",
    emotions=EMOTIONS,
    published=Published(
        num_speakers=431, clips_per_emotion=dict.fromkeys(EMOTIONS.values(), 986)
    ),
    # The names of its files tell nothing.
    pattern=r"(?!)",
    reader=read,
    num_sentences=18,
)
