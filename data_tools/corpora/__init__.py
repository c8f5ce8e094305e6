"""What reads a corpus, or a table or folders of one's own; corpora are in `known`."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data_tools.corpora import clip_folders, manifest
from data_tools.corpora.clip import SYNTHESIZED_NOTICE, Clip, Reading, Remark
from data_tools.corpora.corpus import Corpus
from data_tools.corpora.known import CORPORA
from data_tools.corpora.published_counts import Published
from data_tools.corpora.recognition import recognized
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.file_names import escaped
from pathnet_tf.runtime.media_files import (
    DOCUMENTS,
    PICTURES,
    SOUNDS,
    VIDEOS,
    files_below,
    passed_over_line,
)

__all__ = ["CORPORA", "Clip", "Corpus", "CorpusSource", "Reading", "Remark"]


@dataclasses.dataclass(frozen=True)
class CorpusSource:
    """Where clips come from: a corpus, or a table or folders of the user's own clips.

    Attributes:
      corpus: A key of `CORPORA`, or empty for clips of the user's own.
      path: Folder of the corpus, file of the table, or folder of the folders.
      corpus_name: Name for the corpus of a table, of folders or of a folder in a
        format; empty takes the name of the file or folder.
      emotion_map: What words or emotions are to become, see `emotions.emotion_of`.
      modality: `speech` or `face`.
      options: Values for options of the corpus, see `Corpus.options`.
      are_folders: Whether clips of the user's own are told by folders, see
        `clip_folders`, and not by a table.
      has_people: Whether such folders name people.

    Raises:
      UsageError: The corpus does not have the modality or an option.
    """

    corpus: str
    path: Path
    corpus_name: str = ""
    emotion_map: Mapping[str, str] = dataclasses.field(default_factory=dict)
    modality: str = "speech"
    options: Mapping[str, str] = dataclasses.field(default_factory=dict)
    are_folders: bool = False
    has_people: bool = True

    def __post_init__(self) -> None:
        """Checks that the corpus has the modality and the options."""
        has = CORPORA[self.corpus].modalities if self.corpus else (self.modality,)
        if self.modality not in has:
            noun = {"face": "faces are", "speech": "speech is"}[self.modality]
            known = [
                name for name, one in CORPORA.items() if self.modality in one.modalities
            ]
            raise UsageError(
                f"--corpus={self.corpus} is read for {has[0]} only; {noun} read from "
                f"{', '.join(known)}, and from --clips or a --manifest"
            )
        own = CORPORA[self.corpus].options if self.corpus else {}
        if unknown := [name for name in self.options if name not in own]:
            raise UsageError(
                f"--corpus_option={unknown[0]}=...: {self.name} has "
                f"{'the options ' + ', '.join(own) if own else 'no options'}"
            )

    @property
    def name(self) -> str:
        """Name of the corpus."""
        if not (self.corpus or self.are_folders):
            return self.corpus_name or escaped(self.path.stem)
        if self.are_folders or CORPORA[self.corpus].is_format:
            return self.corpus_name or escaped(self.path.resolve().name)
        return self.corpus

    def read(self) -> Reading:
        """Reads the folder or the table.

        Raises:
          UsageError: The emotion map names a word that does not occur.
          DataError: The folder or table is missing, empty or cannot be understood.
        """
        if self.are_folders:
            reading = clip_folders.read(
                self.path,
                corpus_name=self.name,
                modality=self.modality,
                has_people=self.has_people,
                emotion_map=self.emotion_map,
            )
            return self._with_passed_over(reading)
        if not self.corpus:
            return manifest.read(
                self.path, corpus_name=self.name, emotion_map=self.emotion_map
            )
        try:
            reading = CORPORA[self.corpus].read(self.path, **self._options)
        except DataError as error:
            if other := self._other_corpus():
                raise DataError(other) from error
            raise
        has_hardly_any = len(reading.clips) <= len(reading.problems)
        if has_hardly_any and (other := self._other_corpus()):
            raise DataError(other)
        if "emotion_map" not in CORPORA[self.corpus].given:
            reading = reading.renamed(self.emotion_map)
        return self._with_passed_over(reading)

    def _with_passed_over(self, reading: Reading) -> Reading:
        """Says of which files nothing shows that they are no recordings."""
        files = [
            one for one in files_below(self.path) if one.name != SYNTHESIZED_NOTICE
        ]
        known = SOUNDS | VIDEOS | PICTURES | DOCUMENTS
        others = passed_over_line(self.path, files, known)
        return dataclasses.replace(reading, passed_over=others)

    @property
    def published(self) -> Published | None:
        """The counts of the published corpus; None for a table or a format."""
        if not self.corpus:
            return None
        counts = CORPORA[self.corpus].counts(**self._options)
        return counts.renamed(self.emotion_map) if counts.num_clips else None

    @property
    def are_faces_cut(self) -> bool:
        """Whether the pictures are known to be faces that are cut out already."""
        return bool(self.corpus) and CORPORA[self.corpus].are_faces_cut

    @property
    def caution(self) -> str:
        """What scores on the corpus cannot show; empty for a table."""
        if not self.has_people:
            return clip_folders.CAUTION
        return CORPORA[self.corpus].caution if self.corpus else ""

    def _other_corpus(self) -> str:
        """Describes which other corpus the folder looks like; empty if none."""
        if CORPORA[self.corpus].is_format:
            return ""
        found = recognized(self.path, CORPORA.values(), first=self.corpus)
        return "" if found is None or found.corpus.name == self.corpus else str(found)

    @property
    def _options(self) -> dict[str, Any]:
        given = {
            "modality": self.modality,
            "corpus_name": self.name,
            "emotion_map": self.emotion_map,
        }
        names = CORPORA[self.corpus].given
        return {name: given[name] for name in names} | dict(self.options)
