"""The corpora: one file each, and the dict that names them."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from data_tools.corpora import emodb, enterface, manifest, ravdess, savee
from data_tools.corpora.clip import Clip, Reading, Remark
from data_tools.corpora.published import Published

__all__ = ["CORPORA", "Clip", "Corpus", "CorpusSource", "Reading", "Remark"]


@dataclasses.dataclass(frozen=True)
class Corpus:
    """How to read a corpus, and the counts it was published with.

    Both take the options of the corpus as keywords.
    """

    read: Callable[..., Reading]
    published: Callable[..., Published]


CORPORA = {
    "emodb": Corpus(emodb.read, lambda: emodb.PUBLISHED),
    "enterface": Corpus(enterface.read, enterface.published),
    "ravdess": Corpus(ravdess.read, lambda: ravdess.PUBLISHED),
    "savee": Corpus(savee.read, lambda: savee.PUBLISHED),
}


@dataclasses.dataclass(frozen=True)
class CorpusSource:
    """Where clips come from: a corpus's folder, or a table of one's own.

    Attributes:
      corpus: A name in `CORPORA`, or empty for a table.
      path: The corpus's folder, or the table.
      corpus_name: Name of the corpus that a table makes; empty takes the table's.
      enterface_subjects: One of `enterface.SUBJECTS`.
    """

    corpus: str
    path: Path
    corpus_name: str = ""
    enterface_subjects: str = "no_s6"

    @property
    def name(self) -> str:
        """Name of the corpus."""
        return self.corpus or self.corpus_name or self.path.stem

    def read(self) -> Reading:
        """Reads the folder or the table.

        Raises:
          DataError: It is missing, empty or not understood.
        """
        if not self.corpus:
            return manifest.read(self.path, corpus_name=self.name)
        return CORPORA[self.corpus].read(self.path, **self._options)

    @property
    def published(self) -> Published | None:
        """Counts of the published corpus; None for a table."""
        if not self.corpus:
            return None
        return CORPORA[self.corpus].published(**self._options)

    @property
    def _options(self) -> dict[str, str]:
        is_enterface = self.corpus == "enterface"
        return {"subjects": self.enterface_subjects} if is_enterface else {}
