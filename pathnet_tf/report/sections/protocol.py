"""The section of the protocol: what was run, on which data, and how to run it again."""

import shlex
from collections.abc import Sequence
from typing import Any

from pathnet_tf.data.confounding import measure_confounding
from pathnet_tf.data.dataset_card import MODALITIES
from pathnet_tf.data.normalization import TRANSDUCTIVE, usual_normalization
from pathnet_tf.data.speaker_folds import PROTOCOL_NAMES
from pathnet_tf.experiment.settings import FLAGS_NAME
from pathnet_tf.features.feature_sets import describe
from pathnet_tf.features.settings import Representation
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.section import Section
from pathnet_tf.report.html.table import Cell, Code, Table
from pathnet_tf.report.names import corpus_name

UNKNOWN = "not known"


def protocol_section(evidence: Evidence) -> Section:
    """Shows the protocol, datasets and folds, and the command that repeats the run."""
    tables = (_corpus_table(evidence), _held_out_table(evidence))
    content = {
        "stopped": _stopped(evidence),
        "missing": evidence.missing,
        "facts": [(name, value) for name, value in _facts(evidence) if value],
        "command": command(evidence),
        "flags": "\n".join(f"--{name}={text}" for name, text in evidence.flags.items()),
        "is_leaky": evidence.is_leaky,
    }
    return Section(
        "protocol",
        "Protocol",
        tuple(table for table in tables if table.rows),
        template="protocol.html",
        content=content,
    )


def command(evidence: Evidence) -> str:
    """Writes the command that repeats the run in another folder, one flag a line."""
    path = evidence.run_dir / FLAGS_NAME
    again = f"{evidence.run_dir}_again"
    binary = "fuse" if evidence.settings is None else "transfer"
    words = ["python", "-m", f"pathnet_tf.{binary}", f"--flagfile={path}"]
    words.append(f"--run_dir={again}")
    if evidence.flags.get("export_dir"):
        words.append(f"--export_dir={again}_model")
    return " \\\n  ".join([" ".join(words[:3]), *map(shlex.quote, words[3:])])


def _stopped(evidence: Evidence) -> list[str]:
    """Says how far a run got that stopped half-way; empty for a finished run."""
    if evidence.is_finished:
        return []
    done = len(evidence.units) + len({one.repeat for one in evidence.sources})
    lines = [
        f"Stopped half-way: {done} job(s) are done, {len(evidence.missing)} are "
        "missing. What follows is what is there."
    ]
    if evidence.trouble:
        lines.append(
            f"The outcomes cannot be scored without the data: {evidence.trouble}"
        )
    return lines


def _facts(evidence: Evidence) -> list[tuple[str, str | Code]]:
    """Lists facts about the run by name; a fact that does not apply is empty."""
    settings, known = evidence.settings, evidence.environment
    protocol = PROTOCOL_NAMES.get(evidence.protocol, UNKNOWN)
    folds = dict.fromkeys(
        row.fold for row in evidence.rows if row.fold not in ("pooled", "all_speakers")
    )
    pairs: list[tuple[str, str | Code]] = [
        ("Protocol", protocol),
        ("Folds scored", str(len(folds))),
        ("Selection saw", _selection(evidence)),
        ("Emotions", ", ".join(evidence.emotions) or UNKNOWN),
        ("Speaker and emotion", _confounding(evidence)),
    ]
    if settings:
        search, network = settings.tasks.learning.search, settings.network
        pairs += [
            ("Repeats", str(settings.repeats)),
            ("Seed", str(settings.seed)),
            (
                "Search",
                f"{search.generations} generations a task, population of "
                f"{search.population_size}",
            ),
            (
                "Network",
                f"{network.num_layers} layers of {network.num_modules} modules of "
                f"{network.module_units} units, {network.num_active} active",
            ),
            ("Input", _input(settings.data.representation)),
            ("Normalization", normalization_words(evidence)),
        ]
    pairs.append(("Versions", _versions(known)))
    if known.get("git_revision"):
        pairs.append(("Revision", Code(known["git_revision"])))
    pairs.append(("Computer", _computer(known)))
    if known.get("command"):
        typed = shlex.join(["python", *map(str, known["command"])])
        pairs.append(("As it was typed", Code(typed)))
    return pairs


