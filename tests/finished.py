"""Finished runs whose scores are drawn rather than learned, written in milliseconds."""

import numpy as np

from pathnet_tf.data.dataset_card import dataset_hash
from pathnet_tf.evaluation.fold_scores import FoldScores, write_scores, write_sources
from pathnet_tf.experiment import environment
from pathnet_tf.experiment.experiment_data import DataSettings, read_experiment_data
from pathnet_tf.experiment.plan import make_plan
from pathnet_tf.experiment.settings import (
    ENVIRONMENT_NAME,
    RESULTS_NAME,
    ExperimentSettings,
)
from pathnet_tf.methods.settings import JobSettings
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.reproducibility import stream
from pathnet_tf.runtime.storage import as_path
from pathnet_tf.search.genetic_search import SearchSettings
from pathnet_tf.search.learn_task import LearningSettings
from pathnet_tf.training.settings import TrainingSettings


def finish_run(run_dir, target, *, draw_seed=0, data=None, **options):
    """Writes outcomes of every unit that `options` make, and gives the settings."""
    settings = ExperimentSettings(
        data=DataSettings(**{"sources": (), "target": str(target)} | (data or {})),
        unit=JobSettings(
            network=PathNetSettings(input_shape=(8, 6, 3)),
            learning=LearningSettings(SearchSettings(), TrainingSettings()),
            normalization="train",
            validation_share=0.0,
            grow_modules=0,
            seed=0,
            run_dir=run_dir,
        ),
        **options,
    )
    material = read_experiment_data(settings.data)
    plan = make_plan(settings, settings.unit, material)
    for unit in plan.sources:
        write_sources(unit.outcome, [])
    for unit in (*plan.targets, *plan.inner):
        test = unit.fold.test
        rng = stream(draw_seed, str(unit))
        values = rng.standard_normal((len(test), len(material.target.emotions)))
        values[np.arange(len(test)), material.target.labels[test]] += 0.3
        write_scores(
            unit.outcome,
            FoldScores(
                method=unit.method,
                repeat=unit.repeat,
                fold=unit.fold.name,
                test=test,
                log_probabilities=values - np.log(np.exp(values).sum(1, keepdims=True)),
                fitness=0.5,
                pathway=Pathway("target", np.zeros((1, 1), int), np.zeros((1, 1))),
                seconds=1.0,
            ),
        )
    folders = (*settings.data.sources, settings.data.target)
    hashes = {folder: dataset_hash(as_path(folder)) for folder in folders}
    environment.write(
        run_dir / ENVIRONMENT_NAME, environment.describe(seed=0, datasets=hashes)
    )
    (run_dir / RESULTS_NAME).touch()
    return settings
