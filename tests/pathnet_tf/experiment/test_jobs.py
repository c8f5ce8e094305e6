import dataclasses
import gc
import weakref

import numpy as np
import pytest

from pathnet_tf.data import dataset
from pathnet_tf.data.dataset_card import read_card
from pathnet_tf.data.speaker_folds import make_folds
from pathnet_tf.data.stored_values import aligned_empty
from pathnet_tf.experiment.jobs import SourceJob, TargetJob
from pathnet_tf.methods.settings import JobSettings
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.search.settings import LearningSettings, SearchSettings
from pathnet_tf.training import gram_kernels
from pathnet_tf.training.settings import TrainingSettings


@pytest.fixture
def target(write_dataset, tmp_path):
    folder = write_dataset("target")
    card = read_card(folder)
    data = dataset.load(str(folder), card, card.emotions)
    kept = data.values.cached(tmp_path / "copy.values", is_in_memory=True)
    return dataclasses.replace(data, values=kept)


@pytest.fixture
def settings(tmp_path):
    return JobSettings(
        network=PathNetSettings(input_shape=(8, 6, 3), num_modules=6, num_active=2),
        learning=LearningSettings(
            search=SearchSettings(generations=2, population_size=2),
            training=TrainingSettings(arithmetic="gram"),
        ),
        normalization="train",
        seed=0,
        run_dir=tmp_path / "run",
        is_leaky=False,
        num_source_tasks=0,
        functionals=(),
        checkpoint_every=0,
    )


def is_mapped(path):
    with open("/proc/self/maps") as stream:
        return str(path) in stream.read()


@pytest.mark.parametrize("kind", ["source", "target"])
def test_a_job_that_is_done_holds_no_memory(
    settings, target, tmp_path, monkeypatch, kind
):
    matrices = []

    def watched(shape, dtype):
        matrix = aligned_empty(shape, dtype)
        matrices.append(weakref.ref(matrix))
        return matrix

    monkeypatch.setattr(gram_kernels, "aligned_empty", watched)
    rng = np.random.default_rng(0)
    fold = make_folds(target.table, protocol="loso", num_folds=0, rng=rng)[0]
    job = (
        SourceJob(settings, [target], target.emotions, 0)
        if kind == "source"
        else TargetJob(settings, target, fold, "scratch", 0)
    )
    gc.collect()
    gc.disable()
    try:
        job.run()
        assert matrices
        assert not [matrix for matrix in matrices if matrix() is not None]
        assert not is_mapped(tmp_path / "copy.values")
    finally:
        gc.enable()
