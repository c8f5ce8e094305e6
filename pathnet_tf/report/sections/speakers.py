"""The section of how well each held-out speaker is recognized."""

import dataclasses

import numpy as np

from pathnet_tf.data.speaker_names import speaker_warnings
from pathnet_tf.evaluation import metrics
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.section import Section
from pathnet_tf.report.html.table import Cell, Change, Table


@dataclasses.dataclass(frozen=True)
class SpeakerScore:
    """Scores of one speaker's clips, mean over repeats.

    Attributes:
      num_clips: Number of clips of the speaker.
      war: Share of the clips decided correctly, in [0, 1].
      uar: Mean recall over the emotions that the speaker plays, in [0, 1].
    """

    num_clips: int
    war: float
    uar: float


def speaker_scores(evidence: Evidence) -> dict[str, dict[str, SpeakerScore]]:
    """Scores the clips of each speaker, over all folds.

    Returns:
      Scores by speaker, then by method.
    """
    parts: dict[tuple[str, str, int], list[tuple[int, int]]] = {}
    for table in evidence.clips:
        for speaker, truth, prediction in zip(
            table.speakers, table.truth, table.prediction, strict=True
        ):
            key = (speaker, table.method, table.repeat)
            parts.setdefault(key, []).append((truth, prediction))
    repeats: dict[tuple[str, str], list[SpeakerScore]] = {}
    for (speaker, method, _), pairs in parts.items():
        score = _score(np.array(pairs), len(evidence.emotions))
        repeats.setdefault((speaker, method), []).append(score)
    scores: dict[str, dict[str, SpeakerScore]] = {}
    for (speaker, method), found in sorted(repeats.items()):
        scores.setdefault(speaker, {})[method] = SpeakerScore(
            found[0].num_clips,
            float(np.mean([score.war for score in found])),
            float(np.mean([score.uar for score in found])),
        )
    return scores


def speaker_table(evidence: Evidence) -> Table:
    """Makes a row for each speaker: UAR and WAR by each method, and the gain of two."""
    columns = ["speaker", "clips"]
    for name in ("UAR", "WAR"):
        columns += [f"{method} {name}" for method in evidence.methods]
    compares = len(evidence.methods) == 2
    columns += ["gain in UAR"] * compares
    rows = []
    for speaker, scores in speaker_scores(evidence).items():
        of_method = [scores.get(method) for method in evidence.methods]
        num_clips = next(score.num_clips for score in of_method if score)
        cells: list[Cell] = [speaker, num_clips]
        cells += [score.uar if score else None for score in of_method]
        cells += [score.war if score else None for score in of_method]
        if compares:
            first, second = of_method
            cells.append(Change(first.uar - second.uar) if first and second else None)
        rows.append(cells)
    return Table(
        "speakers",
        "Scores of each speaker's clips, mean over repeats",
        columns,
        rows,
        is_leaky=evidence.is_leaky,
    )


def speaker_section(evidence: Evidence) -> Section | None:
    """Shows the scores of each speaker; None if no clip has been scored."""
    if not evidence.clips:
        return None
    note = "UAR is here the mean recall over the emotions that the speaker plays."
    speakers = {speaker for table in evidence.clips for speaker in table.speakers}
    note = " ".join([note, *speaker_warnings(speakers)])
    return Section("speakers", "Speakers", (speaker_table(evidence),), note=note)


def _score(pairs: np.ndarray, num_classes: int) -> SpeakerScore:
    """Scores int64 `[num_clips, 2]`, the true and the decided emotion of each clip."""
    confusion = metrics.confusion_matrix(pairs[:, 0], pairs[:, 1], num_classes)
    is_played = confusion.sum(axis=1) > 0
    recalls = metrics.recalls(confusion)[is_played]
    return SpeakerScore(len(pairs), metrics.war(confusion), float(recalls.mean()))
