import dataclasses

import keras
import numpy as np
import pytest

from pathnet_tf.network.freezing import (
    Pathway,
    activate,
    begin_head,
    current_pathway,
    draw_anew,
    freeze,
    num_free_modules,
    require_free_modules,
)
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.errors import UsageError

SETTINGS = PathNetSettings(
    input_shape=(4, 3, 3), num_layers=2, num_modules=5, module_units=3, num_active=2
)
GENOTYPE = np.array([[0, 3], [1, 1]], np.int32)


@pytest.fixture
def model():
    return PathNet(SETTINGS, {"old": ("a", "b"), "new": ("a", "b", "c")})


def kernels(model):
    return [
        [module.kernel.numpy() for module in layer.path_modules]
        for layer in model.pathnet_layers
    ]


def test_freezing_counts_each_module_once(model):
    freeze(model, GENOTYPE)
    assert num_free_modules(model) == [3, 4]
    assert model.pathnet_layers[1].always_active.numpy().tolist() == [0, 1, 0, 0, 0]


def test_freezing_a_second_pathway_keeps_the_first(model):
    freeze(model, GENOTYPE)
    freeze(model, np.array([[3, 4], [2, 2]], np.int32))
    assert num_free_modules(model) == [2, 3]
    assert model.pathnet_layers[0].always_active.numpy().tolist() == [1, 0, 0, 1, 1]
    assert model.pathnet_layers[1].always_active.numpy().tolist() == [0, 1, 1, 0, 0]


def test_a_task_without_a_free_module_is_refused(model):
    freeze(model, GENOTYPE)
    require_free_modules(model, "new", 5)
    for genes in ([2, 3], [0, 4]):
        freeze(model, np.array([[1, 2], genes], np.int32))
    with pytest.raises(UsageError, match=r"Every module of layer 2 .*--grow_modules"):
        require_free_modules(model, "new", 5)


def test_drawing_anew_changes_every_free_module_and_no_frozen_one(model, rng):
    draw_anew(model, "old", rng)
    trained = kernels(model)
    freeze(model, GENOTYPE)
    draw_anew(model, "new", rng)
    for layer, old, new in zip(
        model.pathnet_layers, trained, kernels(model), strict=True
    ):
        for module, before, after in zip(layer.path_modules, old, new, strict=True):
            is_same = (before == after).all()
            assert is_same == (not module.trainable)


def test_drawing_anew_brings_back_neither_the_first_nor_the_trained_weights(model, rng):
    draw_anew(model, "old", rng)
    first = kernels(model)
    for layer in model.pathnet_layers:
        for module in layer.path_modules:
            module.kernel.assign_add(np.full(module.kernel.shape, 0.5, np.float32))
    trained = kernels(model)
    draw_anew(model, "new", rng)
    for one, two, now in zip(first, trained, kernels(model), strict=True):
        for a, b, c in zip(one, two, now, strict=True):
            assert (c != a).all()
            assert (c != b).all()


def test_drawing_anew_leaves_other_tasks_heads(model, rng):
    draw_anew(model, "old", rng)
    before = model.heads["old"].kernel.numpy().tobytes()
    draw_anew(model, "new", rng)
    assert model.heads["old"].kernel.numpy().tobytes() == before


def test_a_free_modules_draw_does_not_depend_on_what_is_frozen(model):
    draw_anew(model, "new", np.random.default_rng(3))
    scratch = kernels(model)
    freeze(model, GENOTYPE)
    draw_anew(model, "new", np.random.default_rng(3))
    assert (kernels(model)[0][2] == scratch[0][2]).all()


def test_an_earlier_pathway_is_put_back_as_it_was(model, rng):
    draw_anew(model, "old", rng)
    inputs = rng.standard_normal((5, 4, 3, 3)).astype(np.float32)
    pathway = current_pathway(model, "old", GENOTYPE)
    activate(model, pathway)
    before = model(inputs, task="old").numpy().tobytes()
    freeze(model, GENOTYPE)
    draw_anew(model, "new", rng)
    freeze(model, np.array([[2, 4], [0, 3]], np.int32))
    activate(model, pathway)
    assert model(inputs, task="old").numpy().tobytes() == before


def test_a_pathway_comes_back_from_json(model):
    freeze(model, GENOTYPE)
    pathway = current_pathway(model, "new", GENOTYPE)
    back = Pathway.from_json(pathway.to_json())
    assert back.task == "new"
    assert (back.genotype == pathway.genotype).all()
    assert (back.always_active == pathway.always_active).all()


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_freezing_and_thawing_after_fit_is_seen(optimizer, rng):
    model = PathNet(SETTINGS, {"new": ("a", "b", "c")})
    inputs = rng.standard_normal((16, 4, 3, 3)).astype(np.float32)
    labels = rng.integers(3, size=16)
    for layer, genes in zip(model.pathnet_layers, GENOTYPE, strict=True):
        layer.genotype.assign(genes)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss)
    model.fit(inputs, labels, verbose=0)
    module = model.pathnet_layers[0].path_modules[3]
    module.trainable = False
    before = module.kernel.numpy().tobytes()
    model.fit(inputs, labels, verbose=0)
    assert module.kernel.numpy().tobytes() == before
    module.trainable = True
    model.fit(inputs, labels, verbose=0)
    assert module.kernel.numpy().tobytes() != before


def test_only_modules_that_genes_may_name_count_as_free(model):
    freeze(model, np.array([[0, 1], [0, 1]], np.int32))
    require_free_modules(model, "new", 3)
    with pytest.raises(UsageError, match="--genotype_max"):
        require_free_modules(model, "new", 2)


def test_drawing_anew_puts_biases_back_to_zero(model, rng):
    module = model.pathnet_layers[0].path_modules[0]
    module.bias.assign(np.ones(3, np.float32))
    model.heads["new"].bias.assign(np.ones(3, np.float32))
    draw_anew(model, "new", rng)
    assert (module.bias.numpy() == 0).all()
    assert (model.heads["new"].bias.numpy() == 0).all()


@pytest.mark.parametrize("pooling", ["mean", "attention"])
def test_a_head_begins_as_another_one_where_emotions_are_the_same(pooling, rng):
    tasks = {"one": ("anger", "fear", "joy"), "two": ("fear", "sadness", "anger")}
    model = PathNet(dataclasses.replace(SETTINGS, pooling=pooling), tasks)
    for task in tasks:
        draw_anew(model, task, rng)
    known, new = model.heads["one"], model.heads["two"]
    known.bias.assign([1.0, 2.0, 3.0])
    if pooling == "attention":
        model.attentions["one"].kernel.assign(rng.standard_normal((3, 1)))
    drawn = new.kernel.numpy()[:, 1]
    begin_head(model, "two", "one")
    np.testing.assert_array_equal(new.kernel[:, 0], known.kernel[:, 1])
    np.testing.assert_array_equal(new.kernel[:, 2], known.kernel[:, 0])
    np.testing.assert_array_equal(new.kernel[:, 1], drawn)
    assert new.bias.numpy().tolist() == [2.0, 0.0, 1.0]
    if pooling == "attention":
        attentions = (model.attentions[task].kernel.numpy() for task in tasks)
        np.testing.assert_array_equal(*attentions)
