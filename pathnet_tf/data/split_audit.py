"""Checks a split for speakers, recordings and sentences that stand on both sides of it.

`audit` finds them, and `audit_lines` writes the findings as text.
"""

import collections
import dataclasses
import itertools
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from pathnet_tf.data.dataset_card import file_hash
from pathnet_tf.data.sentences import sentence_of
from pathnet_tf.data.speaker_folds import shortened
from pathnet_tf.data.speaker_names import lookalikes, speaker_warnings
from pathnet_tf.data.split_table import SIDES, SplitTable
from pathnet_tf.runtime.errors import DataError, UsageError, printable
from pathnet_tf.runtime.file_names import named_file

KINDS = ("speaker", "file", "content", "sentence")


@dataclasses.dataclass(frozen=True)
class AuditSettings:
    """What is checked, and how.

    Attributes:
      root: Folder that files are relative to.
      corpus: One of `sentences.CORPORA`, whose file names tell the sentence; or empty.
      sentences_must_differ: Whether a sentence on two sides is a leak; if not, it is a
        warning.
    """

    root: Path
    corpus: str = ""
    sentences_must_differ: bool = False


@dataclasses.dataclass(frozen=True)
class Overlap:
    """What stands on two sides of a division.

    Attributes:
      kind: One of `KINDS`.
      sides: The two sides.
      names: Speakers, files or sentences; for `content`, groups of files with the same
        content, written as `a = b`.
      is_leak: Whether the overlap is a leak; if not, it is a warning.
    """

    kind: str
    sides: tuple[str, str]
    names: tuple[str, ...]
    is_leak: bool


@dataclasses.dataclass(frozen=True)
class DivisionAudit:
    """What was found in a split, or in one fold.

    Attributes:
      name: `split`, or `fold` and the name of the fold.
      num_rows: Number of rows of each side.
      num_speakers: Number of speakers of each side.
      overlaps: What stands on two sides.
      balance: For each side, the number of rows of each emotion; empty if the table
        names no emotions.
    """

    name: str
    num_rows: dict[str, int]
    num_speakers: dict[str, int]
    overlaps: tuple[Overlap, ...]
    balance: dict[str, dict[str, int]]

    @property
    def absent(self) -> list[tuple[str, str]]:
        """Pairs of an emotion and a side that has no row of that emotion."""
        return [
            (emotion, side)
            for side, counts in self.balance.items()
            for emotion, count in counts.items()
            if not count
        ]


@dataclasses.dataclass(frozen=True)
class SplitAudit:
    """What was found in a table.

    Attributes:
      table: The table.
      root: Folder that its files are relative to.
      divisions: Findings in the split, or in each fold.
      num_files: Number of different files that the table names.
      missing: Files that do not exist, so that their content was not compared.
      sentence_origin: How sentences are known: `column`, or the corpus whose file names
        tell them; empty if they are not known.
      num_without_sentence: Number of rows whose sentence is not known.
      similar_speakers: Groups of speakers' names that are probably one person's, see
        `speaker_names.lookalikes`.
    """

    table: SplitTable
    root: Path
    divisions: tuple[DivisionAudit, ...]
    num_files: int
    missing: tuple[str, ...]
    sentence_origin: str
    num_without_sentence: int
    similar_speakers: tuple[tuple[str, ...], ...]

    @property
    def leaks(self) -> dict[str, list[str]]:
        """Names of the divisions that leak, by kind."""
        found: dict[str, list[str]] = {}
        for kind, division in itertools.product(KINDS, self.divisions):
            if any(one.kind == kind and one.is_leak for one in division.overlaps):
                found.setdefault(kind, []).append(division.name)
        return found

    @property
    def num_warnings(self) -> int:
        """Number of overlaps that are no leak, absent emotions and similar speakers."""
        return len(self.similar_speakers) + sum(
            len(division.absent) + sum(not one.is_leak for one in division.overlaps)
            for division in self.divisions
        )


