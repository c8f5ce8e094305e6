import dataclasses

import numpy as np
import pytest

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.methods.learn_sources import learn_sources
from pathnet_tf.methods.learn_target import learn_target
from pathnet_tf.methods.progressive import ProgressiveColumn, training_loop
from pathnet_tf.methods.settings import network_folder
from pathnet_tf.network.saving import load_network
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.training.settings import TrainingSettings
from tests.pathnet_tf.job_runs import EMOTIONS, fold_of


@pytest.fixture
def source(job, load):
    learn_sources(job, [load("source", seed=1)], EMOTIONS, 0)
    model, (pathway,) = load_network(network_folder(job.run_dir, 0))
    return model, pathway


@pytest.fixture
def column(source, rng):
    return ProgressiveColumn(*source, width=5, num_classes=2, rng=rng)


@pytest.fixture
def inputs(rng):
    return SegmentInputs(rng.standard_normal((9, 8, 6, 3)).astype(np.float32))


def train(column, inputs, rate=0.5):
    labels = np.arange(9, dtype=np.int32) % 2
    settings = TrainingSettings(batch_size=4, learning_rate=rate)
    loop = training_loop(column, inputs, labels, settings)
    return loop.train(9, "constant", np.random.default_rng(0))


def test_the_frozen_column_does_not_move_and_all_of_the_other_does(
    source, column, inputs
):
    model, _ = source
    frozen = [weight.numpy().tobytes() for weight in model.weights]
    free = [variable.numpy().copy() for variable in column.moved]
    train(column, inputs)
    assert [weight.numpy().tobytes() for weight in model.weights] == frozen
    for before, variable in zip(free, column.moved, strict=True):
        assert not np.array_equal(before, variable.numpy())


def test_logits_are_those_of_the_formula(source, column, inputs):
    train(column, inputs)
    model, pathway = source
    w1, b1, w2, b2, u2, w3, b3, u3 = (v.numpy() for v in column.moved)
    x = inputs.block(0, 9).numpy()

    def layer_of_source(hidden, place):
        modules = [
            model.pathnet_layers[place].path_modules[m]
            for m in sorted(set(pathway.genotype[place].tolist()))
        ]
        outputs = [
            np.maximum(hidden @ one.kernel.numpy() + one.bias.numpy(), 0)
            for one in modules
        ]
        return np.mean(outputs, axis=0)

    s1 = layer_of_source(x, 0)
    s2 = layer_of_source(s1, 1)
    h1 = np.maximum(x @ w1 + b1, 0)
    h2 = np.maximum(h1 @ w2 + s1 @ u2 + b2, 0)
    logits = h2 @ w3 + s2 @ u3 + b3
    expected = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(column.log_probabilities(inputs), expected, atol=1e-5)


def test_a_step_is_that_of_the_gradient(column, inputs):
    """Against a difference quotient, of the last bias."""
    labels = np.arange(9) % 2
    bias = next(v for v in column.moved[-2:] if v.shape == (2,))

    def loss():
        scores = column.log_probabilities(inputs)
        return -scores[np.arange(9), labels].mean()

    before, tiny = bias.numpy().copy(), 1e-2
    bias.assign(before + np.array([tiny, 0], np.float32))
    above = loss()
    bias.assign(before - np.array([tiny, 0], np.float32))
    slope = (above - loss()) / (2 * tiny)
    bias.assign(before)
    settings = TrainingSettings(batch_size=9, learning_rate=1e-3)
    loop = training_loop(column, inputs, labels.astype(np.int32), settings)
    loop.train(9, "constant", np.random.default_rng(0))
    assert (before[0] - bias.numpy()[0]) / 1e-3 == pytest.approx(slope, rel=0.02)


def test_divergence_is_named(column, inputs):
    with pytest.raises(UsageError, match="lower the learning rate"):
        train(column, inputs, rate=1e30)


def test_a_job_presents_as_many_segments_as_a_search(job, target, source):
    job = dataclasses.replace(job, num_source_tasks=1)
    fold = fold_of(target)
    scores = learn_target(job, target, fold, method="progressive", repeat=0)
    generations = job.learning.search.generations
    assert scores.cost.presentations == 2 * generations * len(fold.train)
    assert scores.cost.active_parameters > scores.cost.trained_parameters > 0
