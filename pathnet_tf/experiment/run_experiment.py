"""A whole experiment: sources, the target fold by fold, then results and export."""

import contextlib
import dataclasses
from collections.abc import Callable, Sequence

import joblib

from pathnet_tf.data.dataset import ALL_SPEAKERS
from pathnet_tf.data.dataset_card import SYNTHESIZED
from pathnet_tf.data.folds import PROTOCOL_NAMES
from pathnet_tf.data.normalization import USUAL_NORMALIZATIONS
from pathnet_tf.evaluation import results_csv
from pathnet_tf.evaluation.fold_scores import clip_scores, read_scores, read_sources
from pathnet_tf.evaluation.method_comparison import comparison_text
from pathnet_tf.evaluation.results_table import results_table
from pathnet_tf.evaluation.retention import retention_lines, retentions
from pathnet_tf.experiment import run_folder
from pathnet_tf.experiment.caching import cached
from pathnet_tf.experiment.executors import opened
from pathnet_tf.experiment.experiment_data import ExperimentData, read_experiment_data
from pathnet_tf.experiment.hparams_log import write_sweep_log
from pathnet_tf.experiment.jobs import Job
from pathnet_tf.experiment.model_facts import about_model, model_facts
from pathnet_tf.experiment.plan import make_plan, require_examples
from pathnet_tf.experiment.run_folder import ResolvedFlags, require_complete
from pathnet_tf.experiment.settings import (
    PREDICTIONS_NAME,
    RESULTS_NAME,
    ExperimentSettings,
)
from pathnet_tf.methods.learn_sources import num_source_tasks
from pathnet_tf.methods.learn_target import refit
from pathnet_tf.methods.progressive import require_column
from pathnet_tf.methods.settings import TARGET_TASK, JobSettings, log_folder
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.folder_lock import locked
from pathnet_tf.runtime.interruption import StoppedError, obey_owner
from pathnet_tf.runtime.reproducibility import use_one_thread
from pathnet_tf.runtime.storage import AnyPath, as_path, remove_tree
from pathnet_tf.search.search_progress import SearchProgress
from pathnet_tf.serving import export
from pathnet_tf.serving.model_card import model_card
from pathnet_tf.serving.network_file import read_network


def run(
    settings: ExperimentSettings,
    *,
    flags: ResolvedFlags,
    report: Callable[[str], None] = print,
) -> list[results_csv.Row]:
    """Runs an experiment and writes its results to the run's folder.

    Nothing is written before every input has been checked. What an interrupted run of
    the same flags and data left in the folder is gone on with.

    Args:
      settings: What to run.
      flags: The flags, kept beside the results.
      report: Receives the lines meant for a person.

    Returns:
      The rows of `results.csv`; none of a shard, which has no results of its own.

    Raises:
      UsageError: Settings do not fit the data, or a folder is taken.
      DataError: A dataset is missing, broken or leaks.
      StoppedError: A signal asked to stop; the message says how to go on.
    """
    use_one_thread()
    run_folder.require_folders(settings, flags)
    material = read_experiment_data(settings.data)
    if settings.export_dir:
        export.require_exportable(material.card)
    unit = unit_settings(settings, material)
    require_examples(settings, unit, material)
    for line in _opening_lines(settings, unit.network, material):
        report(line)
    with (
        run_folder.started(settings, flags, is_synthesized=material.is_synthesized),
        cached(settings.cache, material) as kept,
        opened(settings.executor, report) as runner,
    ):
        plan = make_plan(settings, unit, kept)
        run_folder.drop_damaged(plan.units, report)
        chosen = plan.units
        if settings.shard:
            targets = [*plan.targets, *plan.inner]
            chosen = settings.shard.choose(plan.sources, targets)
        with SearchProgress(_searches(chosen), unit.learning.search.generations):
            runner.run([one for one in chosen if not one.needs_source])
            runner.run([one for one in chosen if one.needs_source])
        if settings.shard:
            report(_shard_line(settings, len(chosen)))
            return []
        rows = finish(settings, unit, material, report)
        # Last, so that nothing that goes wrong here costs the results.
        if settings.export_dir and not run_folder.is_exported(settings):
            searches = {_refit_log(settings, unit): len(material.target.labels)}
            with SearchProgress(searches, unit.learning.search.generations):
                runner.call([joblib.delayed(_refit_and_export)(settings, unit, kept)])
        if settings.export_dir:
            report(_export_line(settings))
        remove_tree(unit.checkpoint_dir)
    return rows


