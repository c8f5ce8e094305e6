"""An experiment: its settings, its data, its jobs and the folder that it writes."""

import dataclasses
import functools
from collections.abc import Callable, Iterator

from pathnet_tf.data.dataset import ALL_SPEAKERS, Dataset
from pathnet_tf.data.dataset_card import SYNTHESIZED
from pathnet_tf.data.normalization import TRANSDUCTIVE, usual_normalization
from pathnet_tf.data.speaker_folds import PROTOCOL_NAMES, Fold, make_inner_folds
from pathnet_tf.data.speaker_names import speaker_warnings
from pathnet_tf.experiment.experiment_data import (
    ExperimentData,
    read_experiment_data,
    require_unheard,
)
from pathnet_tf.experiment.jobs import SourceJob, TargetJob
from pathnet_tf.experiment.plan import ExperimentPlan
from pathnet_tf.experiment.run_folder import RunFolder
from pathnet_tf.experiment.settings import ExperimentSettings
from pathnet_tf.features.functionals_file import read_functionals
from pathnet_tf.features.representation import require_large_faces
from pathnet_tf.methods.alexnet import read_weights
from pathnet_tf.methods.learn_fold import divide_fold
from pathnet_tf.methods.learn_sources import (
    num_source_tasks,
    require_room,
    source_tasks,
)
from pathnet_tf.methods.registry import METHODS
from pathnet_tf.methods.replay import require_shared
from pathnet_tf.methods.settings import TARGET_TASK, JobSettings, SearchName
from pathnet_tf.runtime.errors import UsageError, printable
from pathnet_tf.runtime.reproducibility import stream
from pathnet_tf.runtime.storage import as_path
from pathnet_tf.serving.network_file import read_network
from pathnet_tf.training.settings import TrainingSettings


