"""The section of the clips that a method gets most wrong, with links to their files."""

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
    """What a method decided about a clip in one repeat.

    Attributes:
      speaker: Speaker of the clip.
      truth: Index of its emotion.
      probabilities: float64 `[num_classes]`, in [0, 1].
    """

    speaker: str
    truth: int
    probabilities: np.ndarray


def confused_section(
    evidence: Evidence, output: AnyPath, corpus_dir: AnyPath | None
) -> Section | None:
    """Lists the clips whose true emotion was given the least probability.

    Args:
      evidence: The run.
      output: File of the page; links are relative to it.
      corpus_dir: Folder of the target's recordings; without it there are no links.

    Returns:
      The section; None if no clip has been scored.
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
    """Links each clip's key to its recording; empty if the folder is not known."""
    card = evidence.target.card if evidence.target else None
    if card is None or corpus_dir is None:
        return {}
    return {
        clip.key: Link(clip.key, _href(corpus_dir / clip.source, output))
        for clip in card.clips
    }


def _href(file: AnyPath, output: AnyPath) -> str:
    """Gives the link from a page to a file, relative so that both can move together."""
    if not (isinstance(file, Path) and isinstance(output, Path)):
        return str(file)
    relative = os.path.relpath(file.absolute(), output.absolute().parent)
    # Without `./`, a name like `a:b` would be read as a URL with the scheme `a`.
    return urllib.parse.quote(f"./{Path(relative).as_posix()}")
