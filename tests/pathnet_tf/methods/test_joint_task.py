import dataclasses

import numpy as np
import pytest

from pathnet_tf.data.fold_inputs import divide, normalize
from pathnet_tf.data.input_pipeline import LabelledSegments
from pathnet_tf.methods.joint_task import join_tasks
from pathnet_tf.methods.learn_target import learn_target
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.training.trainer import Trainer
from tests.pathnet_tf.job_runs import fold_of


@pytest.fixture
def source(load):
    return load("source", seed=1, emotions=("anger", "fear", "sadness"))


@pytest.fixture
def division(target, rng):
    return divide(target, fold_of(target), validation_share=0, rng=rng)


@pytest.fixture
def task(source, target, division):
    return join_tasks([source], target, division, "train")


def test_every_segment_has_its_own_label_and_head(task, source, target, division):
    num_source = len(source.labels)
    assert task.classes == ("0/anger", "0/fear", "0/sadness", "1/anger", "1/sadness")
    labels = task.train.labels
    np.testing.assert_array_equal(labels[:num_source], source.labels)
    expected = target.labels[division.train] + 3
    np.testing.assert_array_equal(labels[num_source:], expected)
    allowed = task.train.allowed
    assert (allowed[:num_source] == [True, True, True, False, False]).all()
    assert (allowed[num_source:] == [False, False, False, True, True]).all()


def test_each_corpus_is_scaled_by_itself(task, source, target, division):
    alone = normalize(target, division, "train")
    num_source = len(source.labels)
    number = len(division.train)
    np.testing.assert_allclose(
        task.train.inputs.block(num_source, num_source + number),
        alone.train.block(0, number),
        atol=1e-6,
    )
    num_test = len(division.test)
    np.testing.assert_allclose(
        task.test.block(0, num_test), alone.test.block(0, num_test), atol=1e-6
    )


def test_held_out_recordings_are_not_among_the_training_ones(task, division, target):
    num_source = len(task.train.labels) - len(division.train)
    rows = set((task.train.inputs.rows[num_source:] - num_source).tolist())
    assert rows == set(division.train.tolist())
    assert not rows & set((task.test.rows - num_source).tolist())


def test_the_other_head_has_no_part_in_a_segments_loss(job, task, source, rng):
    """Trained on source segments alone, the target's head does not move."""
    model = PathNet(job.network, {"joint": task.classes})
    num_source = len(source.labels)
    places = np.arange(num_source)
    train = LabelledSegments(
        task.train.inputs.select(places),
        task.train.labels[places],
        task.train.allowed[places],
    )
    trainer = Trainer(
        model,
        "joint",
        train.inputs,
        train.labels,
        job.learning.training,
        allowed=train.allowed,
    )
    head = model.heads["joint"]
    before = head.kernel.numpy().copy()
    trainer.train(np.array([[0, 1], [2, 3]], np.int32), rng)
    trainer.settle()
    after = head.kernel.numpy()
    np.testing.assert_array_equal(before[:, 3:], after[:, 3:])
    assert (before[:, :3] != after[:, :3]).all()


def test_probabilities_of_the_target_sum_to_1(task, rng):
    scores = np.log(rng.dirichlet(np.ones(5), size=7)).astype(np.float32)
    own = np.exp(task.of_target(scores))
    assert own.shape == (7, 2)
    np.testing.assert_allclose(own.sum(axis=1), 1, rtol=1e-5)
    whole = np.exp(scores)
    np.testing.assert_allclose(
        own[:, 0] / own[:, 1], whole[:, 3] / whole[:, 4], rtol=1e-4
    )


def test_a_job_presents_source_and_target(job, source, target):
    job = dataclasses.replace(job, num_source_tasks=1)
    fold = fold_of(target)
    scores = learn_target(job, target, fold, method="joint", repeat=0, sources=[source])
    number = len(source.labels) + len(fold.train)
    generations = job.learning.search.generations
    assert scores.cost.presentations == 2 * generations * number
    assert scores.log_probabilities.shape == (len(fold.test), 2)
    assert scores.pathway.genotype.shape == (2, 4)