def _confounding(evidence: Evidence) -> str:
    """Says how many of the held-out speakers show one emotion only."""
    if not evidence.clips:
        return ""
    emotion_of = {
        key: (speaker, evidence.emotions[truth])
        for one in evidence.clips
        for key, speaker, truth in zip(one.keys, one.speakers, one.truth, strict=True)
    }
    speakers, emotions = zip(*emotion_of.values(), strict=True)
    found = measure_confounding(corpus_name(evidence.target_corpus), speakers, emotions)
    warning = ", so that the voice gives it away" if found.is_serious else ""
    remark = f"; {found.remark}" if found.remark else ""
    return f"{found}{warning}{remark}."


def _selection(evidence: Evidence) -> str:
    held_out = "segments" if evidence.is_leaky else "speakers"
    once = f"Held-out {held_out} were scored once, at the end."
    if evidence.settings is None:
        rule = evidence.flags.get("weights", UNKNOWN)
        if rule == "equal":
            return f"Nothing: both runs weigh the same. {once}"
        return f"Training speakers: the weights of the two runs. {once}"
    settings = evidence.settings.tasks
    choice = (
        "accuracy on validation speakers taken from the training ones"
        if settings.fitness == "validation"
        else "running accuracy on them"
    )
    return f"Training speakers alone: {choice} chose the pathways. {once}"


def _input(representation: Representation) -> str:
    """Describes an input that is not the paper's; empty for the paper's segments."""
    if not representation.is_of_vectors:
        return ""
    return describe(
        representation.kind,
        representation.silence_db,
        representation.speeds,
        representation.views,
    )


def normalization_words(evidence: Evidence) -> str:
    """Names the normalization; one by the test speaker's own data is transductive."""
    chosen = evidence.flags.get("normalization")
    settings = evidence.settings
    is_of_vectors = settings and settings.data.representation.is_of_vectors
    is_of_pixels = evidence.modality == "face" and not is_of_vectors
    usual = "the usual one of the modality"
    if evidence.modality in MODALITIES:
        usual = usual_normalization(is_of_pixels=is_of_pixels)
    value = chosen or usual
    if value == "none" and is_of_pixels:
        return "none (pixels / 255)"
    return f"{value} (transductive)" if value in TRANSDUCTIVE else value


def _versions(environment: dict[str, Any] | Any) -> str:
    if not environment:
        return UNKNOWN
    names = {name: environment.get(name) for name in ("pathnet_tf", "python")}
    names |= environment.get("packages", {})
    return ", ".join(f"{name} {version}" for name, version in names.items())


def _computer(environment: dict[str, Any] | Any) -> str:
    if not environment:
        return UNKNOWN
    return f"{environment.get('num_cores')} cores, {environment.get('platform')}"


def _corpus_table(evidence: Evidence) -> Table:
    """Makes a row for each dataset: its size, its hash, and whether it has changed."""
    rows: list[list[Cell]] = []
    for used in evidence.datasets:
        card = used.card
        counts: Sequence[Cell] = (None,) * 4
        if card:
            num_segments = sum(clip.num_segments for clip in card.clips)
            num_speakers = len(card.speakers)
            counts = (len(card.clips), num_segments, num_speakers, len(card.emotions))
        name = corpus_name(card.corpus) if card else used.folder
        rows.append(
            [name, used.role, *counts, used.state, Code(used.hash_then or UNKNOWN)]
        )
    columns = ["corpus", "role", "clips", "segments", "speakers", "emotions"]
    return Table(
        "corpora",
        "Datasets as they lie on disk; sha256 of their dataset.json",
        [*columns, "since the run", "sha256"],
        rows,
        is_leaky=evidence.is_leaky,
    )


def _held_out_table(evidence: Evidence) -> Table:
    """Makes a row for each fold: its held-out speakers, and the number of clips."""
    folds: dict[str, tuple[int, list[str]]] = {}
    for table in evidence.clips:
        folds.setdefault(table.fold, (len(table.keys), sorted(set(table.speakers))))
    rows: list[list[Cell]] = [
        [fold, num_clips, len(speakers), ", ".join(speakers)]
        for fold, (num_clips, speakers) in folds.items()
    ]
    return Table(
        "held_out",
        "What each fold held out of the declared emotions",
        ["fold", "clips", "speakers", "who"],
        rows,
        is_leaky=evidence.is_leaky,
    )
