"""The known corpora as text: a table of all, or all that is known of one."""

from collections.abc import Iterable

from data_tools.corpora.corpus import Corpus

_COLUMNS = (
    "name",
    "title",
    "language",
    "speakers",
    "clips",
    "emotions",
    "modalities",
    "licence",
)
_NUMBERS = ("speakers", "clips", "emotions")


def corpus_table(corpora: Iterable[Corpus]) -> str:
    """Formats one line for each corpus, sorted by name, and the cautions below."""
    corpora = sorted(corpora, key=lambda corpus: corpus.name)
    rows = [_COLUMNS]
    for corpus in corpora:
        rows.append(
            (
                corpus.name,
                corpus.title,
                corpus.language,
                *_counts(corpus),
                str(len(corpus.labels) or "?"),
                "+".join(corpus.modalities),
                corpus.licence,
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if name in _NUMBERS else cell.ljust(width)
            for name, cell, width in zip(_COLUMNS, row, widths, strict=True)
        )
        for row in rows
    ]
    cautions = [f"{one.name}: {one.caution}" for one in corpora if one.caution]
    return "\n".join([*map(str.rstrip, lines), "", "Cautions:", *cautions])


def corpus_facts(corpus: Corpus) -> str:
    """Formats all that is known of a corpus, one fact a line."""
    num_speakers, num_clips = _counts(corpus)
    facts = {
        "title": corpus.title,
        "language": corpus.language,
        "modalities": ", ".join(corpus.modalities),
        "speakers": num_speakers,
        "clips": num_clips,
        "sentences": f"{corpus.num_sentences} shared" if corpus.num_sentences else "",
        "emotions": ", ".join(
            emotion if label == emotion else f"{label} -> {emotion}"
            for label, emotion in corpus.emotions.items()
        ),
        "options": corpus.options_help,
        "own split": corpus.split,
        "licence": corpus.licence,
        "caution": corpus.caution,
        "a file": corpus.example,
        "how": corpus.remedy,
    }
    lines = [f"{name:11}{fact}" for name, fact in facts.items() if fact]
    return "\n".join([f"--corpus={corpus.name}", "", *lines])


def _counts(corpus: Corpus) -> tuple[str, str]:
    """Returns the published numbers of speakers and clips; ? if nobody knows."""
    counts = corpus.published
    return str(counts.num_speakers or "?"), str(counts.num_clips or "?")
