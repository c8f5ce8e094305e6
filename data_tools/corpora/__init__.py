"""Readers of corpora, one file each, and the table that names them.

To add a corpus:

1. Write a file here that makes a `Corpus`: a `NamedCorpus` if the names of the files
   tell speaker and emotion (`urdu.py` is the shortest), else a `CorpusWithReader`,
   whose function returns a `Reading`.
2. Add it to the table below. The flag --corpus takes its names from there.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from data_tools.corpora import (
    aesdd,
    ased,
    cafe,
    casia,
    cremad,
    emodb,
    emouerj,
    emovdb,
    emovo,
    emozionalmente,
    enterface,
    esd,
    jl_corpus,
    manifest,
    nemo,
    oreau,
    polish,
    ravdess,
    savee,
    shemo,
    subesco,
    tess,
    turev,
    urdu,
)
from data_tools.corpora.clip import Clip, Reading, Remark
from data_tools.corpora.corpus import Corpus
from data_tools.corpora.published_counts import Published
from data_tools.corpora.recognition import recognized
from pathnet_tf.runtime.errors import DataError, UsageError

__all__ = ["CORPORA", "Clip", "Corpus", "CorpusSource", "Reading", "Remark"]

CORPORA = {
    corpus.name: corpus
    for corpus in (
        aesdd.CORPUS,
        ased.CORPUS,
        cafe.CORPUS,
        casia.CORPUS,
        cremad.CORPUS,
        emodb.CORPUS,
        emouerj.CORPUS,
        emovdb.CORPUS,
        emovo.CORPUS,
        emozionalmente.CORPUS,
        enterface.CORPUS,
        esd.ENGLISH,
        esd.MANDARIN,
        jl_corpus.CORPUS,
        nemo.CORPUS,
        oreau.CORPUS,
        polish.CORPUS,
        ravdess.SPEECH,
        ravdess.SONGS,
        savee.CORPUS,
        shemo.CORPUS,
        subesco.CORPUS,
        tess.CORPUS,
        turev.CORPUS,
        urdu.CORPUS,
    )
}


@dataclasses.dataclass(frozen=True)
class CorpusSource:
    """Where clips come from: a corpus folder, or a table of the user's own clips.

    Attributes:
      corpus: A key of `CORPORA`, or empty for a table.
      path: Folder of the corpus, or file of the table.
      corpus_name: Name for the corpus of a table; empty takes the table's file name.
      emotion_map: What words or emotions are to become, see `emotions.emotion_of`.
      enterface_subjects: A key of `enterface.SUBJECTS`.
      modality: `speech` or `face`.

    Raises:
      UsageError: The corpus does not have the modality.
    """

    corpus: str
    path: Path
    corpus_name: str = ""
    emotion_map: Mapping[str, str] = dataclasses.field(default_factory=dict)
    enterface_subjects: str = "no_s6"
    modality: str = "speech"

    def __post_init__(self) -> None:
        """Checks that the corpus has the modality."""
        has = CORPORA[self.corpus].modalities if self.corpus else (self.modality,)
        if self.modality not in has:
            noun = {"face": "faces are", "speech": "speech is"}[self.modality]
            known = [
                name for name, one in CORPORA.items() if self.modality in one.modalities
            ]
            raise UsageError(
                f"--corpus={self.corpus} is read for {has[0]} only; {noun} read from "
                f"{', '.join(known)}, and from the files of a --manifest"
            )

    @property
    def name(self) -> str:
        """Name of the corpus."""
        return self.corpus or self.corpus_name or self.path.stem

    def read(self) -> Reading:
        """Reads the folder or the table.

        Raises:
          DataError: The folder or table is missing, empty or cannot be understood.
        """
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
        return reading.renamed(self.emotion_map)

    @property
    def published(self) -> Published | None:
        """The counts of the published corpus; None for a table."""
        if not self.corpus:
            return None
        counts = CORPORA[self.corpus].counts(**self._options)
        return counts.renamed(self.emotion_map) if counts.num_clips else None

    @property
    def caution(self) -> str:
        """What scores on the corpus cannot show; empty for a table."""
        return CORPORA[self.corpus].caution if self.corpus else ""

    def _other_corpus(self) -> str:
        """Describes which other corpus the folder looks like; empty if none."""
        found = recognized(self.path, CORPORA.values(), first=self.corpus)
        return "" if found is None or found.corpus.name == self.corpus else str(found)

    @property
    def _options(self) -> dict[str, str]:
        known = {"modality": self.modality, "subjects": self.enterface_subjects}
        return {name: known[name] for name in CORPORA[self.corpus].options}
