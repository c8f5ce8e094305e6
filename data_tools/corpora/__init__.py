"""Readers of corpora, one file each, and the table that names them.

To add a corpus:

1. Write a file here with `read(folder)`, which returns a `Reading`, and the counts of
   the published corpus, a `Published`. `emodb.py` is the shortest example.
2. Add an entry to `CORPORA` below. The flag --corpus takes its names from there.
"""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

from data_tools.corpora import emodb, enterface, manifest, ravdess, savee
from data_tools.corpora.clip import Clip, Reading, Remark
from data_tools.corpora.published_counts import Published
from pathnet_tf.data.dataset_card import MODALITIES
from pathnet_tf.runtime.errors import UsageError

__all__ = ["CORPORA", "Clip", "Corpus", "CorpusSource", "Reading", "Remark"]


@dataclasses.dataclass(frozen=True)
class Corpus:
    """How to read a corpus, and the counts it was published with.

    Attributes:
      read: Reads the corpus. Called with its folder, and with the options of the corpus
        as keywords: `modality` if there are several, `subjects` for eNTERFACE'05.
      published: Returns the published counts. Called with the same options except
        `modality`.
      modalities: The modalities that can be read from the corpus.
    """

    read: Callable[..., Reading]
    published: Callable[..., Published]
    modalities: tuple[str, ...] = ("speech",)


CORPORA = {
    "emodb": Corpus(emodb.read, lambda: emodb.PUBLISHED),
    "enterface": Corpus(enterface.read, enterface.published, MODALITIES),
    "ravdess": Corpus(ravdess.read, lambda: ravdess.PUBLISHED),
    "savee": Corpus(savee.read, lambda: savee.PUBLISHED, MODALITIES),
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
        if self.corpus and self.modality not in CORPORA[self.corpus].modalities:
            known = [name for name, one in CORPORA.items() if "face" in one.modalities]
            raise UsageError(
                f"--corpus={self.corpus} is read for speech only; faces are read from "
                f"{' and '.join(known)}, and from the files of a --manifest"
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
        options = self._options
        if len(CORPORA[self.corpus].modalities) > 1:
            options |= {"modality": self.modality}
        return CORPORA[self.corpus].read(self.path, **options).renamed(self.emotion_map)

    @property
    def published(self) -> Published | None:
        """The counts of the published corpus; None for a table."""
        if not self.corpus:
            return None
        return CORPORA[self.corpus].published(**self._options)

    @property
    def _options(self) -> dict[str, str]:
        is_enterface = self.corpus == "enterface"
        return {"subjects": self.enterface_subjects} if is_enterface else {}
