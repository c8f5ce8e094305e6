import dataclasses

import numpy as np
import pytest

from pathnet_tf.experiment.hparams_log import sweep_folder
from pathnet_tf.experiment.run import merge
from pathnet_tf.methods.settings import TaskSettings
from pathnet_tf.search.settings import LearningSettings
from pathnet_tf.training.settings import TrainingSettings
from tests.finished import finish_run
from tests.summaries import read_session, read_tags


@pytest.fixture
def finish(write_dataset, tmp_path):
    """Finishes a run of which everything is learned."""
    source, target = write_dataset("one", seed=1), write_dataset("two")

    def finish(name="run", learning_rate=0.02, protocol=None, **options):
        data = {"sources": (str(source),), "protocol": protocol, "num_folds": 2}
        settings = finish_run(tmp_path / name, target, data=data, **options)
        training = TrainingSettings(learning_rate=learning_rate)
        tasks = TaskSettings(learning=LearningSettings(training=training))
        settings = dataclasses.replace(settings, tasks=tasks)
        return settings, merge(settings, report=lambda line: None)

    return finish


def scores_of(settings, method):
    folder = sweep_folder(settings.run_dir / "logs", method)
    return {
        tag: [value.item() for _, value in entries]
        for tag, entries in read_tags(folder).items()
        if tag.startswith("pooled/")
    }


def pooled(rows, method, metric):
    wanted = (method, "pooled", "clip", metric)
    return [
        row.value
        for row in rows
        if (row.method, row.fold, row.level, row.metric) == wanted
    ]


def test_a_session_holds_the_settings_that_are_swept(finish):
    settings, _ = finish(learning_rate=0.25)
    session, name = read_session(sweep_folder(settings.run_dir / "logs", "transfer"))
    assert name == f"{settings.run_dir} transfer"
    assert session == {
        "method": "transfer",
        "sources": "one",
        "target": "two",
        "protocol": "loso",
        "normalization": "train",
        "fitness": "train",
        "num_layers": 3,
        "num_modules": 20,
        "module": "dense",
        "module_units": "20",
        "num_active": 4,
        "generations": 200,
        "population_size": 20,
        "learning_rate": 0.25,
        "batch_size": 64,
        "optimizer": "sgd",
        "classify": "segment",
        "pooling": "mean",
        "ensemble": 1,
        "passes_per_evaluation": 1,
        "repeats": 1,
        "seed": 0,
    }


def test_the_scratch_control_is_a_session_of_its_own_without_sources(finish):
    settings, _ = finish(scratch_control=True)
    log_dir = settings.run_dir / "logs"
    transfer, transfer_name = read_session(sweep_folder(log_dir, "transfer"))
    scratch, scratch_name = read_session(sweep_folder(log_dir, "scratch"))
    assert transfer_name != scratch_name
    assert scratch == transfer | {"method": "scratch", "sources": ""}


def test_its_scores_are_pooled_and_averaged_over_repeats(finish):
    settings, rows = finish(repeats=2, scratch_control=True)
    for method in ("transfer", "scratch"):
        found = scores_of(settings, method)
        assert set(found) == {"pooled/clip_war", "pooled/clip_uar"}
        for metric in ("war", "uar"):
            expected = pooled(rows, method, metric)
            assert len(expected) == 2
            assert found[f"pooled/clip_{metric}"] == [pytest.approx(np.mean(expected))]


def test_a_leaky_session_says_so(finish):
    settings, rows = finish(protocol="random_utterance")
    folder = settings.run_dir / "logs" / "LEAKY" / "transfer" / "hparams"
    session, name = read_session(folder)
    assert session["method"] == "transfer LEAKY"
    assert name.endswith("LEAKY")
    (war,) = pooled(rows, "transfer LEAKY", "war")
    values = [value.item() for _, value in read_tags(folder)["pooled/clip_war"]]
    assert values == [pytest.approx(war)]


def test_a_run_that_is_merged_again_is_still_one_session(finish):
    settings, _ = finish()
    merge(settings, report=lambda line: None)
    folder = sweep_folder(settings.run_dir / "logs", "transfer")
    assert len(list(folder.iterdir())) == 1
    assert len(scores_of(settings, "transfer")["pooled/clip_war"]) == 1
