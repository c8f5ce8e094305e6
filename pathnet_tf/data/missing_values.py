"""Words by which programs and people say that a value is missing."""

import re
import unicodedata

_WORDS = frozenset(
    {
        *("na", "n/a", "n.a", "n a", "nan", "1.#ind", "1.#qnan", "none", "null", "nil"),
        *("undef", "undefined", "unspecified", "unidentified", "missing", "no name"),
        *("unknown", "unkown", "unk", "unnamed", "anonymous", "anon", "not known"),
        *("not available", "not applicable", "tba", "tbd", "unbekannt", "inconnu"),
    }
)
_OF_SPREADSHEETS = frozenset(
    {"#n/a", "#null!", "#value!", "#ref!", "#name?", "#num!", "#div/0!"}
)
_AROUND = re.compile(r"^[\W_]+|[\W_]+$")
_BETWEEN = re.compile(r"[\s_-]+")


def is_missing(word: str) -> bool:
    """Whether a word of a table says that the value is missing: `nan`, `N/A`, `-`.

    `NA` counts as missing too, since R and pandas write it; a person of these initials
    needs another name.

    Args:
      word: The cell, in any case.
    """
    plain = unicodedata.normalize("NFKC", word).casefold().strip()
    core = _BETWEEN.sub(" ", _AROUND.sub("", plain))
    return not core or core in _WORDS or plain in _OF_SPREADSHEETS