def audit(table: SplitTable, settings: AuditSettings) -> SplitAudit:
    """Checks a split.

    Args:
      table: The split.
      settings: What is checked.

    Returns:
      What was found.

    Raises:
      UsageError: Sentences must differ, but no sentence is known.
      DataError: The folder `root` does not exist.
      OSError: A file exists but cannot be read.
    """
    if not settings.root.is_dir():
        raise DataError(
            f"No folder at {settings.root}; --root must be the folder that the files "
            "of the table are relative to"
        )
    files = [
        os.path.realpath(named_file(settings.root, row.file)) for row in table.rows
    ]
    name_of_file = dict(zip(files, (row.file for row in table.rows), strict=True))
    content = _shared_content([path for path in name_of_file if os.path.isfile(path)])
    copies: dict[str, list[str]] = {}
    for path, digest in content.items():
        copies.setdefault(digest, []).append(name_of_file[path])
    sentences, origin = _sentences(table, settings)
    values = {
        "speaker": [row.speaker for row in table.rows],
        "file": [name_of_file[path] for path in files],
        "content": [
            " = ".join(copies[content[path]]) if path in content else ""
            for path in files
        ],
        "sentence": sentences,
    }
    emotions = [row.emotion for row in table.rows]
    divisions = [
        _audit_division(
            name,
            sides,
            values,
            emotions,
            leaks_by_sentence=settings.sentences_must_differ,
        )
        for name, sides in table.divisions().items()
    ]
    missing = [name for path, name in name_of_file.items() if not os.path.isfile(path)]
    return SplitAudit(
        table=table,
        root=settings.root,
        divisions=tuple(divisions),
        num_files=len(name_of_file),
        missing=tuple(missing),
        sentence_origin=origin,
        num_without_sentence=sentences.count(""),
        similar_speakers=lookalikes(values["speaker"]),
    )


def audit_lines(audit: SplitAudit) -> list[str]:
    """Writes the findings as text.

    Args:
      audit: The findings.

    Returns:
      Lines of text: what was compared, then each division, then the verdict.
    """
    lines = [*_opening_lines(audit)]
    for division in audit.divisions:
        lines += ["", *_division_lines(division, audit)]
    warnings = f"; {audit.num_warnings} warning(s)" * bool(audit.num_warnings)
    verdict = f"LEAK: {leak_text(audit)}" if audit.leaks else "No leak"
    if audit.similar_speakers and not audit.leaks:
        verdict += ", if the speakers above are different people"
    return list(map(printable, [*lines, "", verdict + warnings]))


def leak_text(audit: SplitAudit) -> str:
    """Says in one line what leaks, and in which divisions."""
    return "; ".join(
        f"{kind} in {shortened(divisions)}" for kind, divisions in audit.leaks.items()
    )


def _audit_division(
    name: str,
    sides: Sequence[str],
    values: dict[str, list[str]],
    emotions: Sequence[str],
    *,
    leaks_by_sentence: bool,
) -> DivisionAudit:
    there = [side for side in SIDES if side in sides]
    overlaps = []
    for kind, names in values.items():
        of_side = {
            side: {n for n, s in zip(names, sides, strict=True) if n and s == side}
            for side in there
        }
        for one, other in itertools.combinations(there, 2):
            both = of_side[one] & of_side[other]
            is_leak = kind != "sentence" or leaks_by_sentence
            if both:
                found = Overlap(kind, (one, other), tuple(sorted(both)), is_leak)
                overlaps.append(found)
    counts = collections.Counter(zip(sides, emotions, strict=True))
    speakers = set(zip(sides, values["speaker"], strict=True))
    known = sorted(set(emotions) - {""})
    return DivisionAudit(
        name=name,
        num_rows={side: sides.count(side) for side in there},
        num_speakers={side: sum(s == side for s, _ in speakers) for side in there},
        overlaps=tuple(overlaps),
        balance={
            side: {emotion: counts[side, emotion] for emotion in known}
            for side in there * bool(known)
        },
    )


