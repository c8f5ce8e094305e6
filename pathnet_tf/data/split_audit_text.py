"""The findings of a split's audit, for a person to read."""

from collections.abc import Iterable, Sequence

from pathnet_tf.data.split_audit import KINDS, DivisionAudit, SplitAudit

_NUM_NAMES = 6


def audit_lines(audit: SplitAudit) -> list[str]:
    """Lays out what was found.

    Args:
      audit: From `split_audit.audit`.

    Returns:
      Lines: what was compared, then each division, then the verdict.
    """
    lines = [*_opening_lines(audit)]
    for division in audit.divisions:
        lines += ["", *_division_lines(division, audit)]
    warnings = f"; {audit.num_warnings} warning(s)" * bool(audit.num_warnings)
    verdict = f"LEAK: {leak_text(audit)}" if audit.leaks else "No leak"
    return [*lines, "", verdict + warnings]


def leak_text(audit: SplitAudit) -> str:
    """Says in one line what leaks where."""
    return "; ".join(
        f"{kind} in {shortened(divisions)}" for kind, divisions in audit.leaks.items()
    )


def shortened(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    rest = len(names) - _NUM_NAMES
    return ", ".join(names[:_NUM_NAMES]) + (f" and {rest} more" if rest > 0 else "")


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
    for names in audit.similar_speakers:
        yield f"Warning: are these one speaker? {shortened(names)}"


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
