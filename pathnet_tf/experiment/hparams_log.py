"""What TensorBoard's HPARAMS tab shows of a run, beside the other runs of a sweep."""

from collections.abc import Sequence

import tensorflow as tf
from tensorboard.plugins.hparams import api

from pathnet_tf.evaluation import results_csv
from pathnet_tf.experiment.experiment import Experiment
from pathnet_tf.methods.registry import METHODS
from pathnet_tf.runtime.storage import AnyPath, remove_tree

SWEEP_NAME = "hparams"
SWEEP_METRICS = ("war", "uar")


def write_sweep_log(experiment: Experiment, rows: Sequence[results_csv.Row]) -> None:
    """Writes the settings and the pooled clip scores of each method, a session each.

    No experiment is declared above the sessions: TensorBoard would take the first
    run's declaration for all, and leave out what that run does not know.

    Args:
      experiment: An experiment that has its results.
      rows: The results.
    """
    job = experiment.job_settings
    for method in experiment.settings.methods:
        folder = sweep_folder(job.log_dir, method)
        label = results_csv.method_label(method, job.is_leaky)
        # A run that is merged again would be two sessions.
        remove_tree(folder)
        writer = tf.summary.create_file_writer(str(folder))
        with writer.as_default(step=0):
            api.hparams(
                _hparams(experiment, method),
                # Sessions of one name are averaged, and settings may be alike.
                trial_id=f"{job.run_dir} {label}",
            )
            for metric in SWEEP_METRICS:
                value = results_csv.pooled(rows, label, "clip", metric)
                tf.summary.scalar(f"pooled/clip_{metric}", value)
        writer.close()


def sweep_folder(log_dir: AnyPath, method: str) -> AnyPath:
    """Folder of a method's session."""
    return log_dir / method / SWEEP_NAME


def _hparams(
    experiment: Experiment, method: str
) -> dict[str, bool | int | float | str]:
    """Values a user sweeps, under the names of their flags where there is one."""
    data, job = experiment.data, experiment.job_settings
    network, training = job.network, job.learning.training
    sources = data.sources if METHODS[method].needs_source else []
    return {
        "method": results_csv.method_label(method, job.is_leaky),
        "sources": ", ".join(source.name for source in sources),
        "target": data.target.name,
        "protocol": data.protocol,
        "normalization": job.normalization,
        "fitness": job.fitness,
        "num_layers": network.num_layers,
        "num_modules": network.num_modules,
        "module": network.module,
        "module_units": ",".join(map(str, dict.fromkeys(network.layer_units))),
        "num_active": network.num_active,
        "generations": job.learning.search.generations,
        "population_size": job.learning.search.population_size,
        "learning_rate": training.learning_rate,
        "batch_size": training.batch_size,
        "optimizer": training.optimizer,
        "classify": training.classify,
        "pooling": network.pooling,
        "ensemble": training.ensemble,
        "passes_per_evaluation": training.passes_per_evaluation,
        "repeats": experiment.settings.repeats,
        "seed": job.seed,
    }
