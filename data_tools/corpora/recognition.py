"""Tells which corpus a user means by a word, or has in a folder."""

import dataclasses
import difflib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from data_tools.corpora.clip import media_files
from data_tools.corpora.corpus import Corpus
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.media_files import PICTURES, SOUNDS, VIDEOS


@dataclasses.dataclass(frozen=True)
class Recognized:
    """A corpus that a folder looks like.

    Attributes:
      folder: The folder.
      corpus: The corpus.
      files: The files that are named as those of the corpus, from the folder's name on.
    """

    folder: Path
    corpus: Corpus
    files: tuple[Path, ...]

    def __str__(self) -> str:
        """Says how to read the folder."""
        example = Path(*self.files[0].parts[1:])
        return (
            f"{self.folder} looks like {self.corpus.title}: {len(self.files):,} files "
            f"such as {example}; use --corpus={self.corpus.name}"
        )


def corpus_named(word: str, corpora: Iterable[Corpus]) -> Corpus:
    """Returns the corpus that a word stands for.

    Args:
      word: Name, title or another name of a corpus, in any case, with or without
        spaces and hyphens.
      corpora: All known corpora.

    Raises:
      UsageError: There is no such corpus; the message names the nearest one.
    """
    known = {
        _plain(name): corpus
        for corpus in corpora
        for name in (*corpus.other_names, corpus.title, corpus.name)
    }
    if _plain(word) in known:
        return known[_plain(word)]
    near = [name for name in known if name.startswith(_plain(word))]
    near = near or difflib.get_close_matches(_plain(word), known, n=1, cutoff=0.6)
    names = " or ".join(sorted({known[name].name for name in near}))
    guess = f"did you mean {names}? " if names else ""
    raise UsageError(
        f"--corpus={word} is no corpus known here; {guess}python -m "
        "data_tools.check_corpus --list names all, and --manifest takes a table of any"
    )


def recognized(
    folder: Path, corpora: Iterable[Corpus], *, first: str = ""
) -> Recognized | None:
    """Finds the corpus that more than half of a folder's files are named after.

    Args:
      folder: Any folder; it need not exist.
      corpora: All known corpora.
      first: Name of the corpus that is taken where several are as likely.
    """
    candidates = sorted(corpora, key=lambda corpus: corpus.name != first)
    paths = media_files(folder, SOUNDS | VIDEOS | PICTURES)
    # The folder's own name may be a part of the pattern.
    root = Path(Path(os.path.abspath(folder)).name)
    places = [root / path.relative_to(folder) for path in paths]
    found = max(
        (
            Recognized(folder, corpus, tuple(filter(corpus.match, places)))
            for corpus in candidates
        ),
        key=lambda one: len(one.files),
    )
    return found if 2 * len(found.files) > len(paths) else None


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