def merge(
    settings: ExperimentSettings, *, report: Callable[[str], None] = print
) -> list[results_csv.Row]:
    """Makes the results of an experiment that was run in shards.

    Args:
      settings: What was run.
      report: Receives the lines meant for a person.

    Returns:
      The rows of `results.csv`.

    Raises:
      DataError: A unit is missing.
    """
    use_one_thread()
    material = read_experiment_data(settings.data)
    unit = unit_settings(settings, material)
    with locked(unit.run_dir):
        require_complete(settings, make_plan(settings, unit, material))
        rows = finish(settings, unit, material, report)
        if settings.export_dir and not run_folder.is_exported(settings):
            with cached(settings.cache, material) as kept:
                searches = {_refit_log(settings, unit): len(material.target.labels)}
                with SearchProgress(searches, unit.learning.search.generations):
                    _refit_and_export(settings, unit, kept)
        if settings.export_dir:
            report(_export_line(settings))
        remove_tree(unit.checkpoint_dir)
    return rows


def finish(
    settings: ExperimentSettings,
    unit: JobSettings,
    material: ExperimentData,
    report: Callable[[str], None],
) -> list[results_csv.Row]:
    """Makes the results of the outcomes in the run's folder.

    Args:
      settings: What was run.
      unit: What its units shared.
      material: Its data.
      report: Receives the lines meant for a person.

    Returns:
      The rows of `results.csv`.
    """
    plan = make_plan(settings, unit, material)
    sources = [one for u in plan.sources for one in read_sources(u.outcome)]
    scores = [read_scores(u.outcome) for u in plan.targets]
    clips = [clip_scores(fold, material.target) for fold in scores]
    target, is_leaky = material.target, settings.is_leaky
    rows = results_csv.source_rows(sources)
    rows += results_csv.kept_rows(scores, is_leaky=is_leaky)
    rows += results_csv.result_rows(scores, target, is_leaky=is_leaky)
    path = unit.run_dir / PREDICTIONS_NAME
    results_csv.write_predictions(path, clips, target, is_leaky=is_leaky)
    results_csv.write_results(unit.run_dir / RESULTS_NAME, rows)
    write_sweep_log(settings, unit, material, rows)
    for source in sources:
        report(source.describe())
    report("")
    report(results_table(rows, target.emotions))
    for line in retention_lines(retentions(sources, scores)):
        report(line)
    report(comparison_text(clips, target, seed=unit.seed, is_leaky=is_leaky))
    report("")
    report(protocol_line(settings, material))
    report(f"Results: {unit.run_dir / RESULTS_NAME}")
    report(f"Curves: tensorboard --logdir={unit.run_dir / 'logs'}")
    return rows


def unit_settings(
    settings: ExperimentSettings, material: ExperimentData
) -> JobSettings:
    """Completes what units share by what only the data can tell."""
    shape = material.target.values.shape[1:]
    network = settings.unit.network
    if settings.data.init_from:
        network = read_network(as_path(settings.data.init_from))[0].settings
    network = dataclasses.replace(network, input_shape=shape)
    if "progressive" in settings.methods:
        require_column(network, settings.unit.learning.training)
    usual = USUAL_NORMALIZATIONS[material.target.modality]
    return dataclasses.replace(
        settings.unit,
        network=network,
        normalization=settings.unit.normalization or usual,
        is_leaky=settings.is_leaky,
        num_source_tasks=num_source_tasks(material.sources, settings.unit.pathways)
        or int(settings.data.has_source),
    )


