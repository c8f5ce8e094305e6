"""How corpora, protocols and whole experiments are called on the page."""

from pathnet_tf.report.evidence.run_evidence import Evidence

CORPORA = {
    "enterface": "eNTERFACE'05",
    "savee": "SAVEE",
    "emodb": "EMO-DB",
    "ravdess": "RAVDESS",
}


def corpus_name(corpus: str) -> str:
    """A corpus as the literature calls it."""
    return CORPORA.get(corpus, corpus)


def experiment_name(evidence: Evidence) -> str:
    """Sources, arrow, target, as far as they are known."""
    target = corpus_name(evidence.target_corpus) or "unknown target"
    sources = " + ".join(map(corpus_name, evidence.source_corpora))
    modality = f", {evidence.modality}" if evidence.modality else ""
    remark = ", SYNTHESIZED" if evidence.is_synthesized else ""
    arrow = f"{sources} → " if sources else ""
    return f"{arrow}{target}{modality}{remark}"
