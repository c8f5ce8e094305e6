"""Folders of the user's own clips, whose names tell person, emotion and split.

A file is EMOTION/file, PERSON/EMOTION/file or EMOTION/PERSON/file; folders train and
test may lie on top of these.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from data_tools.corpora.clip import (
    Clip,
    Reading,
    Remark,
    make_reading,
    media_files,
    relative_source,
    require_folder,
)
from pathnet_tf.data.emotions import EMOTIONS, emotion_of, is_known, require_used
from pathnet_tf.data.missing_values import is_missing
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.file_names import escaped
from pathnet_tf.runtime.media_files import PICTURES, SOUNDS, VIDEOS

KINDS = {"speech": SOUNDS | VIDEOS, "face": VIDEOS | PICTURES}
"""The endings of the files that are clips of a modality."""
NOBODY = "unknown_speaker"
"""Stands for all people where nobody knows them."""
CAUTION = (
    "nobody knows who is seen or heard: a source, and no target of folds by speaker"
)
REMEDY = (
    "give a folder that holds PERSON/EMOTION/file, or EMOTION/file and say --no_people"
)
_SPLITS = ("train", "test")


@dataclasses.dataclass(frozen=True)
class Place:
    """What the folders of a file tell.

    Attributes:
      path: The file.
      emotion: Name of the folder that tells the emotion, as it is.
      person: The other folders; empty if there are none.
      split: `train`, `test` or empty.
      fault: Why the file is no clip, and what to do; empty if it is one.
    """

    path: Path
    emotion: str
    person: str
    split: str
    fault: str


def places_in(
    folder: Path, paths: Sequence[Path], emotion_map: Mapping[str, str]
) -> list[Place]:
    """Tells what the folders of files say.

    The innermost folder names the emotion, or the outermost below train and test if
    more files have an emotion there.

    Args:
      folder: Holds all files, directly or further down.
      paths: The files.
      emotion_map: What words are to become, beside those known here; see `emotion_of`.

    Returns:
      The place of each file, in the same order.
    """
    below = [path.relative_to(folder).parts[:-1] for path in paths]
    splits = [_split_of(parts) for parts in below]
    below = [parts[bool(split) :] for parts, split in zip(below, splits, strict=True)]

    def num_labelled(level: int) -> int:
        return sum(is_known(parts[level], emotion_map) for parts in below if parts)

    is_outermost = num_labelled(0) > num_labelled(-1)
    places = []
    for path, parts, split in zip(paths, below, splits, strict=True):
        *people, emotion = parts[::-1] if is_outermost else parts or ("",)
        fault = ""
        if any(splits) and not split:
            fault = "lies beside the folders train and test; move it into one of them"
        elif not is_known(emotion, emotion_map):
            fault = (
                "does not lie in the folder of an emotion; name its folder after one "
                f"of {', '.join(EMOTIONS)}, or say what the folder means, such as "
                f"--emotion_map={escaped(emotion) or 'WORD'}:anger"
            )
        places.append(Place(path, emotion, escaped(" ".join(people)), split, fault))
    return places


def _split_of(parts: Sequence[str]) -> str:
    """Returns the split that the outermost folder names; empty if it names none."""
    top = parts[0].lower() if parts else ""
    return top if top in _SPLITS else ""


def read(
    folder: Path,
    *,
    corpus_name: str,
    modality: str,
    has_people: bool,
    emotion_map: Mapping[str, str],
) -> Reading:
    """Reads folders of clips.

    Args:
      folder: Holds the folders of emotions or people, or train and test.
      corpus_name: Name for the corpus.
      modality: A key of `KINDS`.
      has_people: Whether folders name people. If not, all clips are of `NOBODY`, and
        folders beside those of emotions and splits mean nothing.
      emotion_map: What words for emotions are to become, see `emotions.emotion_of`.

    Returns:
      The clips. A file that lies in no folder of an emotion is a problem.

    Raises:
      UsageError: `emotion_map` names a word that no folder has.
      DataError: The folder does not exist, holds no clips, or names no people.
    """
    require_folder(folder, remedy=REMEDY)
    places = places_in(folder, media_files(folder, KINDS[modality]), emotion_map)
    clips, problems, nameless = [], [], []
    for place in places:
        source = relative_source(place.path, folder)
        speaker = place.person if has_people else NOBODY
        if place.fault:
            problems.append(Remark(source, place.fault))
            continue
        if not speaker:
            nameless.append(source)
        elif has_people and is_missing(speaker):
            fault = f"its person is {speaker!r}, a missing value; say who it is"
            problems.append(Remark(source, fault))
            continue
        clips.append(
            Clip(
                key=f"{corpus_name}/{speaker}/{source}",
                corpus=corpus_name,
                speaker=speaker,
                emotion=emotion_of(place.emotion, emotion_map),
                path=place.path,
                split=place.split,
            )
        )
    if nameless:
        raise DataError(
            f"{folder} does not say who is seen or heard in {len(nameless)} files, "
            f"such as {nameless[0]}; move them to PERSON/EMOTION/file, name the people "
            "in a --manifest, or say --no_people, which makes a dataset to "
            "learn from and not to test on other people"
        )
    reading = make_reading(
        folder, clips, problems=problems, remedy=REMEDY, are_stems_unique=False
    )
    require_used(emotion_map, {place.emotion for place in places})
    return reading
