"""Checks a corpus before it is written: counts, labels, and every file's sound."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from data_tools.audio import AudioError
from data_tools.clip_counts import count_notes, count_table
from data_tools.clip_reader import ClipReader
from data_tools.container import has_true_ending, sniff
from data_tools.corpora import Clip, CorpusSource, Reading, Remark
from data_tools.workers import run_tasks
from pathnet_tf.dataset_card import file_hash
from pathnet_tf.errors import DataError
from pathnet_tf.log_mel import FrontEnd

_CLIPS_PER_TASK = 32


@dataclasses.dataclass(frozen=True)
class Report:
    """What was found.

    Attributes:
      table: Clips per speaker and emotion, for a person.
      notes: What a person should know, and what does no harm.
      refused: Files that `write_mels` would refuse, with the reason.
    """

    table: str
    notes: tuple[str, ...]
    refused: tuple[str, ...]

    def __str__(self) -> str:
        """The whole report."""
        text = self.table
        for title, lines in (("Notes", self.notes), ("Refused", self.refused)):
            text += f"\n\n{title}: {len(lines) or 'none'}"
            text += "".join(f"\n  {line}" for line in lines)
        return text

    def raise_if_refused(self) -> None:
        """Fails if `write_mels` would.

        Raises:
          DataError: There are refused files.
        """
        if self.refused:
            raise DataError(
                f"write_mels would refuse {len(self.refused)} files (listed above); "
                "mend or remove them, or leave them out with --on_error=skip"
            )


@dataclasses.dataclass(frozen=True)
class _Heard:
    """What listening to some clips brought to light."""

    refused: tuple[tuple[Clip, str], ...]
    hashes: dict[Path, str]
    wrong_endings: dict[Path, str]


def check_corpus(source: CorpusSource, *, num_workers: int = 0) -> Report:
    """Reads a corpus and decodes every file of it; writes nothing.

    Args:
      source: The corpus or table.
      num_workers: Processes; 0 takes as many as pay, at most one per core.

    Returns:
      The report.

    Raises:
      DataError: The corpus is missing or empty.
    """
    reading = source.read()
    tasks = [
        reading.clips[start : start + _CLIPS_PER_TASK]
        for start in range(0, len(reading.clips), _CLIPS_PER_TASK)
    ]
    heard = list(
        run_tasks(
            _hear, tasks, num_clips=list(map(len, tasks)), num_workers=num_workers
        )
    )
    refused = [
        Remark(reading.source_of(clip), reason)
        for part in heard
        for clip, reason in part.refused
    ]
    refused = sorted(
        set(reading.problems) | set(refused),
        key=lambda remark: (remark.source, remark.reason),
    )
    notes = [
        *count_notes(reading.clips, source.published),
        *(f"left out: {line}" for line in _grouped(reading.left_out)),
        *_grouped(reading.notes),
        *_wrong_ending_notes(heard, reading),
        *_duplicate_notes(heard, reading),
    ]
    return Report(
        table=count_table(reading.clips, source.name),
        notes=tuple(notes),
        refused=tuple(
            f"{reading.full_path(remark)}: {remark.reason}" for remark in refused
        ),
    )


def _hear(clips: Sequence[Clip]) -> _Heard:
    reader = ClipReader(FrontEnd())
    refused = []
    for clip in clips:
        try:
            reader.waveform(clip)
        except AudioError as error:
            refused.append((clip, error.reason))
    wrong_endings = {}
    for path in sorted(reader.decoded_files):
        container = sniff(path)
        if not has_true_ending(path, container):
            wrong_endings[path] = container.value
    return _Heard(
        refused=tuple(refused),
        hashes={path: file_hash(path) for path in sorted(reader.decoded_files)},
        wrong_endings=wrong_endings,
    )


def _grouped(remarks: Sequence[Remark]) -> Iterator[str]:
    """One line a reason: a corpus has thirty files that are misnamed alike."""
    sources: dict[str, list[str]] = {}
    for remark in remarks:
        sources.setdefault(remark.reason, []).append(remark.source)
    for reason, alike in sorted(sources.items(), key=lambda item: item[1]):
        others = f" and {len(alike) - 1} alike" if len(alike) > 1 else ""
        yield f"{alike[0]}{others}: {reason}"


def _wrong_ending_notes(heard: Sequence[_Heard], reading: Reading) -> list[str]:
    wrong = {path: kind for part in heard for path, kind in part.wrong_endings.items()}
    return [
        f"{reading.source_of_path(path)}: its content is {kind} in spite of its "
        "ending, and is decoded as that"
        for path, kind in sorted(wrong.items())
    ]


def _duplicate_notes(heard: Sequence[_Heard], reading: Reading) -> Iterator[str]:
    by_hash: dict[str, set[Path]] = {}
    for part in heard:
        for path, sha256 in part.hashes.items():
            by_hash.setdefault(sha256, set()).add(path)
    for paths in sorted(map(sorted, by_hash.values())):
        if len(paths) > 1:
            first, *others = map(reading.source_of_path, paths)
            yield f"{first}: has the same content as {', '.join(others)}"
