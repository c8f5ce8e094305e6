"""What a corpus reader returns: clips, and why the other files are not clips."""

import dataclasses
import os
import stat
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from pathnet_tf.data.emotions import EMOTIONS, renamed, require_used
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.file_names import escaped
from pathnet_tf.runtime.media_files import (
    ending_of,
    files_below,
)

SYNTHESIZED_NOTICE = "SYNTHESIZED.txt"
"""Name of the file that marks the recordings beside or below it as synthesized."""


@dataclasses.dataclass(frozen=True)
class Clip:
    """One recording, or a part of a recording, with its label.

    Attributes:
      key: corpus/speaker/file, unique in the corpus; `file` is the path below the
        speaker's folder, or the file name if speakers have no folders. Corpora that
        have the same speakers begin alike.
      corpus: Name of the corpus.
      speaker: Unique within the corpus.
      emotion: Label, such as one of `pathnet_tf.data.emotions.EMOTIONS`.
      path: The file.
      start_s: Where the clip starts in the file, in seconds.
      end_s: Where the clip ends, in seconds; None is the end of the file.
      split: `train`, `test`, or empty if the corpus has no split of its own.
      sentence: Name of the sentence that is spoken, the same for every speaker; empty
        if it is unknown.
      sex: `female`, `male`, or empty if it is unknown.
      age: Of the speaker, in years or as the corpus writes it (`20-30`); empty if it is
        unknown.
    """

    key: str
    corpus: str
    speaker: str
    emotion: str
    path: Path
    start_s: float = 0.0
    end_s: float | None = None
    split: str = ""
    sentence: str = ""
    sex: str = ""
    age: str = ""


@dataclasses.dataclass(frozen=True)
class Remark:
    """A remark on a file (named relative to the corpus) or on a row of a table."""

    source: str
    reason: str


@dataclasses.dataclass(frozen=True)
class Reading:
    """What was read from the folder of a corpus, or from a table.

    Attributes:
      root: Folder that the source of every remark is relative to.
      clips: All clips, sorted by key.
      problems: Media files or rows that cannot be understood.
      left_out: Media files that are not clips for a good reason, such as songs.
      notes: Clips that were understood but have odd names.
      passed_over: Says which files of a folder have endings that no reader knows; empty
        if there are none, and for a table.
    """

    root: Path
    clips: tuple[Clip, ...]
    problems: tuple[Remark, ...] = ()
    left_out: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()
    passed_over: str = ""

    @property
    def is_synthesized(self) -> bool:
        """Whether any recording is marked as synthesized, see `SYNTHESIZED_NOTICE`."""
        folders = {parent for clip in self.clips for parent in clip.path.parents}
        return any((folder / SYNTHESIZED_NOTICE).is_file() for folder in folders)

    def renamed(self, emotion_map: Mapping[str, str]) -> "Reading":
        """Gives emotions the names that the user asked for.

        Raises:
          UsageError: The mapping names an emotion that no clip has.
        """
        if not emotion_map:
            return self
        stated = [clip.emotion for clip in self.clips]
        require_used(emotion_map, stated)
        emotions = renamed(stated, emotion_map)
        clips = (
            dataclasses.replace(clip, emotion=emotion)
            for clip, emotion in zip(self.clips, emotions, strict=True)
        )
        return dataclasses.replace(self, clips=tuple(clips))

    def source_of(self, path: Path) -> str:
        """Returns the path of a file, relative to the corpus."""
        return relative_source(path, self.root)

    def bad_files(self, refused: Iterable[tuple[Clip, str]]) -> list[Remark]:
        """Returns every bad file or row once, sorted.

        Args:
          refused: Clips that could not be decoded, with the reason. Several of them
            may be stretches of one file.
        """
        undecodable = [Remark(self.source_of(clip.path), why) for clip, why in refused]
        return sorted(
            {*self.problems, *undecodable},
            key=lambda remark: (remark.source, remark.reason),
        )

    def line(self, remark: Remark) -> str:
        """Returns a remark as one line, with a path that a person can open."""
        path = os.path.normpath(os.path.join(self.root, remark.source))
        return f"{path}: {remark.reason}"


def relative_source(path: Path, root: Path) -> str:
    """Returns the path of a file relative to the corpus, with forward slashes.

    Bytes that are not valid UTF-8 become escapes.
    """
    return escaped(Path(os.path.relpath(path, root)).as_posix())


def media_files(folder: Path, suffixes: frozenset[str]) -> list[Path]:
    """Lists a folder's media files, sorted.

    Args:
      folder: Folder to search, with all folders below it. Symbolic links are followed,
        and each folder is searched once.
      suffixes: File endings to keep, in lower case.

    Returns:
      Paths that start with `folder`. Hidden files, such as the `._sa01.wav` of macOS,
      are not listed.
    """
    return [path for path in files_below(folder) if ending_of(path) in suffixes]


