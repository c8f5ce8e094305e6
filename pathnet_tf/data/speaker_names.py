"""Names of speakers: which of them may be one person, spelled in two ways."""

import re
import unicodedata
from collections.abc import Iterable

from pathnet_tf.data.missing_values import is_missing

_DECIMAL_ZEROS = re.compile(r"(?<=\d)[.,]0+$")
_LEADING_ZEROS = re.compile(r"(?<![\d.,])0+(?=\d)")
_MOST_GROUPS = 6
_SEPARATORS = re.compile(r"[\s_-]+")


def lookalikes(names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Groups names that are probably one person's.

    Args:
      names: Names of speakers, which may repeat.

    Returns:
      Groups of at least two names that differ only in upper and lower case, leading
      zeros (03 and 3), decimals that a program added (1 and 1.0), blanks, underscores
      and hyphens, characters that nobody sees, or the form of a character in Unicode.
      The names in a group are sorted, and so are the groups.
    """
    groups: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        groups.setdefault(_plain(name), []).append(name)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def speaker_warnings(names: Iterable[str]) -> list[str]:
    """Returns lines on lookalikes, and on names that stand for nobody.

    Args:
      names: Names of speakers, or corpus/speaker, which may repeat.
    """
    names = sorted(set(names))
    groups = lookalikes(names)
    lines = [
        f"Warning: are these one speaker? {spellings(group)}"
        for group in groups[:_MOST_GROUPS]
    ]
    if rest := groups[_MOST_GROUPS:]:
        lines.append(f"Warning: {len(rest)} more groups of speakers are as much alike")
    if nobody := [name for name in names if is_missing(name.rpartition("/")[2])]:
        lines.append(
            f"Warning: {spellings(nobody)} may be several people, or nobody; name them"
        )
    return lines


def spellings(names: Iterable[str]) -> str:
    """Lists names, escaped where nobody could see how they differ.

    Args:
      names: Names of speakers.
    """
    names = list(names)
    seen = {" ".join(unicodedata.normalize("NFC", name).split()) for name in names}
    are_plain = len(seen) == len(names) and all(map(str.isprintable, names))
    return ", ".join(names if are_plain else map(ascii, names))


def _plain(name: str) -> str:
    """Writes a name in the one way that its lookalikes share."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    plain = unicodedata.normalize("NFKC", plain)
    plain = "".join(one for one in plain if unicodedata.category(one) != "Cf")
    plain = _SEPARATORS.sub(" ", plain).strip()
    plain = _LEADING_ZEROS.sub("", _DECIMAL_ZEROS.sub("", plain))
    # Speaker 1 and speaker1; but 1 1 is not 11.
    return re.sub(r"(?<=[^\W\d]) (?=\d)", "", plain)
