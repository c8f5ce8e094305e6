"""A finished run, read back from its folder: its data and the scores of its clips."""

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np

from pathnet_tf.evaluation.fold_scores import ClipScores, clip_scores, read_scores
from pathnet_tf.experiment.experiment import Experiment
from pathnet_tf.experiment.experiment_data import ExperimentData
from pathnet_tf.experiment.jobs import TargetJob
from pathnet_tf.experiment.run_folder import RunFolder
from pathnet_tf.experiment.settings import RESULTS_NAME, ExperimentSettings
from pathnet_tf.runtime.errors import DataError

# Method, repeat and fold.
JobKey = tuple[str, int, str]


@dataclasses.dataclass(frozen=True, eq=False)
class FinishedRun:
    """The data of a finished run and the scores of its clips.

    Attributes:
      settings: What was run.
      data: The run's data.
      held_out: Scores of the clips that each fold holds out.
      training: Scores of the clips on each fold's training side, from its inner folds;
        empty if the run had no inner folds.
    """

    settings: ExperimentSettings
    data: ExperimentData
    held_out: Mapping[JobKey, ClipScores]
    training: Mapping[JobKey, ClipScores]

    def __str__(self) -> str:
        """Names the run for a person."""
        return str(self.settings.run_dir)


def require_finished(settings: ExperimentSettings) -> None:
    """Checks that a run has results, before its data are read.

    Args:
      settings: Settings of the run.

    Raises:
      DataError: The run has no results.
    """
    folder = RunFolder(settings)
    if not folder.results.exists():
        raise DataError(
            f"{folder} has no {RESULTS_NAME}, so its run is not finished; start it "
            "again, or run what shards are left and then "
            f"python -m pathnet_tf.merge --run_dir={folder}"
        )


def read_finished_run(settings: ExperimentSettings) -> FinishedRun:
    """Reads a finished run.

    Args:
      settings: Settings of the run.

    Returns:
      The run.

    Raises:
      DataError: It is not finished, scores cannot be read, or the target is no longer
        what it was.
    """
    require_finished(settings)
    experiment = Experiment.read(settings)
    plan = experiment.plan
    experiment.folder.require_complete(plan.jobs)
    held_out, training = {}, {}
    for job in plan.targets:
        key = (job.method, job.repeat, job.fold.name)
        held_out[key] = _read_clips(job, settings)
        if inner := plan.inner_of(job):
            training[key] = _joined(key, [_read_clips(one, settings) for one in inner])
    return FinishedRun(settings, experiment.data, held_out, training)


def _read_clips(job: TargetJob, settings: ExperimentSettings) -> ClipScores:
    """Reads the scores of a job's held-out clips, if its fold is still the same."""
    scores = read_scores(job.scores_path)
    if not np.array_equal(scores.test, job.fold.test):
        raise DataError(
            f"{settings.data.target} is not the dataset that {settings.run_dir} "
            f"learned ({job} held out other segments); run it again with --overwrite"
        )
    return clip_scores(scores, job.target)


def _joined(key: JobKey, parts: Iterable[ClipScores]) -> ClipScores:
    """Joins the groups of inner folds, which have no clip in common."""
    parts = list(parts)
    clips = np.concatenate([part.clips for part in parts])
    values = np.concatenate([part.log_probabilities for part in parts])
    order = np.argsort(clips)
    return ClipScores(*key, clips[order], values[order])
