"""The units of a whole experiment, and the checks they must pass before and after."""

import dataclasses

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.data.folds import Fold, make_inner_folds, outer_name
from pathnet_tf.experiment.experiment_data import ExperimentData, require_unheard
from pathnet_tf.experiment.jobs import Job, SourceJob, TargetJob
from pathnet_tf.experiment.settings import ExperimentSettings
from pathnet_tf.features.feature_sets import FEATURE_SETS
from pathnet_tf.features.functionals_file import read_functionals
from pathnet_tf.methods.alexnet import read_weights
from pathnet_tf.methods.learn_fold import divide_fold
from pathnet_tf.methods.learn_sources import require_room, source_tasks
from pathnet_tf.methods.registry import METHODS
from pathnet_tf.methods.replay import require_shared
from pathnet_tf.methods.settings import TARGET_TASK, JobSettings
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.reproducibility import stream


@dataclasses.dataclass(frozen=True, eq=False)
class ExperimentPlan:
    """All units of an experiment.

    Attributes:
      sources: One a repeat, if there are sources.
      targets: One a method, repeat and fold, in the order of the results.
      inner: Those of inner folds, which enter no results.
    """

    sources: list[SourceJob]
    targets: list[TargetJob]
    inner: list[TargetJob]

    @property
    def units(self) -> list[Job]:
        """All of them."""
        return [*self.sources, *self.targets, *self.inner]

    def inner_of(self, target: TargetJob) -> list[TargetJob]:
        """Units that score the training side of a target unit's fold."""
        return [
            unit
            for unit in self.inner
            if (unit.method, unit.repeat, outer_name(unit.fold.name))
            == (target.method, target.repeat, target.fold.name)
        ]


def make_plan(
    settings: ExperimentSettings, unit: JobSettings, material: ExperimentData
) -> ExperimentPlan:
    """Plans all units of an experiment.

    Args:
      settings: What to run.
      unit: What its units share.
      material: Its data.

    Returns:
      The plan, the same wherever and whenever it is made.

    Raises:
      DataError: A fold has too few training speakers for inner folds.
    """
    repeats = range(settings.repeats)
    target = material.target
    sources = [
        SourceJob(
            unit, material.sources, target.emotions, repeat, settings.data.init_from
        )
        for repeat in repeats
        if any(METHODS[method].starts_from_source for method in settings.methods)
    ]
    targets = [
        TargetJob(unit, target, fold, method, repeat, _beside(unit, method, material))
        for method in settings.methods
        for repeat in repeats
        for fold in material.folds
    ]
    inner = [
        TargetJob(unit, target, fold, method, repeat, _beside(unit, method, material))
        for method in settings.methods
        for repeat in repeats
        for fold in _inner_folds(settings, material, repeat)
    ]
    return ExperimentPlan(sources, targets, inner)


def require_examples(
    settings: ExperimentSettings, unit: JobSettings, material: ExperimentData
) -> None:
    """Divides every fold once before anything is trained, so that faults show now.

    Args:
      settings: What to run.
      unit: What its units share.
      material: Its data.

    Raises:
      UsageError: A method cannot learn the target's modality.
      DataError: A fold lacks speakers or examples of a class, or a source holds what an
        inner fold holds out.
    """
    if settings.inner_folds:
        every_clip = np.arange(len(material.target.clips))
        for source in material.sources:
            require_unheard(source, material.target, every_clip)
    for method in settings.methods:
        modality = METHODS[method].modality
        if modality not in ("", material.target.modality):
            raise UsageError(
                f"--method={method} learns from {modality} alone, and "
                f"{settings.data.target} holds {material.target.modality}s"
            )
    if {"alexnet", "alexnet_average"} & set(settings.methods) and unit.alexnet_weights:
        read_weights(unit.alexnet_weights)
    for feature_set in FEATURE_SETS:
        if f"{feature_set}_svm" in settings.methods:
            read_functionals(unit.functionals, feature_set, material.target)
    if unit.learning.training.replay and material.sources:
        require_shared(material.target, material.sources)
    if unit.pathways == "per_emotion" and material.sources:
        require_room(unit.network, unit.num_source_tasks, unit.grow_modules)
    for repeat in range(settings.repeats):
        for task in source_tasks(material.sources, unit.pathways, unit.seed, repeat):
            divide_fold(unit, task.dataset, task.fold, task.name, repeat)
        for fold in (*material.folds, *_inner_folds(settings, material, repeat)):
            divide_fold(unit, material.target, fold, TARGET_TASK, repeat)


def _inner_folds(
    settings: ExperimentSettings, material: ExperimentData, repeat: int
) -> list[Fold]:
    """Inner folds of every fold; none without --inner_folds."""
    if not settings.inner_folds:
        return []
    seed = settings.unit.seed
    return [
        inner
        for fold in material.folds
        for inner in make_inner_folds(
            material.target.table,
            fold,
            num_folds=settings.inner_folds,
            rng=stream(seed, "inner folds", fold.name, repeat),
        )
    ]


def _beside(unit: JobSettings, method: str, material: ExperimentData) -> list[Dataset]:
    """Sources that a method learns beside the target, replays, or scores after it."""
    is_used = unit.scores_sources or unit.learning.training.replay > 0
    is_used &= METHODS[method].starts_from_source
    return material.sources if is_used or METHODS[method].learns_sources else []
