"""Writes `MODEL_CARD.md`: what a model was trained on, how it scored, and its limits.

Reference: Mitchell et al. 2019, "Model cards for model reporting".
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.data.dataset_card import SYNTHESIZED
from pathnet_tf.evaluation.calibration import Calibration
from pathnet_tf.evaluation.fold_scores import ClipScores
from pathnet_tf.evaluation.method_comparison import method_intervals, speaker_confusions
from pathnet_tf.evaluation.significance import Interval, bootstrap_interval
from pathnet_tf.features.settings import Representation
from pathnet_tf.runtime.errors import printable
from pathnet_tf.runtime.reproducibility import stream
from pathnet_tf.serving.model_folder import ModelAbout

LICENCES = {
    "emodb": "EMO-DB (Burkhardt et al. 2005): free for research; ask its authors for "
    "anything else.",
    "enterface": "eNTERFACE'05 (Martin et al. 2006): free for research.",
    "ravdess": "RAVDESS (Livingstone and Russo 2018): CC BY-NC-SA 4.0, no commercial "
    "use.",
    "savee": "SAVEE (Jackson and Haq 2011): free for research after registration.",
}
"""The terms of use of each corpus."""


@dataclasses.dataclass(frozen=True, eq=False)
class ModelFacts:
    """The facts that a card states.

    Attributes:
      method: The method that trained the model.
      protocol: The run's sentence on its protocol.
      sources: The source datasets.
      target: The target dataset.
      clips: Held-out scores of models that were trained like this one.
      calibration: How probabilities are scaled.
      is_leaky: Whether the protocol is LEAKY.
      is_synthesized: Whether any recording is synthesized.
      began_from: The model whose training this model continued; empty for none.
      seed: The experiment's seed.
      representation: How clips are represented.
      finding: The target's `DatasetCard.finding`.
      encoder: See `ModelAbout`.
    """

    method: str
    protocol: str
    sources: Sequence[Dataset]
    target: Dataset
    clips: Sequence[ClipScores]
    calibration: Calibration
    is_leaky: bool
    is_synthesized: bool
    began_from: str
    seed: int
    representation: Representation
    finding: Mapping[str, Any]
    encoder: dict[str, Any] | None = None


def model_card(facts: ModelFacts, about: ModelAbout) -> str:
    """Makes the card's text, in Markdown.

    Args:
      facts: How the model was trained and measured.
      about: The content of `model.json`.

    Returns:
      Lines of text.
    """
    parts = [
        ["# Model card", *(["", f"**{SYNTHESIZED}**"] * facts.is_synthesized)],
        _what(facts),
        *_network(about),
        _scores(facts),
        _emotions(facts),
        _speakers(facts),
        _calibration(facts),
        _limits(facts),
        _licences(facts),
    ]
    return "\n".join(line for part in parts for line in [*part, ""]).rstrip() + "\n"


def _what(facts: ModelFacts) -> list[str]:
    target = facts.target
    lines = [
        f"Tells {', '.join(target.emotions)} from "
        f"{'speech' if target.modality == 'speech' else 'faces'}. "
        f"Learned by `{facts.method}` on:",
        "",
    ]
    if facts.began_from:
        lines.append(f"- before: the data of the model `{_cell(facts.began_from)}`")
    for role, one in [*(("source", s) for s in facts.sources), ("target", target)]:
        lines.append(f"- {role}: {_cell(one.describe())}")
    return [*lines, *_frames(facts.finding)]


def _frames(finding: Mapping[str, Any]) -> list[str]:
    """Says which frames of a video are looked at; nothing if all are."""
    chosen = [
        phrase.format(_cell(str(finding[name])))
        for name, usual, phrase in (
            ("frame_stride", 1, "one frame in {}"),
            ("frames_per_second", None, "{} frames a second"),
            (
                "apex_share",
                1,
                "a share of {}, in a row, in which the face differs most from how it "
                "looked at first",
            ),
        )
        if finding.get(name, usual) != usual
    ]
    return ["", f"Of a video it looks at {'; '.join(chosen)}."] if chosen else []


def _network(about: ModelAbout) -> list[list[str]]:
    """Says how the network differs from the paper's; nothing if it does not."""
    found = about.departures()
    if not found:
        return []
    lines = [f"Other than in the paper: {'; '.join(found)}."]
    if about.classify == "clip" and not about.is_of_vectors:
        lines.append(
            "Its answers for single seconds come from single segments. It was not "
            "trained on them one by one, and nothing was measured on them."
        )
    return [lines]


