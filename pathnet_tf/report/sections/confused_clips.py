"""The clips that a method gets most wrong, with links to their files."""

import os
import urllib.parse
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.section import Section
from pathnet_tf.report.html.table import Cell, Link, Table
from pathnet_tf.runtime.storage import AnyPath

NUM_CLIPS = 15


class _Decision(NamedTuple):
    """What one repeat made of a clip."""

    speaker: str
    truth: int
    probabilities: np.ndarray


def confused_section(
    evidence: Evidence, output: AnyPath, corpus_dir: AnyPath | None
) -> Section | None:
    """Lists the clips whose true emotion was given the least probability.

    Args:
      evidence: The run.
      output: The page, to which links are relative.
      corpus_dir: Folder of the target's recordings, if the user named it.
    """
    if not evidence.clips:
        return None
    links = _links(evidence, output, corpus_dir)
    tables = tuple(
        _table(evidence, method, place, links)
        for place, method in enumerate(evidence.methods)
    )
    note = (
        "Clips decided wrongly whose true emotion was given the least probability, "
        "mean over repeats: often a wrong label, a bad recording or an acted mixture. "
    )
    if not corpus_dir:
        note += "With --corpus_dir their names lead to the recordings."
    return Section("confused", "Worst-confused clips", tables, note=note)


def _table(
    evidence: Evidence, method: str, place: int, links: dict[str, Link]
) -> Table:
    rows: list[list[Cell]] = []
    for key, decisions in _decisions(evidence, method).items():
        mean = np.mean([one.probabilities for one in decisions], axis=0)
        truth, answer = decisions[0].truth, int(mean.argmax())
        if answer == truth:
            continue
        wrong = sum(one.probabilities.argmax() != truth for one in decisions)
        rows.append(
            [
                links.get(key, key),
                decisions[0].speaker,
                evidence.emotions[truth],
                evidence.emotions[answer],
                float(mean[truth]),
                float(mean[answer]),
                f"{wrong} of {len(decisions)}",
            ]
        )
    columns = ["clip", "speaker", "truth", "answer"]
    columns += ["p(truth)", "p(answer)", "times wrong"]
    return Table(
        f"confused_{place + 1}",
        f"Worst-confused clips, {method}: {min(len(rows), NUM_CLIPS)} of {len(rows)}",
        columns,
        sorted(rows, key=lambda row: (row[4], str(row[0])))[:NUM_CLIPS],
        is_leaky=evidence.is_leaky,
    )


def _decisions(evidence: Evidence, method: str) -> dict[str, list[_Decision]]:
    found: dict[str, list[_Decision]] = {}
    for table in evidence.clips:
        if table.method == method:
            for key, *decision in zip(
                table.keys,
                table.speakers,
                table.truth,
                table.probabilities,
                strict=True,
            ):
                found.setdefault(key, []).append(_Decision(*decision))
    return found


def _links(
    evidence: Evidence, output: AnyPath, corpus_dir: AnyPath | None
) -> dict[str, Link]:
    """Links to the recordings, by key, where it is known where they lie."""
    card = evidence.target.card if evidence.target else None
    if card is None or corpus_dir is None:
        return {}
    return {
        clip.key: Link(clip.key, _href(corpus_dir / clip.source, output))
        for clip in card.clips
    }


def _href(file: AnyPath, output: AnyPath) -> str:
    """Leads from a page to a file, relative so that both can move together."""
    if not (isinstance(file, Path) and isinstance(output, Path)):
        return str(file)
    relative = os.path.relpath(file.absolute(), output.absolute().parent)
    # A first part with a colon would be taken for a scheme.
    return urllib.parse.quote(f"./{Path(relative).as_posix()}")
