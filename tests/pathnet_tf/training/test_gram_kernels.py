import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.network.modules import DenseModule
from pathnet_tf.training.gram_kernels import GramKernels, cross_gram, gram_matrix


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
    monkeypatch.setattr("pathnet_tf.training.gram_kernels.SCORING_BATCH", square)
    flat = inputs.block(0, 23).numpy().astype(np.float64)
    np.testing.assert_allclose(gram_matrix(inputs), flat @ flat.T, atol=1e-4)
    some = inputs.select(np.arange(9))
    np.testing.assert_allclose(cross_gram(some, inputs), flat[:9] @ flat.T, atol=1e-4)


class PlainKernels:
    """SGD of the kernels themselves, in NumPy."""

    def __init__(self, modules, inputs):
        self._modules, self._inputs = modules, inputs.block(0, len(inputs)).numpy()

    def prepare(self, inputs):
        return PlainKernels(self._modules, inputs)

    def gather(self, modules):
        self._gathered = modules

    def scatter(self):
        pass

    settle = scatter

    def train_products(self, modules=None):
        gathered = self._gathered if modules is None else modules
        kernels = [self._modules[m].kernel.numpy() for m in gathered]
        return self._inputs @ np.concatenate([np.zeros((36, 0)), *kernels], axis=1)

    def products(self, batch):
        return self.train_products()[batch]

    def descend(self, batch, gradient, rate):
        change = self._inputs[batch].T @ gradient
        for place, m in enumerate(self._gathered):
            part = change[:, 5 * place : 5 * place + 5]
            self._modules[m].kernel.assign_sub(rate * part)


def train(layer, genotypes, others):
    """Steps along made-up gradients; products of both sides after each one."""
    prepared = layer.prepare(others)
    seen = []
    for seed, modules in enumerate(genotypes):
        rng = np.random.default_rng(seed)
        layer.gather(modules)
        order = rng.permutation(23).astype(np.int32)
        for start in range(0, 23, 8):
            places = order[start : start + 8]
            width = 5 * len(modules)
            pull = rng.standard_normal((len(places), width)).astype(np.float32)
            layer.descend(places, pull + 0.1 * np.array(layer.products(places)), 0.05)
        layer.scatter()
        of_others = (
            prepared.train_products(modules)
            if isinstance(prepared, PlainKernels)
            else prepared.products()
        )
        seen += [np.array(layer.train_products()), np.array(of_others)]
    layer.settle()
    return seen


def test_it_makes_the_updates_of_the_weights(inputs, rng):
    others = SegmentInputs(rng.standard_normal((6, 4, 3, 3)).astype(np.float32))
    genotypes = ([0, 2], [1, 2, 3], [], [0, 2])
    by_weights, by_gram = make_modules(), make_modules()
    expected = train(PlainKernels(by_weights, inputs), genotypes, others)
    got = train(GramKernels(by_gram, inputs), genotypes, others)
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
    for one, other in zip(by_gram, by_weights, strict=True):
        np.testing.assert_allclose(one.kernel, other.kernel, atol=1e-5)


def test_kernels_are_left_alone_until_it_settles(inputs):
    modules = make_modules()
    before = modules[0].kernel.numpy()
    layer = GramKernels(modules, inputs)
    layer.gather([0])
    layer.descend(tf.range(8), tf.ones([8, 5]), 0.1)
    layer.scatter()
    assert (modules[0].kernel.numpy() == before).all()
    layer.settle()
    assert (modules[0].kernel.numpy() != before).any()
    assert (modules[1].kernel.numpy() == make_modules()[1].kernel.numpy()).all()
