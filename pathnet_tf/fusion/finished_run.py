"""A finished run, read back from its folder: its data and the scores of its clips."""

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np

from pathnet_tf.evaluation.fold_scores import ClipScores, clip_scores, read_scores
from pathnet_tf.experiment.experiment_data import ExperimentData, read_experiment_data
from pathnet_tf.experiment.jobs import TargetJob
from pathnet_tf.experiment.plan import make_plan
from pathnet_tf.experiment.run_folder import require_complete
from pathnet_tf.experiment.settings import RESULTS_NAME, ExperimentSettings
from pathnet_tf.runtime.errors import DataError

# Method, repeat and fold.
UnitKey = tuple[str, int, str]


@dataclasses.dataclass(frozen=True, eq=False)
class FinishedRun:
    """The data of a finished run and the scores of its clips.

    Attributes:
      settings: What was run.
      material: Its data.
      held_out: Scores of the clips that each fold holds out.
      training: Scores of the clips on each fold's training side, from its inner folds;
        empty if the run had no inner folds.
    """

    settings: ExperimentSettings
    material: ExperimentData
    held_out: Mapping[UnitKey, ClipScores]
    training: Mapping[UnitKey, ClipScores]

    def __str__(self) -> str:
        """Names the run for a person."""
        return str(self.settings.unit.run_dir)


def require_finished(settings: ExperimentSettings) -> None:
    """Checks that a run has results, before its data are read.

    Args:
      settings: Settings of the run.

    Raises:
      DataError: The run has no results.
    """
    run_dir = settings.unit.run_dir
    if not (run_dir / RESULTS_NAME).exists():
        raise DataError(
            f"{run_dir} has no {RESULTS_NAME}, so its run is not finished; start it "
            "again, or run what shards are left and then "
            f"python -m pathnet_tf.merge --run_dir={run_dir}"
        )


def read_finished_run(settings: ExperimentSettings) -> FinishedRun:
    """Reads a finished run.

    Args:
      settings: Settings of the run.

    Returns:
      The run.

    Raises:
      DataError: It is not finished, an outcome cannot be read, or the target is no
        longer what it was.
    """
    require_finished(settings)
    material = read_experiment_data(settings.data)
    plan = make_plan(settings, settings.unit, material)
    require_complete(settings, plan)
    held_out, training = {}, {}
    for unit in plan.targets:
        key = (unit.method, unit.repeat, unit.fold.name)
        held_out[key] = _read_clips(unit, settings)
        if inner := plan.inner_of(unit):
            parts = [_read_clips(one, settings) for one in inner]
            training[key] = _joined(key, parts)
    return FinishedRun(settings, material, held_out, training)


def _read_clips(unit: TargetJob, settings: ExperimentSettings) -> ClipScores:
    scores = read_scores(unit.outcome)
    if not np.array_equal(scores.test, unit.fold.test):
        raise DataError(
            f"{settings.data.target} is not the dataset that "
            f"{settings.unit.run_dir} learned ({unit} held out other segments); run "
            "it again with --overwrite"
        )
    return clip_scores(scores, unit.target)


def _joined(key: UnitKey, parts: Iterable[ClipScores]) -> ClipScores:
    """Joins the groups of inner folds, which have no clip in common."""
    parts = list(parts)
    clips = np.concatenate([part.clips for part in parts])
    values = np.concatenate([part.log_probabilities for part in parts])
    order = np.argsort(clips)
    return ClipScores(*key, clips[order], values[order])
