"""Corpora whose file names say who speaks, and with which emotion."""

import dataclasses
import os
import re
from collections.abc import Callable, Iterable, Mapping
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
from data_tools.corpora.corpus import Corpus
from data_tools.corpora.label_files import rows_of
from pathnet_tf.data.emotions import ALIASES
from pathnet_tf.runtime.media_files import SOUNDS, VIDEOS

SEXES = {
    **dict.fromkeys(("f", "female", "w", "woman"), "female"),
    **dict.fromkeys(("m", "male", "man"), "male"),
}
"""What stands for a sex in names and tables, in lower case."""


@dataclasses.dataclass(frozen=True)
class Person:
    """What is known of a speaker; sex and age are empty if unknown, see `Clip`."""

    sex: str = ""
    age: str = ""


def people(
    *, female: Iterable[str] = (), male: Iterable[str] = ()
) -> dict[str, Person]:
    """Returns the speakers of each sex, of unknown age."""
    return {
        **{speaker: Person("female") for speaker in female},
        **{speaker: Person("male") for speaker in male},
    }


@dataclasses.dataclass(frozen=True)
class PeopleTable:
    """A table that comes with a corpus and tells sex and age of its speakers.

    Attributes:
      file: Path of the table below the folder of the corpus.
      speaker: Name of the column of speakers.
      sex: Name of the column of sexes, which are among `SEXES` in any case.
      age: Name of the column of ages.
    """

    file: str
    speaker: str
    sex: str
    age: str

    def read(self, folder: Path) -> dict[str, Person]:
        """Reads the table.

        Args:
          folder: Folder of the corpus, or one in it.

        Returns:
          The speakers; nobody if the table is not there.

        Raises:
          DataError: The table lacks a column, or is none.
        """
        places = (folder / self.file, Path(os.path.abspath(folder)).parent / self.file)
        table = next((place for place in places if place.is_file()), None)
        if table is None:
            return {}
        names = [name.lower() for name in (self.speaker, self.sex, self.age)]
        remedy = "take the table as it comes with the corpus"
        found = {}
        for _, cells in rows_of(table, required=names, remedy=remedy):
            speaker, sex, age = (cells[name] for name in names)
            found[speaker] = Person(SEXES.get(sex.lower(), ""), age)
        return found


@dataclasses.dataclass(frozen=True, kw_only=True)
class NamedCorpus(Corpus):
    """A corpus whose files are read by their names, and by those of their folders.

    If both modalities can be read, `given` is `modality`, and sounds and videos have
    the same names.

    `pattern` has the groups `speaker` and `emotion`, which is one of `emotions` in any
    case, and may have these: `sentence`; `sex`, one of `SEXES`; `file`, the part of the
    path that is unique to a speaker, where the name of the file is not.

    Attributes:
      speaker_of: Names the speaker, where that is not the group as it stands.
      sentence_of: Names the sentence, where that is not the group as it stands.
      people: What is known of each speaker.
      people_table: A table in the folder of the corpus that tells the same.
      left_out: Returns why a recording is left out; empty if it is a clip.
    """

    speaker_of: Callable[[re.Match[str]], str] = lambda match: match["speaker"]
    sentence_of: Callable[[re.Match[str]], str] = lambda match: (
        match.groupdict().get("sentence") or ""
    )
    people: Mapping[str, Person] = dataclasses.field(default_factory=dict)
    people_table: PeopleTable | None = None
    left_out: Callable[[re.Match[str]], str] = lambda match: ""

    def match(self, path: Path) -> re.Match[str] | None:
        """Matches a path that also names a known emotion; see `Corpus.match`."""
        match = super().match(path)
        return match if match and self._emotion(match) else None

    def read(self, folder: Path, **options: str) -> Reading:
        """Reads the corpus; see `Corpus.read`."""
        require_folder(folder, remedy=self.remedy)
        known = self.people_table.read(folder) if self.people_table else self.people
        # The user may give the folder of a single speaker.
        root_name = Path(os.path.abspath(folder)).name
        clips, problems, left_out, notes = [], [], [], []
        is_face = options.get("modality") == "face"
        for path in media_files(folder, VIDEOS if is_face else SOUNDS):
            source = relative_source(path, folder)
            match = self.match(Path(root_name, source))
            if match is None:
                reason = f"no label: its name is none of {self.title}, such as "
                problems.append(Remark(source, reason + self.example))
            elif reason := self.left_out(match):
                left_out.append(Remark(source, reason))
            else:
                clip = self._clip(path, match, known)
                clips.append(clip)
                if contradiction := _contradiction(clip):
                    notes.append(Remark(source, contradiction))
        return make_reading(
            folder,
            clips,
            problems=problems,
            left_out=left_out,
            notes=notes,
            remedy=self.remedy,
        )

    def _clip(
        self, path: Path, match: re.Match[str], known: Mapping[str, Person]
    ) -> Clip:
        """Makes a clip of a recording whose path matches."""
        groups = match.groupdict()
        speaker = self.speaker_of(match)
        person = known.get(speaker, Person())
        file = f"{groups['file']}{path.suffix}" if groups.get("file") else path.name
        return Clip(
            key=f"{self.name}/{speaker}/{file}",
            corpus=self.name,
            speaker=speaker,
            emotion=self._emotion(match),
            path=path,
            sentence=self.sentence_of(match),
            sex=person.sex or SEXES.get((groups.get("sex") or "").lower(), ""),
            age=person.age,
        )

    def _emotion(self, match: re.Match[str]) -> str:
        """Returns the emotion that a name tells; empty if its label is unknown."""
        label = match["emotion"].casefold()
        return next(
            (one for word, one in self.emotions.items() if word.casefold() == label), ""
        )


def _contradiction(clip: Clip) -> str:
    """Returns how a clip's folder contradicts its name; empty if it does not."""
    word = clip.path.parent.name.lower()
    meant = next(
        (emotion for emotion, words in ALIASES.items() if word in (emotion, *words)), ""
    )
    if meant in ("", clip.emotion):
        return ""
    return f"its folder says {meant}; its name says {clip.emotion} and is used"