def _shared_content(paths: Sequence[str]) -> dict[str, str]:
    """Hash of each file that has the same content as another file."""
    same_size = _groups(paths, [os.path.getsize(path) for path in paths])
    hashed = [path for group in same_size for path in group]
    digests = [file_hash(Path(path)) for path in hashed]
    of_path = dict(zip(hashed, digests, strict=True))
    return {path: of_path[path] for group in _groups(hashed, digests) for path in group}


def _groups(names: Sequence[str], keys: Sequence[object]) -> list[list[str]]:
    """Groups the names that share their key with another name."""
    groups: dict[object, list[str]] = {}
    for name, key in zip(names, keys, strict=True):
        groups.setdefault(key, []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def _sentences(table: SplitTable, settings: AuditSettings) -> tuple[list[str], str]:
    """Sentence of each row, and how sentences are known."""
    if "sentence" in table.columns:
        sentences, origin = [row.sentence for row in table.rows], "column"
    elif settings.corpus:
        sentences = [sentence_of(settings.corpus, row.file) for row in table.rows]
        origin = settings.corpus
    else:
        sentences, origin = [""] * len(table.rows), ""
    if settings.sentences_must_differ and not any(sentences):
        raise UsageError(
            f"--sentences_must_differ needs sentences and {table.path} tells none; add "
            "a column sentence, or name the --corpus whose file names tell them"
        )
    return sentences, origin


def _opening_lines(audit: SplitAudit) -> Iterable[str]:
    rows = audit.table.rows
    yield (
        f"{audit.table.path}: {len(rows)} rows, {audit.num_files} files, "
        f"{len({row.speaker for row in rows})} speakers, "
        f"{len(audit.divisions)} division(s)"
    )
    num_there = audit.num_files - len(audit.missing)
    yield f"Content of {num_there} file(s) compared by sha256."
    if audit.missing:
        yield (
            f"Missing under {audit.root}: {len(audit.missing)} of {audit.num_files} "
            f"files ({shortened(audit.missing)}); their content was not compared. "
            "--root names the folder."
        )
    if audit.sentence_origin:
        origin = "the column sentence"
        if audit.sentence_origin != "column":
            origin = f"the file names of {audit.sentence_origin}"
        unknown = f"; unknown for {audit.num_without_sentence} row(s)"
        yield f"Sentences by {origin}{unknown * bool(audit.num_without_sentence)}."
    else:
        yield "Sentences not compared: no column sentence, and no --corpus given."
    if "emotion" not in audit.table.columns:
        yield "Balance not looked at: no column emotion."
    num_out = sum(not row.part for row in rows)
    if num_out:
        yield f"{num_out} row(s) without a split were left out."
    yield from speaker_warnings(row.speaker for row in rows)


def _division_lines(division: DivisionAudit, audit: SplitAudit) -> Iterable[str]:
    sizes = [
        f"{side} {count} rows of {division.num_speakers[side]} speaker(s)"
        for side, count in division.num_rows.items()
    ]
    yield f"{division.name}: {', '.join(sizes)}"
    for kind in KINDS:
        if kind == "sentence" and not audit.sentence_origin:
            continue
        found = [one for one in division.overlaps if one.kind == kind]
        if not found:
            yield f"  {kind:9} no overlap"
        for one in found:
            mark = "LEAK" if one.is_leak else "warning"
            yield (
                f"  {kind:9} {mark}: {len(one.names)} in {' and '.join(one.sides)}: "
                f"{shortened(one.names)}"
            )
    if not division.balance:
        return
    emotions = list(next(iter(division.balance.values())))
    yield f"  {'emotion':12}" + "".join(f"{name:>11}" for name in emotions)
    for side, counts in division.balance.items():
        yield f"  {side:12}" + "".join(f"{counts[name]:11}" for name in emotions)
    for emotion, side in division.absent:
        yield f"  balance   warning: no {emotion} in {side}"
