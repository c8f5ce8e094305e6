"""Pairs the clips of two datasets that were cut from the same recordings."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

# corpus/speaker/path, the file's ending, and the stretch of a table: #1.0-2.5
_KEY = re.compile(r"(?P<path>.*?)(\.[^./#]+)?(?P<stretch>#[\d.e+-]+)?", re.DOTALL)


def pair_keys(speech: Sequence[str], face: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs keys that differ in the file's ending, or else in its folder too.

    Args:
      speech: Keys of one dataset, such as `savee/DC/sa03.wav`.
      face: Keys of the other one, such as `savee/DC/sa03.avi`.

    Returns:
      Indices into `speech` and `face`, in the order of `speech`. What could be paired
      in more than one way is not paired.
    """
    pairs: dict[int, int] = {}
    for name in (_without_ending, _without_folder):
        ours = _unique(speech, set(pairs), name)
        theirs = _unique(face, set(pairs.values()), name)
        pairs |= {ours[key]: theirs[key] for key in ours.keys() & theirs.keys()}
    return sorted(pairs.items())


def _unique(
    keys: Sequence[str], paired: set[int], name: Callable[[str], str]
) -> dict[str, int]:
    """Index of each name that one key alone has, of those not paired yet."""
    names = {i: name(key) for i, key in enumerate(keys) if i not in paired}
    count = Counter(names.values())
    return {name: i for i, name in names.items() if count[name] == 1}


def _without_ending(key: str) -> str:
    match = _KEY.fullmatch(key)
    assert match is not None  # Every part but the path may be missing.
    return match["path"] + (match["stretch"] or "")


def _without_folder(key: str) -> str:
    parts = _without_ending(key).split("/")
    return "/".join([*parts[:2], parts[-1]])
