"""Settings and data of jobs, small enough to learn in moments."""

import pytest

from pathnet_tf.data import dataset
from pathnet_tf.data.dataset_card import read_card
from pathnet_tf.methods.settings import JobSettings
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.search.settings import LearningSettings, SearchSettings
from pathnet_tf.training.settings import TrainingSettings
from tests.binary import one_pixel_pictures


@pytest.fixture
def job(tmp_path):
    with one_pixel_pictures():
        yield JobSettings(
            network=PathNetSettings(
                input_shape=(8, 6, 3),
                num_layers=2,
                num_modules=6,
                module_units=4,
                num_active=2,
            ),
            learning=LearningSettings(
                search=SearchSettings(generations=6, population_size=4),
                training=TrainingSettings(learning_rate=0.1, batch_size=8),
            ),
            normalization="train",
            seed=0,
            run_dir=tmp_path / "run",
            is_leaky=False,
            num_source_tasks=0,
            functionals=(),
            checkpoint_every=0,
        )


@pytest.fixture
def load(write_dataset):
    def load_corpus(corpus, **options):
        folder = write_dataset(corpus, **options)
        card = read_card(folder)
        return dataset.load(str(folder), card, card.emotions)

    return load_corpus


@pytest.fixture
def target(load):
    return load("target")
