"""Tells from the file names of a corpus which sentence is spoken in a recording.

In SAVEE, three sentences of each fifteen are spoken in every emotion, but file names
number them by emotion. An overlap of these three sentences is therefore not found.
"""

import re
from collections.abc import Callable
from pathlib import PurePath

_EMODB = re.compile(r"\d\d([ab]\d\d)[WLEAFTN][a-z]?", re.IGNORECASE)
_RAVDESS = re.compile(r"(?:\d\d-){4}(\d\d)-\d\d-\d\d")
_SAVEE = re.compile(r"(?:(?:DC|JE|JK|KL)_)?(sa|su|[adfhn])0*(\d+)", re.IGNORECASE)
_ENTERFACE = re.compile(r"s_?\d+_([a-z]{2})_?(\d+)(?:avi)?", re.IGNORECASE)
_ENTERFACE_FOLDER = re.compile(r"sentence[ _-]*0*(\d+)", re.IGNORECASE)


def sentence_of(corpus: str, file: str) -> str:
    """Names the sentence of a recording.

    Args:
      corpus: One of `CORPORA`.
      file: Path of the recording, within the folders that the corpus comes in.

    Returns:
      The name of the sentence, which is the same for every speaker; empty if the path
      does not tell it.
    """
    return _RULES[corpus](PurePath(file))


def _emodb(path: PurePath) -> str:
    match = _EMODB.fullmatch(path.stem)
    return match[1].lower() if match else ""


def _ravdess(path: PurePath) -> str:
    match = _RAVDESS.fullmatch(path.stem)
    return f"statement {match[1]}" if match else ""


def _savee(path: PurePath) -> str:
    match = _SAVEE.fullmatch(path.stem)
    return f"{match[1].lower()}{int(match[2]):02d}" if match else ""


def _enterface(path: PurePath) -> str:
    """Trusts the folder, as some file names contradict it."""
    parts = path.parts
    if len(parts) > 2:
        match = _ENTERFACE_FOLDER.fullmatch(parts[-2].strip())
        if match:
            return f"{parts[-3].strip().lower()[:2]}{match[1]}"
    match = _ENTERFACE.fullmatch(path.stem)
    return f"{match[1].lower()}{int(match[2])}" if match else ""


_RULES: dict[str, Callable[[PurePath], str]] = {
    "emodb": _emodb,
    "enterface": _enterface,
    "ravdess": _ravdess,
    "savee": _savee,
}

CORPORA = tuple(_RULES)
"""Corpora whose names tell the sentence."""
