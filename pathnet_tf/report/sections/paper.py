"""The section that sets the paper's scores beside ours, and names its contradictions.

Reference: Nguyen et al., "Meta Transfer Learning for Emotion Recognition", Tables 3-7.
"""

import dataclasses

from pathnet_tf.evaluation.results_csv import pooled
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.section import Section
from pathnet_tf.report.html.table import Cell, Table
from pathnet_tf.report.names import corpus_name
from pathnet_tf.report.sections.score_tables import levels


@dataclasses.dataclass(frozen=True)
class Reported:
    """The WAR that the paper reports of one experiment.

    Attributes:
      modality: `face` or `speech`.
      sources: Corpora transferred from.
      target: Corpus transferred to.
      alexnet: Fine-tuned AlexNet.
      scratch: PathNet on the target alone.
      transfer: PathNet with transfer.
      remark: Where the paper contradicts itself about this experiment.
    """

    modality: str
    sources: tuple[str, ...]
    target: str
    alexnet: float
    scratch: float
    transfer: float
    remark: str = ""


REPORTED = (
    Reported("face", ("enterface",), "savee", 0.85, 0.89, 0.94),
    Reported("face", ("savee",), "enterface", 0.88, 0.88, 0.94),
    Reported(
        "speech",
        ("enterface",),
        "savee",
        0.69,
        0.81,
        0.85,
        "Speech of eNTERFACE'05 to SAVEE: .85 where methods are compared, .71 in its "
        "Table 3, for the same experiment.",
    ),
    Reported(
        "speech",
        ("enterface", "savee"),
        "emodb",
        0.83,
        0.89,
        0.97,
        "EMO-DB: seven emotions are said, six are listed. Here --emotions decides.",
    ),
)
SAVEE_REMARK = (
    "SAVEE has 60 clips an emotion, of which recalls such as .56 and .94 cannot be "
    "shares: the paper scored segments or frames, or averaged folds. Ours are given "
    "at both levels."
)
REMARKS = (
    "It does not say whether speakers stand on both sides of its folds, k-fold or one "
    "speaker out. Ours are of the protocol above.",
    "What its Table 1 prints as the formula of UAR is precision (UAP). Ours is the "
    "mean recall over the declared emotions.",
    "Genes run over [1, 13] although a layer has 20 modules, and how an epoch is "
    "counted is left open. Ours take all modules and one pass a candidate.",
)


def paper_section(evidence: Evidence) -> Section | None:
    """Sets the paper's WAR beside ours.

    Returns:
      The section; None if the paper has no experiment on the same corpora, if the
      corpora are synthesized, or if no method has been scored.
    """
    if evidence.is_synthesized:
        return None
    matching = [one for one in REPORTED if _matches(one, evidence)]
    if not matching or not evidence.methods:
        return None
    rows = [row for one in matching for row in _rows(one, evidence)]
    found = levels(evidence.rows)
    table = Table(
        "paper",
        "WAR in the paper and here",
        ["experiment", "method", "paper", *(f"ours, {level}s" for level in found)],
        rows,
        is_leaky=evidence.is_leaky,
    )
    remarks = [one.remark for one in matching if one.remark]
    if any(one.target == "savee" for one in matching):
        remarks.append(SAVEE_REMARK)
    content = {"remarks": [*remarks, *REMARKS], "is_leaky": evidence.is_leaky}
    return Section(
        "paper", "Beside the paper", (table,), template="paper.html", content=content
    )


def _matches(reported: Reported, evidence: Evidence) -> bool:
    """Tells whether a run has the modality, target and sources of an experiment.

    What is not known of the run matches, and so does a run without sources.
    """
    if evidence.modality not in ("", reported.modality):
        return False
    if reported.target != evidence.target_corpus:
        return False
    sources = evidence.source_corpora
    return not sources or set(sources) == set(reported.sources)


def _rows(reported: Reported, evidence: Evidence) -> list[list[Cell]]:
    sources = " + ".join(map(corpus_name, reported.sources))
    target = corpus_name(reported.target)
    name = f"{sources} → {target}, {reported.modality}"
    figures = {
        "AlexNet": reported.alexnet,
        "scratch": reported.scratch,
        "transfer": reported.transfer,
    }
    return [
        [name, method, figure, *_ours(method, evidence)]
        for method, figure in figures.items()
    ]


def _ours(method: str, evidence: Evidence) -> list[Cell]:
    """Gives our WAR of the method, at each level that was scored."""
    names = [name for name in evidence.methods if name.split(" LEAKY")[0] == method]
    return [
        pooled(evidence.rows, names[0], level, "war") if names else None
        for level in levels(evidence.rows)
    ]