def protocol_line(settings: ExperimentSettings, material: ExperimentData) -> str:
    """States in one line what the scores mean."""
    target, unit = material.target, unit_settings(settings, material)
    remark = " (transductive)" if unit.normalization == "speaker" else ""
    if unit.normalization == "none" and target.modality == "face":
        remark = " (pixels / 255)"
    choice = (
        "running accuracy on training speakers"
        if not unit.validation_share
        else "accuracy on validation speakers taken from the training ones"
    )
    held_out = "segments" if settings.is_leaky else "speakers"
    few = ""
    if unit.train_speakers:
        few = f", each learned from {unit.train_speakers} speaker(s) alone"
    return (
        f"Protocol: {PROTOCOL_NAMES[material.protocol]}, {len(material.folds)} "
        f"fold(s) of {target.name}{few}, {len(target.clips)} clips of "
        f"{len(set(target.speakers))} speakers, {len(target.emotions)} emotions; "
        f"{unit.learning.search.generations} generations a task, pathways chosen by "
        f"{choice}; normalization: {unit.normalization}{remark}; held-out "
        f"{held_out} scored once, at the end; {settings.repeats} repeat(s), seed "
        f"{unit.seed}.{' ' + SYNTHESIZED if material.is_synthesized else ''}"
    )


def _opening_lines(
    settings: ExperimentSettings, network: PathNetSettings, material: ExperimentData
) -> list[str]:
    lines = [f"Source {source.describe()}" for source in material.sources]
    if material.init:
        lines.append(
            f"Going on from {settings.data.init_from}: "
            f"{' + '.join(material.init.corpora)}, {len(material.init.emotions)} "
            f"emotions ({', '.join(material.init.emotions)})"
        )
    lines.append(f"Target {material.target.describe()}")
    absent = [e for e in material.card.emotions if e not in material.target.emotions]
    if absent and not settings.data.emotions:
        lines.append(
            f"Left out of the target: {', '.join(absent)}, which no source has; "
            "--emotions names what to keep"
        )
    lines += network.parameter_lines()
    if settings.inner_folds:
        lines.append(
            f"Inner folds: every fold's training speakers in {settings.inner_folds} "
            "groups at most, each scored by a model that has not heard it."
        )
    if settings.is_leaky:
        lines.append(
            f"LEAKY: --protocol={settings.data.protocol} has the same speakers in "
            "training and test; its scores measure the leak, not recognition."
        )
    return lines


def _refit_and_export(
    settings: ExperimentSettings, unit: JobSettings, material: ExperimentData
) -> None:
    """Learns the target on all its speakers and exports the model, in a worker."""
    obey_owner()
    with contextlib.suppress(StoppedError):
        method = settings.methods[0]
        model, learned, statistics = refit(
            unit, material.target, method=method, sources=material.sources
        )
        facts = model_facts(settings, unit, material, protocol_line(settings, material))
        about = about_model(facts, learned, material.init)
        run_folder.export_once(
            settings,
            model,
            learned.members,
            statistics,
            material.card,
            about,
            model_card(facts, about),
        )


def _refit_log(settings: ExperimentSettings, unit: JobSettings) -> AnyPath:
    return log_folder(unit.log_dir, settings.methods[0], TARGET_TASK, 0, ALL_SPEAKERS)


def _searches(units: Sequence[Job]) -> dict[AnyPath, int]:
    """Log folder of every search, with the size of its training set."""
    return {folder: size for unit in units for folder, size in unit.searches().items()}


def _shard_line(settings: ExperimentSettings, num_units: int) -> str:
    return (
        f"Shard {settings.shard}: {num_units} unit(s) done. When all shards are: "
        f"python -m pathnet_tf.merge --run_dir={settings.unit.run_dir}"
    )


def _export_line(settings: ExperimentSettings) -> str:
    return f"SavedModel, learned on all target speakers: {settings.export_dir}"
