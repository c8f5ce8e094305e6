"""Runs an experiment: sources, the target fold by fold, then results and export."""

import contextlib
import dataclasses
from collections.abc import Callable, Sequence

import joblib

from pathnet_tf.evaluation import results_csv
from pathnet_tf.evaluation.fold_scores import clip_scores, read_scores, read_sources
from pathnet_tf.evaluation.method_comparison import comparison_text
from pathnet_tf.evaluation.results_table import results_table
from pathnet_tf.evaluation.retention import retention_lines, retentions
from pathnet_tf.experiment.caching import cached
from pathnet_tf.experiment.experiment import Experiment
from pathnet_tf.experiment.flags import ResolvedFlags
from pathnet_tf.experiment.hparams_log import write_sweep_log
from pathnet_tf.experiment.jobs import Job, missing, run_job
from pathnet_tf.experiment.model_facts import about_model, model_facts
from pathnet_tf.experiment.run_folder import RunFolder, drop_damaged
from pathnet_tf.experiment.settings import ExperimentSettings
from pathnet_tf.methods.learn_target import refit
from pathnet_tf.runtime.executors import opened
from pathnet_tf.runtime.folder_lock import locked
from pathnet_tf.runtime.interruption import StoppedError, obey_owner
from pathnet_tf.runtime.reproducibility import use_one_thread
from pathnet_tf.runtime.storage import remove_tree
from pathnet_tf.search.progress_bars import SearchProgress
from pathnet_tf.serving import export
from pathnet_tf.serving.model_card import model_card

Report = Callable[[str], None]
"""Receives the lines meant for a person."""


def run(
    settings: ExperimentSettings,
    *,
    flags: ResolvedFlags,
    report: Report = print,
    warn: Report | None = None,
) -> list[results_csv.Row]:
    """Runs an experiment and writes its results to the run's folder.

    Nothing is written before every input has been checked. What an interrupted run of
    the same flags and data left in the folder is gone on with.

    Args:
      settings: What to run.
      flags: The flags, kept beside the results.
      report: Receives the lines meant for a person.
      warn: Receives those about what went wrong and was mended; `report` if not given.

    Returns:
      The rows of `results.csv`; none of a shard, which has no results of its own.

    Raises:
      UsageError: Settings do not fit the data, or a folder is taken.
      DataError: A dataset is missing, broken or leaks.
      StoppedError: A signal asked to stop; the message says how to go on.
    """
    use_one_thread()
    warn = warn or report
    RunFolder(settings).require_usable(flags)
    experiment = Experiment.read(settings)
    if settings.export_dir:
        export.require_exportable(experiment.data.card)
    experiment.require_learnable()
    for line in experiment.opening_lines():
        report(line)
    execution, shard = settings.execution, settings.execution.shard
    is_synthesized = experiment.data.is_synthesized
    with (
        experiment.folder.started(flags, is_synthesized=is_synthesized),
        cached(execution, experiment.data) as data,
        opened(execution, execution.num_processes, warn) as runner,
    ):
        experiment = dataclasses.replace(experiment, data=data)
        drop_damaged(experiment.plan.jobs, warn)
        chosen = experiment.plan.chosen(shard)
        with _progress(experiment, chosen):
            for is_after in (False, True):
                jobs = [job for job in chosen if job.needs_source == is_after]
                runner.run(run_job, jobs, missing)
        if shard:
            report(
                f"Shard {shard}: {len(chosen)} job(s) done. When all shards are: "
                f"python -m pathnet_tf.merge --run_dir={settings.run_dir}"
            )
            return []
        rows = finish(experiment, report)

        # Last, so that nothing that goes wrong here costs the results.
        def refit_in_worker() -> None:
            runner.call([joblib.delayed(_refit_and_export)(experiment)])

        _export(experiment, report, refit_in_worker)
    return rows


def merge(
    settings: ExperimentSettings, *, report: Report = print
) -> list[results_csv.Row]:
    """Makes the results of an experiment that was run in shards.

    Args:
      settings: What was run.
      report: Receives the lines meant for a person.

    Returns:
      The rows of `results.csv`.

    Raises:
      DataError: A job is missing.
    """
    use_one_thread()
    experiment = Experiment.read(settings)
    with locked(settings.run_dir):
        experiment.folder.require_complete(experiment.plan.jobs)
        rows = finish(experiment, report)

        def refit_here() -> None:
            with cached(settings.execution, experiment.data) as data:
                _refit_and_export(dataclasses.replace(experiment, data=data))

        _export(experiment, report, refit_here)
    return rows


def finish(experiment: Experiment, report: Report) -> list[results_csv.Row]:
    """Makes the results of the scores in the run's folder.

    Args:
      experiment: An experiment whose jobs are done.
      report: Receives the lines meant for a person.

    Returns:
      The rows of `results.csv`.
    """
    plan, folder = experiment.plan, experiment.folder
    target, is_leaky = experiment.data.target, experiment.settings.is_leaky
    sources = [one for job in plan.sources for one in read_sources(job.scores_path)]
    scores = [read_scores(job.scores_path) for job in plan.targets]
    clips = [clip_scores(fold, target) for fold in scores]
    rows = results_csv.source_rows(sources)
    rows += results_csv.kept_rows(scores, is_leaky=is_leaky)
    rows += results_csv.result_rows(scores, target, is_leaky=is_leaky)
    results_csv.write_predictions(folder.predictions, clips, target, is_leaky=is_leaky)
    results_csv.write_results(folder.results, rows)
    write_sweep_log(experiment, rows)
    for source in sources:
        report(source.describe())
    report("")
    report(results_table(rows, target.emotions))
    for line in retention_lines(retentions(sources, scores)):
        report(line)
    seed = experiment.settings.seed
    report(comparison_text(clips, target, seed=seed, is_leaky=is_leaky))
    report("")
    report(experiment.protocol_line())
    report(f"Results: {folder.results}")
    report(f"Curves: tensorboard --logdir={folder.path / 'logs'}")
    return rows


def _progress(experiment: Experiment, jobs: Sequence[Job]) -> SearchProgress:
    """Follows the searches of jobs."""
    job_settings = experiment.job_settings
    return SearchProgress(
        {
            search.folder(job_settings.log_dir): num_segments
            for job in jobs
            for search, num_segments in job.searches().items()
        },
        job_settings.learning.search.generations,
    )


def _export(experiment: Experiment, report: Report, refit: Callable[[], None]) -> None:
    """Exports the model if one is asked for, and removes what is no longer needed.

    Args:
      experiment: An experiment that has its results.
      report: Receives the lines meant for a person.
      refit: Learns on all speakers and exports.
    """
    job_settings = experiment.job_settings
    if folder := experiment.settings.export_dir:
        if not experiment.folder.has_exported:
            log = experiment.final_search.folder(job_settings.log_dir)
            num_segments = len(experiment.data.target.labels)
            generations = job_settings.learning.search.generations
            with SearchProgress({log: num_segments}, generations):
                refit()
        report(f"SavedModel, learned on all target speakers: {folder}")
    remove_tree(job_settings.checkpoint_dir)


def _refit_and_export(experiment: Experiment) -> None:
    """Learns the target on all its speakers and exports the model, in a worker."""
    obey_owner()
    with contextlib.suppress(StoppedError):
        data = experiment.data
        model, learned, statistics = refit(
            experiment.job_settings,
            data.target,
            method=experiment.settings.methods[0],
            sources=data.sources,
        )
        facts = model_facts(experiment)
        about = about_model(facts, learned, data.init)
        experiment.folder.export(
            model,
            learned.members,
            statistics,
            data.card,
            about,
            model_card(facts, about),
        )