def _scores(facts: ModelFacts) -> list[str]:
    scores = list(facts.clips)
    found = method_intervals(
        scores, facts.target, seed=facts.seed, is_leaky=facts.is_leaky
    )
    held_out = "clips" if facts.is_leaky else "speakers"
    return [
        "## How well",
        "",
        "The scores are those of models trained in the same way without the "
        f"{held_out} they were scored on; this model was trained on all of them. "
        + ("**LEAKY: they had heard the same speakers.** " if facts.is_leaky else "")
        + facts.protocol,
        "",
        "| clips | score | 95 % over speakers |",
        "|---|---:|---|",
        *(_row(one.metric, one.interval) for one in found),
        "",
        "WAR is accuracy, UAR the mean recall of the emotions; "
        f"guessing gives a UAR of {1 / len(facts.target.emotions):.3f}.",
    ]


def _emotions(facts: ModelFacts) -> list[str]:
    counts = speaker_confusions(list(facts.clips), facts.target).counts
    rows = []
    for index, emotion in enumerate(facts.target.emotions):
        rng = stream(facts.seed, "model card", emotion)

        def recall(confusion: np.ndarray, index: int = index) -> np.ndarray:
            """Recall of a class: `[..., num_classes, num_classes]` -> `[...]`."""
            own = confusion[..., index, :]
            number = own.sum(axis=-1)
            return np.where(number > 0, own[..., index] / np.maximum(number, 1), 0.0)

        rows.append(_row(emotion, bootstrap_interval(counts, recall, rng=rng)))
    return [
        "## For each emotion",
        "",
        "| emotion | recall | 95 % over speakers |",
        "|---|---:|---|",
        *rows,
    ]


def _speakers(facts: ModelFacts) -> list[str]:
    found = speaker_confusions(list(facts.clips), facts.target)
    totals = found.counts.sum(axis=0)
    rows = []
    for speaker, confusion in zip(found.speakers, totals, strict=True):
        number = confusion.sum()
        right = np.trace(confusion) / number if number else np.nan
        rows.append(f"| {_cell(speaker)} | {right:.3f} | {number} |")
    return [
        "## For each speaker",
        "",
        "Their age, gender, accent and health are not known to this tool; to compare "
        "groups, look up the speakers' names.",
        "",
        "| speaker | accuracy | decisions |",
        "|---|---:|---:|",
        *rows,
    ]


def _calibration(facts: ModelFacts) -> list[str]:
    found = facts.calibration
    title = ["## How sure", ""]
    if facts.is_leaky or np.isnan(found.error_after):
        reason = (
            "the protocol is LEAKY"
            if facts.is_leaky
            else "there is a single speaker, and nothing to measure on others"
        )
        return [*title, f"Probabilities are as the network gives them: {reason}."]
    certain, uncertain = (
        "none" if np.isnan(value) else f"{value:.3f}"
        for value in (found.accuracy_certain, found.accuracy_uncertain)
    )
    return [
        *title,
        f"Probabilities are scaled by a temperature of {found.temperature:.3f}, chosen "
        f"on {found.num_clips} decisions on clips of {found.num_speakers} speakers. "
        "Each speaker's clips under the temperature of the others':",
        "",
        "| | before | after |",
        "|---|---:|---:|",
        f"| calibration error | {found.error_before:.3f} | {found.error_after:.3f} |",
        "",
        f"A decision whose margin is below {found.least_margin:.3f} is uncertain: "
        f"{found.share_uncertain:.0%} of them. Accuracy of the others {certain}, of "
        f"the uncertain ones {uncertain}.",
    ]


def _limits(facts: ModelFacts) -> list[str]:
    start = ", and to continue training on recordings of your own (`--init_from`)"
    is_of_vectors = facts.representation.is_of_vectors
    return [
        "## What it is for, and what not",
        "",
        f"- For research on emotion recognition{'' if is_of_vectors else start}.",
        f"- It answers with one of {len(facts.target.emotions)} words whatever it is "
        "given: silence, music, another emotion, two speakers at once.",
        "- Acted emotions in a studio are easier than those of everyday life; other "
        "languages, rooms, microphones, cameras, ages and cultures were not measured.",
        "- It hears how somebody sounds or sees how somebody looks, not what they "
        "feel. Do not decide about people by it: not at work, at school, in court or "
        "in medicine.",
        f"- The intervals come from {len(set(facts.target.speakers))} speakers.",
    ]


def _licences(facts: ModelFacts) -> list[str]:
    names = dict.fromkeys(
        name for one in (*facts.sources, facts.target) for name in one.name.split("+")
    )
    lines = ["## Terms of the recordings", ""]
    for name in names:
        known = LICENCES.get(name, "terms unknown to this tool; look at its own.")
        lines.append(f"- {_cell(name)}: {known}")
    if facts.began_from:
        lines.append("- and the terms of the model named above, see its card")
    return lines


def _row(name: str, interval: Interval) -> str:
    return f"| {_cell(name)} | {interval.estimate:.3f} | {interval} |"


def _cell(text: str) -> str:
    """Escapes text from a file, which may hold anything, for a table in Markdown."""
    special = "\\`*_[]<>|#"
    return "".join(f"\\{c}" if c in special else c for c in printable(text))