def require_folder(folder: Path, *, remedy: str) -> None:
    """Checks that the folder of a corpus exists.

    Raises:
      DataError: The folder does not exist; the message ends with `remedy`.
    """
    if not folder.is_dir():
        raise DataError(f"No corpus folder at {folder}; {remedy}")


def make_reading(
    root: Path,
    clips: Collection[Clip],
    *,
    remedy: str,
    problems: Iterable[Remark] = (),
    left_out: Iterable[Remark] = (),
    notes: Iterable[Remark] = (),
    are_stems_unique: bool = True,
) -> Reading:
    """Sorts and checks the clips that a reader found.

    Args:
      root: Folder that the source of every remark is relative to.
      clips: The clips, in any order.
      remedy: What to get and where to put it, for the error about an empty corpus.
      problems: See `Reading`.
      left_out: See `Reading`.
      notes: See `Reading`.
      are_stems_unique: Whether two files with the same name but different endings, such
        as a video and its sound, are the same recording.

    Returns:
      The reading, with its clips sorted by key.

    Raises:
      DataError: There are no recordings, none has a label, or a clip exists twice.
    """
    faults = {clip: fault for clip in clips if (fault := _fault(clip))}
    sound = [clip for clip in clips if clip not in faults]
    reading = Reading(
        root=root,
        clips=tuple(sorted(sound, key=lambda clip: clip.key)),
        problems=(
            *problems,
            *(
                Remark(relative_source(clip.path, root), fault)
                for clip, fault in faults.items()
            ),
        ),
        left_out=tuple(left_out),
        notes=(*notes, *_notes_on_links(sound, root)),
    )
    if not (reading.clips or reading.problems or reading.left_out):
        raise DataError(f"No recordings under {root}; {remedy}")
    if are_stems_unique and not reading.clips and len(reading.problems) > 1:
        problem = reading.problems[0]
        raise DataError(
            f"None of {len(reading.problems)} recordings under {root} has a label, "
            f"such as {problem.source} ({problem.reason}); {remedy}"
        )
    first: dict[str, Clip] = {}
    twins = []
    for clip in reading.clips:
        name = os.path.splitext(clip.key)[0] if are_stems_unique else clip.key
        if name in first:
            twins.append((first[name], clip))
        first.setdefault(name, clip)
    if twins:
        one, other = twins[0]
        raise DataError(
            f"{root} holds {len(twins)} clips more than once, such as "
            f"{reading.source_of(one.path)} and {reading.source_of(other.path)}; "
            f"give a folder that holds one copy{_one_copy(one.path, other.path)}"
        )
    return reading


def notes_on_own_labels(
    source: str, clips: Iterable[Clip], emotion_map: Mapping[str, str]
) -> list[Remark]:
    """Notes the labels that are neither emotions known here nor asked for.

    Args:
      source: What tells the labels.
      clips: Their clips.
      emotion_map: See `emotions.emotion_of`.
    """
    counts = Counter(clip.emotion for clip in clips)
    return [
        Remark(
            source,
            f"{label} ({counts[label]} clips) is no emotion with a name here, and is "
            f"kept as it is; --emotion_map={label}:OTHER gives it another name",
        )
        for label in sorted(counts.keys() - {*EMOTIONS, *emotion_map.values()})
    ]


def _one_copy(one: Path, other: Path) -> str:
    """Names a folder that holds one of two files; empty if one folder holds both."""
    # A copy inside the other one lies deeper.
    outer, inner = sorted((one, other), key=lambda path: len(path.parts))
    lone = [folder for folder in inner.parents if folder not in outer.parents]
    return f", such as {lone[-1]}" if lone else ""


def _fault(clip: Clip) -> str:
    """Returns why a clip's file cannot be read at all; empty if it can."""
    try:
        is_file = stat.S_ISREG(clip.path.stat().st_mode)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return "" if is_file else "is no file, but a pipe, a folder or a device"


def _notes_on_links(clips: Iterable[Clip], root: Path) -> Iterator[Remark]:
    """Yields a note for each file that a link inside the corpus takes from outside."""
    real_root = os.path.realpath(root)
    for path in sorted({clip.path for clip in clips}):
        source = relative_source(path, root)
        if source.startswith("../"):
            # A table may name files outside of its own folder.
            continue
        real = os.path.realpath(path)
        if os.path.commonpath([real, real_root]) != real_root:
            yield Remark(source, "lies outside of the corpus; a link leads to it")
