"""What is known of a corpus: how to get it, how to read it, what a whole copy holds."""

import abc
import dataclasses
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from data_tools.corpora.clip import Reading
from data_tools.corpora.published_counts import Published


@dataclasses.dataclass(frozen=True, kw_only=True)
class Corpus(abc.ABC):
    """The facts of a corpus. Subclasses say how it is read.

    Attributes:
      name: Value of --corpus. With it begins the key of every clip, or with the name of
        another corpus that has the same speakers.
      title: Name that its authors gave it.
      language: What is spoken; empty if nothing is heard.
      licence: On what terms it can be had.
      remedy: What to get and which folder to give, for the errors about a wrong folder.
      example: Path of a recording below the folder of the corpus.
      emotions: The emotion that each label of the corpus means. Labels that have no
        name in `pathnet_tf.data.emotions` stay labels of their own.
      published: The counts of a whole copy; empty if every copy has others.
      pattern: Regular expression for the end of a recording's path, with slashes and
        without the file's ending, in any case. Must not match recordings of others, as
        it also tells which corpus a folder holds.
      modalities: The modalities that can be read from the corpus.
      num_sentences: Sentences that all speakers share; 0 if they say different ones.
      split: The corpus' own split into train and test, in words; empty if it has none.
      caution: What its scores cannot show, whatever the method; empty if nothing stands
        in the way of folds by speaker.
      other_names: Words for the corpus that people use, beside name and title.
      given: Names of what is known of every corpus, and with which this one is read:
        some of `modality`, `corpus_name`, `emotion_map`.
      options: What --corpus_option may set, each with its help; also keywords with
        which the corpus is read.
      are_faces_cut: Whether its pictures are cut around the face, so that nobody need
        look for it.
      is_format: Whether it is a form in which many corpora come. --corpus_name names
        the one in the folder.
    """

    name: str
    title: str
    language: str
    licence: str
    remedy: str
    example: str
    emotions: Mapping[str, str]
    pattern: str
    published: Published = dataclasses.field(default_factory=Published)
    modalities: tuple[str, ...] = ("speech",)
    num_sentences: int = 0
    split: str = ""
    caution: str = ""
    other_names: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    options: Mapping[str, str] = dataclasses.field(default_factory=dict)
    are_faces_cut: bool = False
    is_format: bool = False

    @property
    def options_help(self) -> str:
        """What --corpus_option may set, in one line; empty if nothing."""
        return "; ".join(f"{name}: {text}" for name, text in self.options.items())

    @property
    def labels(self) -> tuple[str, ...]:
        """The emotions of a whole copy, sorted."""
        counted = {**self.published.clips_per_emotion, **self.published.clips_per_cell}
        return tuple(sorted(counted or set(self.emotions.values())))

    @abc.abstractmethod
    def read(self, folder: Path, **options: Any) -> Reading:
        """Reads the corpus.

        Args:
          folder: Folder of the corpus.
          **options: A value for some of `given` and `options`.

        Returns:
          The clips, and why other files are none.

        Raises:
          DataError: The folder does not exist, is empty, or holds two copies of a clip.
        """

    def counts(self, **options: Any) -> Published:
        """Returns the counts of a whole copy that is read with these options."""
        return self.published

    def match(self, path: Path) -> re.Match[str] | None:
        """Matches the path of a recording; None if it is none of this corpus."""
        stem = path.with_name(path.stem).as_posix()
        return re.search(rf"(?:^|/)(?:{self.pattern})$", stem, re.IGNORECASE)


@dataclasses.dataclass(frozen=True, kw_only=True)
class CorpusWithReader(Corpus):
    """A corpus that is read by a function of its own.

    Attributes:
      reader: Reads a folder, with `given` and `options` as keywords.
    """

    reader: Callable[..., Reading]

    def read(self, folder: Path, **options: Any) -> Reading:
        """Reads the corpus; see `Corpus.read`."""
        return self.reader(folder, **options)