@dataclasses.dataclass(frozen=True, eq=False)
class Experiment:
    """An experiment whose data have been read.

    Attributes:
      settings: What to run, as the flags say.
      data: The data that the settings name.
    """

    settings: ExperimentSettings
    data: ExperimentData

    @classmethod
    def read(cls, settings: ExperimentSettings) -> "Experiment":
        """Reads the data of an experiment.

        Raises:
          UsageError: Settings do not fit the data.
          DataError: A dataset is missing, broken or leaks.
        """
        return cls(settings, read_experiment_data(settings))

    @functools.cached_property
    def folder(self) -> RunFolder:
        """The run's folder."""
        return RunFolder(self.settings)

    @functools.cached_property
    def job_settings(self) -> JobSettings:
        """What all jobs share: the flags, and what the data decide.

        Raises:
          UsageError: A method does not fit the network of --init_from.
        """
        settings, data = self.settings, self.data
        network = settings.network
        if settings.data.init_from:
            network = read_network(as_path(settings.data.init_from))[0].settings
        network = dataclasses.replace(network, input_shape=data.target.values.shape[1:])
        for method in settings.methods:
            METHODS[method].require_network(network, settings.tasks.learning.training)
        usual = usual_normalization(is_of_pixels=data.target.is_of_pixels)
        return JobSettings(
            **vars(settings.tasks),
            network=network,
            normalization=settings.normalization or usual,
            seed=settings.seed,
            run_dir=settings.run_dir,
            is_leaky=settings.is_leaky,
            num_source_tasks=num_source_tasks(data.sources, settings.tasks.pathways)
            or int(settings.data.has_source),
            functionals=settings.functionals,
            checkpoint_every=settings.execution.checkpoint_every,
        )

    @functools.cached_property
    def plan(self) -> ExperimentPlan:
        """All jobs, the same wherever and whenever they are planned.

        Raises:
          DataError: A fold has too few training speakers for inner folds.
        """
        settings, data = self.settings, self.data
        return ExperimentPlan(
            sources=[
                SourceJob(
                    self.job_settings,
                    data.sources,
                    data.target.emotions,
                    repeat,
                    settings.data.init_from,
                )
                for repeat in range(settings.repeats)
                if any(METHODS[name].starts_from_source for name in settings.methods)
            ],
            targets=self._target_jobs(lambda repeat: data.folds),
            inner=self._target_jobs(self._inner_folds),
        )

    @property
    def final_search(self) -> SearchName:
        """The search, on all speakers, of the model that is exported."""
        return SearchName(self.settings.methods[0], TARGET_TASK, 0, ALL_SPEAKERS)

    def require_learnable(self) -> None:
        """Divides every fold once before anything is trained, so that faults show now.

        Raises:
          UsageError: A method cannot learn the target's modality, or lacks a file.
          DataError: A fold lacks speakers or examples of a class, or a source holds
            what an inner fold holds out.
        """
        settings, job, data = self.settings, self.job_settings, self.data
        if settings.inner_folds:
            for source in data.sources:
                require_unheard(source.name, source.clips, data.target.clips)
        for name in settings.methods:
            method = METHODS[name]
            if method.modality not in ("", data.target.modality):
                nouns = {"speech": "speech", "face": "faces"}
                raise UsageError(
                    f"--method={name} learns from {nouns[method.modality]} alone, and "
                    f"{settings.data.target} holds {nouns[data.target.modality]}; "
                    "leave it out of --method"
                )
            if method.takes_alexnet_weights and job.alexnet_weights:
                read_weights(job.alexnet_weights)
            if method.needs_large_faces:
                require_large_faces(
                    data.target.described or data.target, f"--method={name}"
                )
            if method.feature_set:
                read_functionals(job.functionals, method.feature_set, data.target)
        _require_fitting(job.learning.training, settings.data.target, data.target)
        if job.learning.training.replay and data.sources:
            require_shared(data.target, data.sources)
        if job.pathways == "per_emotion" and data.sources:
            require_room(job.network, job.num_source_tasks, job.grow_modules)
        for repeat in range(settings.repeats):
            for task in source_tasks(data.sources, job.pathways, job.seed, repeat):
                divide_fold(job, task.dataset, task.fold, task.name, repeat)
            for fold in (*data.folds, *self._inner_folds(repeat)):
                divide_fold(job, data.target, fold, TARGET_TASK, repeat)

    def opening_lines(self) -> Iterator[str]:
        """Says, before anything is learned, what is about to be."""
        settings, data = self.settings, self.data
        for source in data.sources:
            yield f"Source {source.describe()}"
        if data.init:
            yield (
                f"Going on from {settings.data.init_from}: "
                f"{' + '.join(data.init.corpora)}, {len(data.init.emotions)} "
                f"emotions ({', '.join(data.init.emotions)})"
            )
        yield f"Target {data.target.describe()}"
        yield from map(printable, speaker_warnings(data.corpus_speakers))
        absent = [e for e in data.card.emotions if e not in data.target.emotions]
        if absent and not settings.data.emotions:
            yield (
                f"Left out of the target: {', '.join(absent)}, which no source has; "
                "--emotions names what to keep"
            )
        for dataset in (*data.sources, data.target):
            for found in dataset.confounding:
                if found.is_serious:
                    yield f"Confounded: {found}, so that the voice gives it away."
                elif found.remark and self.job_settings.normalization in TRANSDUCTIVE:
                    yield (
                        f"Caution: {found.remark}, and --normalization="
                        f"{self.job_settings.normalization} tells such speakers from "
                        "others: part of its scores is no recognition."
                    )
        yield from self.job_settings.network.parameter_lines()
        if settings.inner_folds:
            yield (
                f"Inner folds: every fold's training speakers in "
                f"{settings.inner_folds} groups at most, each scored by a model that "
                "has not heard it."
            )
        if settings.is_leaky:
            yield (
                f"LEAKY: --protocol={settings.data.protocol} has the same speakers in "
                "training and test; its scores measure the leak, not recognition."
            )

    def protocol_line(self) -> str:
        """States in one line what the scores mean."""
        settings, job, data = self.settings, self.job_settings, self.data
        target = data.target
        remark = " (transductive)" if job.normalization in TRANSDUCTIVE else ""
        if job.normalization == "none" and target.is_of_pixels:
            remark = " (pixels / 255)"
        choice = (
            "accuracy on validation speakers taken from the training ones"
            if job.fitness == "validation"
            else "running accuracy on training speakers"
        )
        held_out = "segments" if job.is_leaky else "speakers"
        few = ""
        if job.train_speakers:
            few = f", each learned from {job.train_speakers} speaker(s) alone"
        return (
            f"Protocol: {PROTOCOL_NAMES[data.protocol]}, {len(data.folds)} "
            f"fold(s) of {target.name}{few}, {len(target.clips)} clips of "
            f"{len(set(target.speakers))} speakers, {len(target.emotions)} emotions; "
            f"{job.learning.search.generations} generations a task, pathways chosen by "
            f"{choice}; normalization: {job.normalization}{remark}; held-out "
            f"{held_out} scored once, at the end; {settings.repeats} repeat(s), seed "
            f"{job.seed}.{' ' + SYNTHESIZED if data.is_synthesized else ''}"
        )

    def _target_jobs(self, folds: Callable[[int], list[Fold]]) -> list[TargetJob]:
        """Jobs of every method and repeat on the folds of the repeat."""
        return [
            TargetJob(
                self.job_settings,
                self.data.target,
                fold,
                method,
                repeat,
                self._beside(method),
            )
            for method in self.settings.methods
            for repeat in range(self.settings.repeats)
            for fold in folds(repeat)
        ]

    def _inner_folds(self, repeat: int) -> list[Fold]:
        """Inner folds of every fold; none without --inner_folds."""
        if not self.settings.inner_folds:
            return []
        return [
            inner
            for fold in self.data.folds
            for inner in make_inner_folds(
                self.data.target.table,
                fold,
                num_folds=self.settings.inner_folds,
                rng=stream(self.settings.seed, "inner folds", fold.name, repeat),
            )
        ]

    def _beside(self, method: str) -> list[Dataset]:
        """Sources that a method learns beside the target, replays, or scores after."""
        job = self.job_settings
        is_used = job.score_sources or job.learning.training.replay > 0
        is_used &= METHODS[method].starts_from_source
        return self.data.sources if is_used or METHODS[method].learns_sources else []


def _require_fitting(training: TrainingSettings, name: str, target: Dataset) -> None:
    """Refuses to change faces as if they were speech, and the other way round."""
    changes = dataclasses.asdict(training.augmentation)
    what, held = "speech", "faces"
    if target.modality == "speech":
        changes = dataclasses.asdict(training.face_augmentation)
        what, held = held, what
    given = [f"--{one}" for one, value in changes.items() if value]
    if given:
        raise UsageError(
            f"{', '.join(given)} can change {what} alone, and {name} holds {held}; "
            "leave it out"
        )
