import numpy as np
import pytest
import tensorflow as tf
from pathnet_tf.training.dense_sgd_first_layer import WeightsFirstLayer
from pathnet_tf.training.gram_first_layer import GramFirstLayer, cross_gram, gram_matrix

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.network.modules import DenseModule


@pytest.fixture
def inputs(rng):
    return SegmentInputs(rng.standard_normal((23, 4, 3, 3)).astype(np.float32))


def make_modules(seed=0):
    rng = np.random.default_rng(seed)
    modules = [DenseModule(5) for _ in range(4)]
    for module in modules:
        module.build((None, 36))
        module.draw_anew(rng)
    return modules


@pytest.mark.parametrize("square", [2048, 7])
def test_the_matrix_holds_every_product(inputs, monkeypatch, square):
    monkeypatch.setattr("pathnet_tf.training.gram_first_layer.SCORING_BATCH", square)
    flat = inputs.block(0, 23).numpy().astype(np.float64)
    np.testing.assert_allclose(gram_matrix(inputs), flat @ flat.T, atol=1e-4)
    some = inputs.select(np.arange(9))
    np.testing.assert_allclose(cross_gram(some, inputs), flat[:9] @ flat.T, atol=1e-4)


def train(layer, genotypes, others):
    """Steps along made-up gradients; the sums of both sides after each candidate."""
    prepared = layer.prepare(others)
    seen = []
    for seed, modules in enumerate(genotypes):
        rng = np.random.default_rng(seed)
        layer.gather(modules)
        order = tf.constant(rng.permutation(23).astype(np.int32))
        read = layer.open_pass(order)
        for start in range(0, 23, 8):
            places = order[start : start + 8]
            batch = read(places)
            width = 5 * len(modules)
            pull = rng.standard_normal((len(places), width)).astype(np.float32)
            batch.descend(pull + 0.1 * batch.sums(), 0.05)
        layer.scatter()
        seen += [layer.train_sums().numpy(), prepared.sums().numpy()]
    layer.settle()
    return seen


def test_it_makes_the_updates_of_the_weights(inputs, rng):
    others = SegmentInputs(rng.standard_normal((6, 4, 3, 3)).astype(np.float32))
    genotypes = ([0, 2], [1, 2, 3], [], [0, 2])
    by_weights, by_gram = make_modules(), make_modules()
    expected = train(WeightsFirstLayer(by_weights, inputs, 8), genotypes, others)
    got = train(GramFirstLayer(by_gram, inputs), genotypes, others)
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
    for one, other in zip(by_gram, by_weights, strict=True):
        np.testing.assert_allclose(one.kernel, other.kernel, atol=1e-5)


def test_kernels_are_left_alone_until_it_settles(inputs):
    modules = make_modules()
    before = modules[0].kernel.numpy()
    layer = GramFirstLayer(modules, inputs)
    layer.gather([0])
    batch = layer.open_pass(tf.range(23))(tf.range(8))
    batch.descend(tf.ones([8, 5]), 0.1)
    layer.scatter()
    assert (modules[0].kernel.numpy() == before).all()
    layer.settle()
    assert (modules[0].kernel.numpy() != before).any()
    assert (modules[1].kernel.numpy() == make_modules()[1].kernel.numpy()).all()
