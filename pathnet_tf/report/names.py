"""Names that the pages give to corpora, methods and runs."""

from collections.abc import Sequence

import numpy as np

from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.captioned import LEAKY


def run_name(run: Evidence) -> str:
    """Gives the name of a run's folder."""
    return run.run_dir.resolve().name


def plain_method(method: str) -> str:
    """Takes LEAKY off the name of a method."""
    return method.removesuffix(f" {LEAKY}")


def data_of(run: Evidence) -> tuple[str | None, tuple[str, ...]]:
    """Gives the hash and emotions of a run's data; equal ones can be compared."""
    return run.target.hash_then if run.target else None, run.emotions


def is_any_leaky(runs: Sequence[Evidence]) -> bool:
    """Tells whether any of the runs is LEAKY."""
    return any(run.is_leaky for run in runs)


def captioned(caption: str, runs: Sequence[Evidence]) -> str:
    """Adds to a caption that LEAKY runs are marked, if some of the runs are LEAKY."""
    leaky = sum(run.is_leaky for run in runs)
    return f"{caption}, {LEAKY} ones marked" if 0 < leaky < len(runs) else caption


CORPORA = {
    "aesdd": "AESDD",
    "ased": "ASED",
    "cafe": "CaFE",
    "casia": "CASIA",
    "ckplus": "CK+",
    "cremad": "CREMA-D",
    "emodb": "EMO-DB",
    "emouerj": "emoUERJ",
    "emovdb": "EmoV-DB",
    "emovo": "EMOVO",
    "emozionalmente": "Emozionalmente",
    "enterface": "eNTERFACE'05",
    "esd_english": "ESD, English",
    "esd_mandarin": "ESD, Mandarin",
    "fer2013": "FER2013",
    "iemocap": "IEMOCAP",
    "jaffe": "JAFFE",
    "jl_corpus": "JL-Corpus",
    "meld": "MELD",
    "msp_improv": "MSP-IMPROV",
    "msp_podcast": "MSP-Podcast",
    "nemo": "nEMO",
    "oreau": "Oréau",
    "polish": "Polish (Gdańsk)",
    "ravdess": "RAVDESS",
    "ravdess_song": "RAVDESS songs",
    "savee": "SAVEE",
    "shemo": "ShEMO",
    "subesco": "SUBESCO",
    "tess": "TESS",
    "turev": "TurEV-DB",
    "urdu": "URDU",
}
"""The name in the literature of each corpus that `data_tools` reads by name."""


def corpus_name(corpus: str) -> str:
    """Gives the name of a corpus in the literature."""
    return CORPORA.get(corpus, corpus)


def experiment_name(evidence: Evidence) -> str:
    """Names an experiment, such as `RAVDESS → EMO-DB, speech`."""
    target = corpus_name(evidence.target_corpus) or "unknown target"
    sources = " + ".join(map(corpus_name, evidence.source_corpora))
    modality = f", {evidence.modality}" if evidence.modality else ""
    remark = ", SYNTHESIZED" if evidence.is_synthesized else ""
    arrow = f"{sources} → " if sources else ""
    return f"{arrow}{target}{modality}{remark}"


def num_training_speakers(run: Evidence) -> int | None:
    """Counts the speakers that each fold learns from.

    Args:
      run: The run.

    Returns:
      The value of `--train_speakers`. If the flag is 0, which means all speakers, the
      mean number over folds, rounded. None if it is not known, as for a fusion.
    """
    if run.settings is None:
        return None
    return run.settings.tasks.train_speakers or _all_of_a_fold(run)


def training_speakers_words(run: Evidence) -> str | None:
    """Writes the number of training speakers, `4`, or `all = 8` for all of them."""
    if run.settings is None:
        return None
    number = num_training_speakers(run)
    if run.settings.tasks.train_speakers:
        return str(number)
    return "all" if number is None else f"all = {number}"


def _all_of_a_fold(run: Evidence) -> int | None:
    held_out: dict[tuple[int, str], set[str]] = {}
    for table in run.clips:
        key = (table.repeat, table.fold)
        held_out.setdefault(key, set()).update(table.speakers)
    card = run.target.card if run.target else None
    clips = [one for one in card.clips if one.emotion in run.emotions] if card else []
    if run.protocol == "split":
        # A speaker may be in neither part of the split.
        return len({one.speaker for one in clips if one.split == "train"}) or None
    everyone = {one.speaker for one in clips} or set().union(*held_out.values())
    if not held_out or run.is_leaky:
        return len(everyone) or None
    return round(np.mean([len(everyone - group) for group in held_out.values()]))
