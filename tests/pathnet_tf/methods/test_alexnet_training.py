"""A small AlexNet, so that a fold takes moments; test_alexnet has the real one."""

import numpy as np
import pytest

from pathnet_tf.data.fold_inputs import divide
from pathnet_tf.methods import alexnet, alexnet_training
from pathnet_tf.methods.alexnet import AlexNet, Layout
from pathnet_tf.methods.baseline_task import BaselineTask
from pathnet_tf.methods.baselines import learn_baseline
from pathnet_tf.runtime.errors import UsageError
from tests.pathnet_tf.job_runs import fold_of

SMALL = Layout((4, 4, 4, 4, 4), (1, 2, 1, 2, 2))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(alexnet, "DENSE_UNITS", 8)
    monkeypatch.setattr(alexnet_training, "DENSE_UNITS", 8)
    monkeypatch.setitem(alexnet_training.LAYOUTS, "grouped", SMALL)


@pytest.fixture
def task(job, target):
    rng = np.random.default_rng(0)
    division = divide(target, fold_of(target), validation_share=0, rng=rng)
    return BaselineTask(job, target, division, 0, np.random.default_rng(1))


@pytest.mark.parametrize("method", ["alexnet", "alexnet_average"])
def test_held_out_segments_are_scored(method, task):
    got = learn_baseline(method, task)
    assert got.log_probabilities.shape == (len(task.division.test), 2)
    np.testing.assert_allclose(np.exp(got.log_probabilities).sum(axis=1), 1, rtol=1e-4)
    assert 0 < got.cost.presentations <= 12 * len(task.division.train)


def test_the_same_seed_gives_the_same_scores(job, target, task):
    again = BaselineTask(job, target, task.division, 0, np.random.default_rng(1))
    one, two = (learn_baseline("alexnet", each) for each in (task, again))
    np.testing.assert_array_equal(one.log_probabilities, two.log_probabilities)


def test_training_ends_when_validation_speakers_gain_nothing(task, monkeypatch):
    monkeypatch.setattr(alexnet_training, "PATIENCE", 2)
    # Nothing moves, so the first pass stays the best one.
    monkeypatch.setattr(alexnet_training, "DRAWN_LEARNING_RATE", 0.0)
    tuned = alexnet_training.fine_tune(task)
    speakers = np.asarray(task.target.speakers)[task.target.clip[task.division.train]]
    of_speaker = [np.sum(speakers == name) for name in np.unique(speakers)]
    assert tuned.cost.presentations in [3 * number for number in of_speaker]


def test_every_layer_moves(task):
    before = AlexNet(SMALL, 2)
    before.draw_anew(np.random.default_rng(1))
    tuned = alexnet_training.fine_tune(task)
    for old, new in zip(before.weights, tuned.model.weights, strict=True):
        assert (old.numpy() != new.numpy()).any()


def test_divergence_is_named(task, monkeypatch):
    monkeypatch.setattr(alexnet_training, "DRAWN_LEARNING_RATE", np.inf)
    with pytest.raises(UsageError, match="diverged"):
        alexnet_training.fine_tune(task)
