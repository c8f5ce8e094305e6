"""Checks a corpus before it is written: counts, labels, and the content of every file.

The clips per speaker and emotion are compared with the counts of the published corpus.
"""

import dataclasses
import functools
import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from data_tools.corpora import Clip, CorpusSource, Reading, Remark
from data_tools.corpora.published_counts import Published
from data_tools.cutters.cutter import ClipQuality, Cutter
from data_tools.media.container import Container, has_true_ending, sniff
from data_tools.media_error import MediaError
from data_tools.workers.run_tasks import batches, run_tasks
from pathnet_tf.data.confounding import measure_confounding
from pathnet_tf.data.dataset_card import file_hash
from pathnet_tf.data.speaker_names import speaker_warnings
from pathnet_tf.runtime.errors import DataError, printable

_MAX_CLIPS_PER_TASK = 32
# Calm speech of a studio corpus lies up to 23 dB below the median of the corpus.
_FAR_BELOW_DB = 30.0


def count_table(clips: Sequence[Clip], name: str) -> str:
    """Formats the counts of clips per speaker and emotion, with totals, as a table."""
    cells = Counter((clip.speaker, clip.emotion) for clip in clips)
    speakers = _naturally_sorted({clip.speaker for clip in clips})
    emotions = sorted({clip.emotion for clip in clips})
    rows = [["speaker", *emotions, "total"]]
    for speaker in speakers:
        counts = [cells[speaker, emotion] for emotion in emotions]
        rows.append([printable(speaker), *map(str, counts), str(sum(counts))])
    totals = [sum(cells[one, emotion] for one in speakers) for emotion in emotions]
    rows.append(["total", *map(str, totals), str(len(clips))])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0])]
            + [
                cell.rjust(width)
                for cell, width in zip(row[1:], widths[1:], strict=True)
            ]
        )
        for row in rows
    ]
    title = f"{printable(name)}: {len(clips)} clips, {len(speakers)} speakers"
    return "\n".join([title, "", *lines])


def count_notes(clips: Sequence[Clip], published: Published | None) -> Iterator[str]:
    """Describes how the counts of clips differ from the published corpus.

    Args:
      clips: The clips of this copy.
      published: The published counts; None only reports emotions that a speaker lacks.

    Yields:
      One line per difference; differences of one speaker share a line.
    """
    cells = Counter((clip.speaker, clip.emotion) for clip in clips)
    per_speaker = Counter(clip.speaker for clip in clips)
    per_emotion = Counter(clip.emotion for clip in clips)
    if published:
        if len(clips) != published.num_clips:
            yield f"{len(clips)} clips; the published corpus has {published.num_clips}"
        missing = [name for name in published.speakers if name not in per_speaker]
        if missing:
            yield f"speakers missing: {', '.join(missing)}"
        elif published.num_speakers not in (0, len(per_speaker)):
            yield f"{len(per_speaker)} speakers of {published.num_speakers}"
        for emotion, count in published.clips_per_emotion.items():
            if per_emotion[emotion] != count:
                yield f"{emotion}: {per_emotion[emotion]} clips of {count}"
    for speaker in _naturally_sorted(set(per_speaker)):
        expected = published.clips_per_cell if published else {}
        if published and speaker in published.exceptions:
            expected = {}
            count = published.exceptions[speaker]
            if per_speaker[speaker] != count:
                yield f"speaker {speaker}: {per_speaker[speaker]} clips of {count}"
        differences = [
            f"{emotion} {cells[speaker, emotion]} of {count}"
            for emotion, count in sorted(expected.items())
            if cells[speaker, emotion] != count
        ]
        if differences:
            yield f"speaker {speaker}: {', '.join(differences)} clips"
        empty = [
            emotion
            for emotion in sorted(per_emotion)
            if emotion not in expected and not cells[speaker, emotion]
        ]
        if empty:
            yield f"speaker {speaker}: no {', no '.join(empty)}"


def _naturally_sorted(names: set[str]) -> list[str]:
    """Sorts names; numbers by their value, so that 2 comes before 10."""

    def padded(name: str) -> str:
        return re.sub(r"\d+", lambda digits: digits[0].rjust(9, "0"), name)

    return sorted(names, key=lambda name: (padded(name), name))


@dataclasses.dataclass(frozen=True)
class Report:
    """The result of a check.

    Attributes:
      table: Clips per speaker and emotion, as text.
      notes: Lines that the user should read, but that do not prevent writing.
      refused: One line per file that the writer would refuse, with the reason.
      writer: `write_mels` or `write_faces`.
    """

    table: str
    notes: tuple[str, ...]
    refused: tuple[str, ...]
    writer: str

    def __str__(self) -> str:
        """Formats the whole report."""
        text = self.table
        for title, lines in (("Notes", self.notes), ("Refused", self.refused)):
            text += f"\n\n{title}: {len(lines) or 'none'}"
            text += "".join(f"\n  {printable(line)}" for line in lines)
        return text

    def raise_if_refused(self) -> None:
        """Raises an error if the writer would refuse any file.

        Raises:
          DataError: There are refused files.
        """
        if self.refused:
            raise DataError(
                f"{self.writer} would refuse {len(self.refused)} files (listed above); "
                "mend or remove them, or leave them out with --on_error=skip"
            )


@dataclasses.dataclass(frozen=True)
class _Found:
    """What was found when the clips of a task were decoded."""

    refused: tuple[tuple[Clip, str], ...]
    hashes: dict[Path, str]
    wrong_endings: dict[Path, str]
    qualities: tuple[tuple[Clip, ClipQuality], ...]


