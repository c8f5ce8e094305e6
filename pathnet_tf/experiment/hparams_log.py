"""What TensorBoard's HPARAMS tab shows of a run, beside the other runs of a sweep."""

from collections.abc import Sequence

import tensorflow as tf
from tensorboard.plugins.hparams import api

from pathnet_tf.evaluation import results_csv
from pathnet_tf.experiment.experiment_data import ExperimentData
from pathnet_tf.experiment.settings import ExperimentSettings
from pathnet_tf.methods.settings import JobSettings
from pathnet_tf.runtime.storage import AnyPath, remove_tree

SWEEP_NAME = "hparams"
SWEEP_METRICS = ("war", "uar")


def write_sweep_log(
    settings: ExperimentSettings,
    unit: JobSettings,
    material: ExperimentData,
    rows: Sequence[results_csv.Row],
) -> None:
    """Writes the settings and the pooled clip scores of each method, a session each.

    No experiment is declared above the sessions: TensorBoard would take the first
    run's declaration for all, and leave out what that run does not know.

    Args:
      settings: What was run.
      unit: What its units shared.
      material: Its data.
      rows: Its results.
    """
    for method in settings.methods:
        folder = sweep_folder(unit.log_dir, method)
        label = results_csv.method_label(method, unit.is_leaky)
        # A run that is merged again would be two sessions.
        remove_tree(folder)
        writer = tf.summary.create_file_writer(str(folder))
        with writer.as_default(step=0):
            api.hparams(
                _hparams(settings, unit, material, method),
                # Sessions of one name are averaged, and settings may be alike.
                trial_id=f"{unit.run_dir} {label}",
            )
            for metric in SWEEP_METRICS:
                value = results_csv.pooled(rows, label, "clip", metric)
                tf.summary.scalar(f"pooled/clip_{metric}", value)
        writer.close()


def sweep_folder(log_dir: AnyPath, method: str) -> AnyPath:
    """Folder of a method's session."""
    return log_dir / method / SWEEP_NAME


def _hparams(
    settings: ExperimentSettings,
    unit: JobSettings,
    material: ExperimentData,
    method: str,
) -> dict[str, bool | int | float | str]:
    """Values a user sweeps, under the names of their flags where there is one."""
    network, learning = unit.network, unit.learning
    sources = material.sources if method != "scratch" else []
    return {
        "method": results_csv.method_label(method, unit.is_leaky),
        "sources": ", ".join(source.name for source in sources),
        "target": material.target.name,
        "protocol": material.protocol,
        "normalization": unit.normalization,
        "fitness": "validation" if unit.validation_share else "train",
        "num_layers": network.num_layers,
        "num_modules": network.num_modules,
        "module": network.module,
        "module_units": ",".join(map(str, dict.fromkeys(network.layer_units))),
        "num_active": network.num_active,
        "generations": learning.search.generations,
        "population_size": learning.search.population_size,
        "learning_rate": learning.training.learning_rate,
        "batch_size": learning.training.batch_size,
        "optimizer": learning.training.optimizer,
        "classify": learning.training.classify,
        "pooling": network.pooling,
        "ensemble": learning.training.ensemble,
        "passes_per_evaluation": learning.training.passes_per_evaluation,
        "repeats": settings.repeats,
        "seed": unit.seed,
    }
