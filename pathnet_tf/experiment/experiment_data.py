"""Reads and checks the data of an experiment, before anything is trained."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from pathnet_tf.data.dataset import ALL_SPEAKERS, Dataset, load, pool, read_cards
from pathnet_tf.data.dataset_card import DatasetCard
from pathnet_tf.data.folds import Fold, make_folds
from pathnet_tf.features.representation import Representation
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.reproducibility import stream
from pathnet_tf.runtime.storage import as_path
from pathnet_tf.serving.model_folder import ModelAbout, read_about, read_front_end

# SAVEE alone has a neutral that its usual sources lack; EMO-DB keeps all its emotions.
DROPPED_WHERE_SOURCES_LACK_IT = {"savee": ("neutral",)}
USUAL_PROTOCOLS = {"enterface": "speaker_kfold"}
SOURCE_MODES = ("pooled", "sequential")
# What stands in the results where a fold's name does, which may be a speaker's.
RESERVED_NAMES = ("pooled", ALL_SPEAKERS)


@dataclasses.dataclass(frozen=True)
class DataSettings:
    """Which data an experiment takes and how it divides them.

    Attributes:
      sources: Dataset folders to transfer from; none for a run from scratch.
      init_from: An exported model to go on from, instead of sources; empty of none.
      target: Dataset folder to transfer to.
      source_mode: `pooled` learns all sources as one task over the emotions they
        share, `sequential` one after the other.
      emotions: Classes of the target; none stands for all that it holds.
      source_emotions: Classes of the sources; none stands for all they hold.
      protocol: One of `folds.PROTOCOLS`, or empty for the usual one of the target's
        corpus: five groups of speakers for eNTERFACE'05, else one speaker at a time.
      num_folds: Folds where the protocol does not fix them.
      seed: The experiment's seed.
      representation: What a clip is to the network.

    Raises:
      UsageError: `source_mode` is unknown, or there are two kinds of sources.
    """

    sources: tuple[str, ...]
    target: str
    source_mode: str = "pooled"
    emotions: tuple[str, ...] = ()
    source_emotions: tuple[str, ...] = ()
    protocol: str = ""
    num_folds: int = 5
    seed: int = 0
    init_from: str = ""
    representation: Representation = dataclasses.field(default_factory=Representation)

    @property
    def has_source(self) -> bool:
        """Whether there is anything to transfer from."""
        return bool(self.sources or self.init_from)

    def __post_init__(self) -> None:
        """Checks the mode."""
        if self.sources and self.init_from:
            raise UsageError(
                "--init_from goes on from what a model has learned, and --source "
                "learns anew; leave one of them out"
            )
        if self.init_from and self.representation.kind != "segments":
            raise UsageError(
                "--init_from goes on from a model of segments; leave out "
                f"--representation={self.representation.kind}"
            )
        if self.source_mode not in SOURCE_MODES:
            raise UsageError(
                f"source_mode must be one of {SOURCE_MODES}. "
                f"Received: source_mode={self.source_mode!r}"
            )


@dataclasses.dataclass(frozen=True)
class ExperimentData:
    """The data of an experiment.

    Attributes:
      sources: A dataset for each task of the source chain.
      target: The target.
      protocol: How it was divided.
      folds: Its folds.
      card: Card of the target, whose front end all of them share.
      is_synthesized: Whether any of the datasets is.
      init: The model that the run goes on from, if any.
    """

    sources: list[Dataset]
    target: Dataset
    protocol: str
    folds: list[Fold]
    card: DatasetCard
    is_synthesized: bool = False
    init: ModelAbout | None = None


def read_experiment_data(settings: DataSettings) -> ExperimentData:
    """Reads an experiment's datasets, makes its folds and checks both.

    Args:
      settings: What to read.

    Returns:
      The material.

    Raises:
      UsageError: Settings do not fit the data.
      DataError: A dataset is missing or broken, datasets were not made alike, or
        something held out stands in the training side or in a source.
    """
    *source_cards, target_card = read_cards([*settings.sources, settings.target])
    emotions = target_emotions(target_card, source_cards, settings.emotions)
    _require_classes(settings.target, emotions, "--emotions")
    represent = settings.representation.of
    target = represent(load(settings.target, target_card, emotions))
    _require_plain_names(target)
    protocol = settings.protocol or USUAL_PROTOCOLS.get(target_card.corpus, "loso")
    folds = make_folds(
        target.table,
        protocol=protocol,
        num_folds=settings.num_folds,
        rng=stream(settings.seed, "folds"),
    )
    sources = [represent(one) for one in _read_sources(settings, source_cards)]
    held_out = np.unique(np.concatenate([target.clip[fold.test] for fold in folds]))
    for source in sources:
        require_unheard(source, target, held_out)
    is_synthesized = any(card.is_synthesized for card in (*source_cards, target_card))
    init = None
    if settings.init_from:
        init = read_init(settings.init_from, target_card)
        speakers, recordings = set(init.speakers), set(init.recordings)
        _require_unheard(
            f"The model {settings.init_from}", speakers, recordings, target, held_out
        )
        is_synthesized |= init.is_synthesized
    return ExperimentData(
        sources, target, protocol, folds, target_card, is_synthesized, init
    )


def read_init(folder: str, target: DatasetCard) -> ModelAbout:
    """Reads what is known of a model, and checks that it can learn a dataset.

    Args:
      folder: The model.
      target: The dataset's card.

    Returns:
      What is known.

    Raises:
      DataError: The model is missing or broken, or sees other inputs.
    """
    about, settings = read_about(as_path(folder)), read_front_end(as_path(folder))
    if about.is_of_vectors:
        raise DataError(
            f"{folder} was learned with --representation={about.representation}, and "
            "--init_from goes on from models of segments alone; give one of those, or "
            "a --source"
        )
    if about.modality != target.modality:
        raise DataError(
            f"{folder} is a model of {about.modality}, the target holds "
            f"{target.modality}; give a target of the same modality"
        )
    differing = [
        f"{name} {settings.get(name)} and {value}"
        for name, value in target.front_end.items()
        if settings.get(name) != value
    ]
    if differing:
        raise DataError(
            f"{folder} and the target differ in {', '.join(differing)}; write the "
            "target with the settings in the model's front_end.json"
        )
    return about


def target_emotions(
    target: DatasetCard, sources: Sequence[DatasetCard], chosen: Sequence[str]
) -> tuple[str, ...]:
    """Declares the classes of the target.

    Args:
      target: The target's card.
      sources: The sources' cards.
      chosen: Classes the user named, or none.

    Returns:
      The user's classes; else all that the target holds, without those that are
      dropped from its corpus where no source has them.
    """
    if chosen:
        return tuple(chosen)
    dropped = {
        emotion
        for emotion in DROPPED_WHERE_SOURCES_LACK_IT.get(target.corpus, ())
        if sources and not any(emotion in card.emotions for card in sources)
    }
    return tuple(emotion for emotion in target.emotions if emotion not in dropped)


def require_unheard(source: Dataset, target: Dataset, held_out: np.ndarray) -> None:
    """Stops when a source holds a held-out speaker or recording.

    Args:
      source: The source.
      target: The target.
      held_out: Indices of the target's clips that are held out.

    Raises:
      DataError: Names the clips that were heard.
    """
    hashes = {clip.sha256 for clip in source.clips}
    speakers = {_corpus_speaker(clip.key) for clip in source.clips}
    _require_unheard(f"Source {source.name}", speakers, hashes, target, held_out)


def _read_sources(
    settings: DataSettings, cards: Sequence[DatasetCard]
) -> list[Dataset]:
    folders = settings.sources
    if not folders:
        return []
    if settings.source_mode == "sequential" or len(folders) == 1:
        sources = []
        for folder, card in zip(folders, cards, strict=True):
            emotions = settings.source_emotions or card.emotions
            _require_classes(folder, emotions, "--source_emotions")
            sources.append(load(folder, card, emotions))
        return sources
    names = [card.corpus for card in cards]
    if len(set(names)) < len(names):
        raise DataError(
            f"{', '.join(folders)} cannot be pooled, two of them are called "
            f"{max(names, key=names.count)}; write one of them with another "
            "--corpus_name"
        )
    shared = settings.source_emotions or sorted(
        set.intersection(*(set(card.emotions) for card in cards))
    )
    if len(shared) < 2:
        raise DataError(
            f"{', '.join(folders)} share {len(shared)} emotions, pooling needs 2; use "
            "--source_mode=sequential"
        )
    parts = [load(f, card, shared) for f, card in zip(folders, cards, strict=True)]
    return [pool(parts)]


def _require_classes(folder: str, emotions: Sequence[str], flag: str) -> None:
    if len(emotions) < 2:
        raise DataError(
            f"{folder} has nothing to tell apart but {', '.join(emotions)}; two "
            f"emotions are needed, see {flag}"
        )


def _require_plain_names(target: Dataset) -> None:
    for name in RESERVED_NAMES:
        if name in target.speakers:
            raise DataError(
                f"A speaker of {target.name} is called {name}, which has a meaning of "
                "its own in the results; give another name"
            )


def _require_unheard(
    who: str,
    speakers: set[str],
    hashes: set[str],
    target: Dataset,
    held_out: np.ndarray,
) -> None:
    heard = [
        target.clips[index].key
        for index in held_out
        if target.clips[index].sha256 in hashes
        or _corpus_speaker(target.clips[index].key) in speakers
    ]
    if heard:
        more = f" and {len(heard) - 3} more" if len(heard) > 3 else ""
        raise DataError(
            f"{who} holds speakers or recordings that the target holds "
            f"out: {', '.join(heard[:3])}{more}; take them out of one of the two"
        )


def _corpus_speaker(key: str) -> str:
    return "/".join(key.split("/")[:2])
