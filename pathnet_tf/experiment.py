"""A whole experiment: sources, the target fold by fold, then results and export."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib

from pathnet_tf import environment, export, results
from pathnet_tf.dataset import ALL_SPEAKERS
from pathnet_tf.dataset_card import dataset_hash
from pathnet_tf.experiment_settings import FLAGS_NAME, ExperimentSettings
from pathnet_tf.material import Material, read_material
from pathnet_tf.model import PathNetSettings
from pathnet_tf.outcomes import FoldScores, LearnedSource
from pathnet_tf.progress import SearchProgress
from pathnet_tf.units import (
    TARGET_TASK,
    UnitSettings,
    divide_fold,
    learn_sources,
    learn_target,
    log_folder,
    refit,
    source_task,
    use_one_thread,
)

PROTOCOL_NAMES = {
    "loso": "leave one speaker out",
    "speaker_kfold": "groups of speakers left out",
    "split": "fixed split from the table",
    "random_utterance": "LEAKY: clips divided at random, speakers on both sides",
    "random_segment": "LEAKY: segments divided at random, clips on both sides",
}


def run(
    settings: ExperimentSettings,
    *,
    resolved_flags: str,
    report: Callable[[str], None] = print,
) -> list[results.Row]:
    """Runs an experiment and writes its results to the run's folder.

    Nothing is written before every input has been checked.

    Args:
      settings: What to run.
      resolved_flags: Text of the flags, kept beside the results.
      report: Receives the lines meant for a person.

    Returns:
      The rows of `results.csv`.

    Raises:
      UsageError: Settings do not fit the data, or a folder is taken.
      DataError: A dataset is missing, broken or leaks.
    """
    use_one_thread()
    settings.run_folder.require_free()
    if settings.model_folder:
        settings.model_folder.require_free()
    material = read_material(settings.data)
    if settings.model_folder:
        export.parse_front_end(material.front_end)
    shape = material.target.values.shape[1:]
    network = dataclasses.replace(settings.unit.network, input_shape=shape)
    unit = dataclasses.replace(
        settings.unit, network=network, is_leaky=settings.is_leaky
    )
    _require_examples(settings, unit, material)
    _start_folder(settings, resolved_flags)
    for line in _opening_lines(settings, network, material):
        report(line)
    searches = _expected_searches(settings, unit, material)
    with (
        SearchProgress(searches, unit.learning.search.generations),
        joblib.Parallel(n_jobs=settings.num_workers) as parallel,
    ):
        sources, scores = _run_units(settings, unit, material, parallel)
        rows = results.source_rows(sources)
        rows += results.result_rows(scores, material.target, is_leaky=settings.is_leaky)
        results.write_predictions(
            unit.run_dir / "predictions.csv",
            scores,
            material.target,
            is_leaky=settings.is_leaky,
        )
        results.write_results(unit.run_dir / "results.csv", rows)
        # Last, so that nothing that goes wrong here costs the results.
        if settings.export_dir:
            parallel([joblib.delayed(_refit_and_export)(settings, unit, material)])
    for source in sources:
        report(source.describe())
    report("")
    report(results.table(rows, material.target.emotions))
    report("")
    report(protocol_line(settings, material))
    report(f"Results: {unit.run_dir / 'results.csv'}")
    report(f"Curves: tensorboard --logdir={unit.run_dir / 'logs'}")
    if settings.export_dir:
        report(f"SavedModel, learned on all target speakers: {settings.export_dir}")
    return rows


def protocol_line(settings: ExperimentSettings, material: Material) -> str:
    """States in one line what the scores mean."""
    target, unit = material.target, settings.unit
    transductive = " (transductive)" if unit.normalization == "speaker" else ""
    choice = (
        "running accuracy on training speakers"
        if not unit.validation_share
        else "accuracy on validation speakers taken from the training ones"
    )
    held_out = "segments" if settings.is_leaky else "speakers"
    return (
        f"Protocol: {PROTOCOL_NAMES[material.protocol]}, {len(material.folds)} "
        f"fold(s) of {target.name}, {len(target.clips)} clips of "
        f"{len(set(target.speakers))} speakers, {len(target.emotions)} emotions; "
        f"{unit.learning.search.generations} generations a task, pathways chosen by "
        f"{choice}; normalization: {unit.normalization}{transductive}; held-out "
        f"{held_out} scored once, at the end; {settings.repeats} repeat(s), seed "
        f"{unit.seed}."
    )


def _opening_lines(
    settings: ExperimentSettings, network: PathNetSettings, material: Material
) -> list[str]:
    lines = [f"Source {source.describe()}" for source in material.sources]
    lines.append(f"Target {material.target.describe()}")
    lines += network.parameter_lines()
    if settings.is_leaky:
        lines.append(
            f"LEAKY: --protocol={settings.data.protocol} has the same speakers in "
            "training and test; its scores measure the leak, not recognition."
        )
    return lines


def _require_examples(
    settings: ExperimentSettings, unit: UnitSettings, material: Material
) -> None:
    """Divides every fold once before anything is trained, so that faults show now."""
    for repeat in range(settings.repeats):
        for index, source in enumerate(material.sources):
            divide_fold(unit, source, source.everything(), source_task(index), repeat)
        for fold in material.folds:
            divide_fold(unit, material.target, fold, TARGET_TASK, repeat)


def _start_folder(settings: ExperimentSettings, resolved_flags: str) -> None:
    run_dir = settings.unit.run_dir
    if run_dir.exists():
        shutil.rmtree(run_dir)
    run_dir.mkdir(parents=True)
    (run_dir / FLAGS_NAME).write_text(resolved_flags, encoding="utf-8")
    folders = [*settings.data.sources, settings.data.target]
    hashes = {folder: dataset_hash(Path(folder)) for folder in folders}
    content = environment.describe(seed=settings.unit.seed, datasets=hashes)
    environment.write(run_dir / "environment.json", content)


def _run_units(
    settings: ExperimentSettings,
    unit: UnitSettings,
    material: Material,
    parallel: joblib.Parallel,
) -> tuple[list[LearnedSource], list[FoldScores]]:
    """Runs every unit: first what waits for no source, then transfer."""
    repeats = range(settings.repeats)

    def target_jobs(method: str) -> list[Any]:
        return [
            joblib.delayed(learn_target)(
                unit, material.target, fold, method=method, repeat=repeat
            )
            for repeat in repeats
            for fold in material.folds
        ]

    source_jobs: list[Any] = [
        joblib.delayed(learn_sources)(
            unit, material.sources, material.target.emotions, repeat
        )
        for repeat in repeats
        if material.sources
    ]
    scratch_jobs = target_jobs("scratch") if "scratch" in settings.methods else []
    transfer_jobs = target_jobs("transfer") if material.sources else []
    first = parallel(source_jobs + scratch_jobs)
    transfer = parallel(transfer_jobs)
    sources = [task for chain in first[: len(source_jobs)] for task in chain]
    return sources, transfer + first[len(source_jobs) :]


def _refit_and_export(
    settings: ExperimentSettings, unit: UnitSettings, material: Material
) -> None:
    """Learns the target on all its speakers and exports the model, in a worker."""
    model, learned, statistics = refit(
        unit, material.target, method=settings.methods[0]
    )
    assert settings.model_folder is not None
    export.export(
        settings.model_folder, model, learned.pathway, statistics, material.front_end
    )


def _expected_searches(
    settings: ExperimentSettings, unit: UnitSettings, material: Material
) -> dict[Path, int]:
    """Log folder of every search, with the size of its training set."""
    searches = {}
    for repeat in range(settings.repeats):
        for index, source in enumerate(material.sources):
            folder = log_folder(
                unit.log_dir, "transfer", source_task(index), repeat, ALL_SPEAKERS
            )
            searches[folder] = len(source.labels)
        for method in settings.methods:
            for fold in material.folds:
                folder = log_folder(
                    unit.log_dir, method, TARGET_TASK, repeat, fold.name
                )
                searches[folder] = len(fold.train)
    if settings.export_dir:
        folder = log_folder(
            unit.log_dir, settings.methods[0], TARGET_TASK, 0, ALL_SPEAKERS
        )
        searches[folder] = len(material.target.labels)
    return searches
