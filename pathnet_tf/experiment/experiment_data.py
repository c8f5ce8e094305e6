"""Reads and checks the data of an experiment, before anything is trained."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from pathnet_tf.data.confounding import Confounding
from pathnet_tf.data.dataset import ALL_SPEAKERS, Dataset, load, pool, read_cards
from pathnet_tf.data.dataset_card import ClipCard, DatasetCard
from pathnet_tf.data.emotions import with_guesses
from pathnet_tf.data.normalization import TRANSDUCTIVE
from pathnet_tf.data.speaker_folds import Fold, make_folds
from pathnet_tf.experiment.settings import DataSettings, ExperimentSettings
from pathnet_tf.features.representation import represent
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.reproducibility import stream
from pathnet_tf.runtime.storage import as_path
from pathnet_tf.serving.model_folder import ModelAbout, read_about, read_front_end

# SAVEE alone has a neutral that its usual sources lack; EMO-DB keeps all its emotions.
DROPPED_WHERE_SOURCES_LACK_IT = {"savee": ("neutral",)}
USUAL_PROTOCOLS = {"enterface": "speaker_kfold"}
# The results use these in place of a fold's name, and folds are named after speakers.
RESERVED_NAMES = ("pooled", ALL_SPEAKERS)


@dataclasses.dataclass(frozen=True)
class ExperimentData:
    """The data of an experiment.

    Attributes:
      sources: The source datasets, in the order in which they are learned; pooled ones
        are one dataset.
      target: The target dataset.
      protocol: How the target was divided, one of `speaker_folds.PROTOCOLS`.
      folds: The target's folds.
      card: Card of the target, whose front end all datasets share.
      is_synthesized: Whether any dataset holds synthesized recordings.
      init: The model that the run goes on from, if any.
    """

    sources: list[Dataset]
    target: Dataset
    protocol: str
    folds: list[Fold]
    card: DatasetCard
    is_synthesized: bool = False
    init: ModelAbout | None = None

    @property
    def corpus_speakers(self) -> set[str]:
        """Corpus and speaker, `savee/DC`, of every clip that is or was learned."""
        clips = [clip for one in (*self.sources, self.target) for clip in one.clips]
        known = self.init.speakers if self.init else ()
        return {*(_corpus_speaker(clip.key) for clip in clips), *known}


def read_experiment_data(settings: ExperimentSettings) -> ExperimentData:
    """Reads an experiment's datasets, makes its folds and checks both.

    Args:
      settings: The experiment's.

    Returns:
      Its data.

    Raises:
      UsageError: Settings do not fit the data.
      DataError: A dataset is missing or broken, datasets were not made alike, or
        something held out stands in the training side or in a source.
    """
    wanted = settings.data
    *source_cards, target_card = read_cards([*wanted.sources, wanted.target])
    emotions = target_emotions(target_card, source_cards, wanted.emotions)
    _require_classes(wanted.target, emotions, "--emotions")
    representation = dataclasses.replace(
        wanted.representation, files=settings.functionals
    )
    target = represent(load(wanted.target, target_card, emotions), representation)
    _require_plain_names(target)
    protocol = wanted.protocol or USUAL_PROTOCOLS.get(target_card.corpus, "loso")
    folds = make_folds(
        target.table,
        protocol=protocol,
        num_folds=wanted.num_folds,
        rng=stream(settings.seed, "folds"),
    )
    sources = [
        represent(source, representation)
        for source in _read_sources(wanted, source_cards)
    ]
    if settings.normalization in TRANSDUCTIVE and not settings.allow_confounded:
        for dataset in (target, *sources):
            require_unconfounded(dataset.confounding)
    numbers = np.unique(np.concatenate([target.clip[fold.test] for fold in folds]))
    held_out = [target.clips[number] for number in numbers]
    for source in sources:
        require_unheard(source.name, source.clips, held_out)
    is_synthesized = any(card.is_synthesized for card in (*source_cards, target_card))
    init = None
    if wanted.init_from:
        init = read_init(wanted.init_from, target_card)
        speakers, recordings = set(init.speakers), set(init.recordings)
        _require_unheard(
            f"The model {wanted.init_from}", speakers, recordings, held_out
        )
        is_synthesized |= init.is_synthesized
    return ExperimentData(
        sources, target, protocol, folds, target_card, is_synthesized, init
    )


def read_init(folder: str, target: DatasetCard) -> ModelAbout:
    """Reads what is known of a model, and checks that it can go on to a dataset.

    Args:
      folder: The model.
      target: The card of the dataset.

    Returns:
      What `model.json` says.

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