def check_corpus(
    source: CorpusSource, cutter: Cutter, *, num_workers: int = 0
) -> Report:
    """Reads a corpus and decodes all of its files; writes nothing.

    Args:
      source: The corpus or table.
      cutter: The cutter that would cut the clips.
      num_workers: Worker processes; 0 chooses by the number of clips.

    Returns:
      The report.

    Raises:
      DataError: The corpus is missing or empty.
    """
    reading = source.read()
    size = min(_MAX_CLIPS_PER_TASK, cutter.clips_worth_a_process)
    tasks = batches(reading.clips, size)
    found = list(
        run_tasks(
            functools.partial(_decode, cutter),
            tasks,
            num_clips=[len(task) for task in tasks],
            num_workers=num_workers,
            clips_worth_a_process=cutter.clips_worth_a_process,
            modules=cutter.modules,
        )
    )
    bad_files = reading.bad_files(refused for part in found for refused in part.refused)
    confounding = measure_confounding(
        source.name,
        [clip.speaker for clip in reading.clips],
        [clip.emotion for clip in reading.clips],
    )
    notes = [
        *([f"caution: {source.caution}"] if source.caution else []),
        *count_notes(reading.clips, source.published),
        *[
            f"{confounding}: the voice gives it away, and --normalization=speaker "
            "would take it away"
        ]
        * confounding.is_serious,
        *[
            f"{confounding.remark}: --normalization=speaker and speaker_mean tell such "
            "speakers from others, and scores of it are no recognition then"
        ]
        * (bool(confounding.remark) and not confounding.is_serious),
        *speaker_warnings(clip.speaker for clip in reading.clips),
        *(f"left out: {line}" for line in _grouped(reading.left_out)),
        *_grouped(reading.notes),
        *_grouped(_quality_remarks(found, reading)),
        *_wrong_ending_notes(found, reading),
        *_duplicate_notes(found, reading),
        *filter(None, [reading.passed_over]),
    ]
    return Report(
        writer="write_faces" if source.modality == "face" else "write_mels",
        table=count_table(reading.clips, source.name),
        notes=tuple(notes),
        refused=tuple(map(reading.line, bad_files)),
    )


def _decode(cutter: Cutter, clips: Sequence[Clip]) -> _Found:
    """Checks the clips, and the hash and the ending of their files."""
    opened = cutter.open()
    refused, qualities = [], []
    for clip in clips:
        try:
            qualities.append((clip, opened.check(clip)))
        except MediaError as error:
            refused.append((clip, error.reason))
    wrong_endings = {}
    for path in sorted(opened.decoded_files):
        container = sniff(path)
        if not has_true_ending(path, container):
            wrong_endings[path] = container.value
    return _Found(
        refused=tuple(refused),
        hashes={path: file_hash(path) for path in sorted(opened.decoded_files)},
        wrong_endings=wrong_endings,
        qualities=tuple(qualities),
    )


def _grouped(remarks: Sequence[Remark]) -> Iterator[str]:
    """Yields one line per reason, since many files may have the same odd name."""
    sources: dict[str, list[str]] = {}
    for remark in remarks:
        sources.setdefault(remark.reason, []).append(remark.source)
    for reason, alike in sorted(sources.items(), key=lambda item: item[1]):
        others = f" and {len(alike) - 1} alike" if len(alike) > 1 else ""
        yield f"{alike[0]}{others}: {reason}"


def _quality_remarks(found: Sequence[_Found], reading: Reading) -> list[Remark]:
    """Returns a remark on each file that is odd, by itself or beside the others."""
    checked = [item for part in found for item in part.qualities]
    remarks = {
        Remark(reading.source_of(clip.path), note)
        for clip, quality in checked
        for note in quality.notes
    }
    levels = [
        (clip, quality.level_db)
        for clip, quality in checked
        if quality.level_db is not None
    ]
    if levels:
        usual_db = statistics.median(level for _, level in levels)
        remarks |= {
            Remark(
                reading.source_of(clip.path),
                f"is more than {_FAR_BELOW_DB:g} dB below the usual level of the "
                "corpus; listen to it",
            )
            for clip, level in levels
            if level < usual_db - _FAR_BELOW_DB
        }
    return sorted(remarks, key=lambda remark: (remark.source, remark.reason))


def _wrong_ending_notes(found: Sequence[_Found], reading: Reading) -> list[str]:
    """Returns a note on each file whose ending does not match its content."""
    wrong = {path: kind for part in found for path, kind in part.wrong_endings.items()}
    return [
        f"{reading.source_of(path)}: the content is {kind}, whatever the "
        f"ending says; it is decoded as {kind}"
        if kind != Container.OTHER.value
        else f"{reading.source_of(path)}: the content is not what the ending says, but "
        "FFmpeg decodes it"
        for path, kind in sorted(wrong.items())
    ]


def _duplicate_notes(found: Sequence[_Found], reading: Reading) -> Iterator[str]:
    """Yields a note on each group of files with the same content."""
    by_hash: dict[str, set[Path]] = {}
    for part in found:
        for path, sha256 in part.hashes.items():
            by_hash.setdefault(sha256, set()).add(path)
    for paths in sorted(map(sorted, by_hash.values())):
        if len(paths) > 1:
            first, *others = map(reading.source_of, paths)
            yield f"{first}: has the same content as {', '.join(others)}"