def require_unheard(
    source: str, heard: Sequence[ClipCard], held_out: Sequence[ClipCard]
) -> None:
    """Checks that a source holds no speaker and no recording that is held out.

    Args:
      source: Name of the source.
      heard: Its clips.
      held_out: Clips of the target that are held out.

    Raises:
      DataError: Names the clips that were heard.
    """
    hashes = {clip.sha256 for clip in heard}
    speakers = {_corpus_speaker(clip.key) for clip in heard}
    _require_unheard(f"Source {source}", speakers, hashes, held_out)


def require_unconfounded(measured: Sequence[Confounding]) -> None:
    """Refuses to scale by speaker where that takes the emotions away.

    Args:
      measured: Of each corpus, how far speaker and emotion go together.

    Raises:
      DataError: Names a corpus where they do.
    """
    for found in measured:
        if found.is_serious:
            raise DataError(
                f"{found}, so that --normalization=speaker or speaker_mean would take "
                "away what is to be recognized; use --normalization=train, or insist "
                "with --allow_confounded"
            )


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
    classes = _pooled_emotions(settings, cards)
    parts = []
    for folder, card in zip(folders, cards, strict=True):
        here = [emotion for emotion in classes if emotion in card.emotions]
        if not here:
            raise DataError(
                f"{folder} has none of {', '.join(classes)}, only "
                f"{', '.join(card.emotions)}; leave it out, or name its emotions with "
                "--source_emotions"
            )
        parts.append(load(folder, card, here))
    return [pool(parts)]


def _pooled_emotions(settings: DataSettings, cards: Sequence[DatasetCard]) -> list[str]:
    """Declares the classes of pooled sources.

    Emotions that the user names are taken from every source that has them. Where none
    are named, all that the sources share are the classes, as in the paper.
    """
    held: list[set[str]] = [set(card.emotions) for card in cards]
    named = settings.source_emotions or settings.emotions
    if absent := sorted(set(settings.source_emotions) - set().union(*held)):
        told = with_guesses(absent, sorted(set().union(*held)))
        raise DataError(
            f"None of {', '.join(settings.sources)} has {told}; leave it out of "
            "--source_emotions"
        )
    if named:
        classes = sorted(set().union(*held) & set(named))
        said, remedy = "have", "name others with --source_emotions"
    else:
        classes = sorted(set.intersection(*held))
        said, remedy = "share", "name some with --source_emotions"
    if len(classes) < 2:
        raise DataError(
            f"{', '.join(settings.sources)} {said} {len(classes)} emotions to pool, "
            f"which takes 2; {remedy}, or use --source_mode=sequential"
        )
    return classes


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
    who: str, speakers: set[str], hashes: set[str], held_out: Sequence[ClipCard]
) -> None:
    heard = [
        clip.key
        for clip in held_out
        if clip.sha256 in hashes or _corpus_speaker(clip.key) in speakers
    ]
    if heard:
        more = f" and {len(heard) - 3} more" if len(heard) > 3 else ""
        raise DataError(
            f"{who} holds speakers or recordings that the target holds "
            f"out: {', '.join(heard[:3])}{more}; take them out of one of the two"
        )


def _corpus_speaker(key: str) -> str:
    """Corpus and speaker of a clip, which its key begins with."""
    return "/".join(key.split("/")[:2])
