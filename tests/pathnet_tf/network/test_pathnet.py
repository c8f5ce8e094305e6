import dataclasses
import json

import numpy as np
import pytest

from pathnet_tf.network.freezing import draw_anew, freeze, num_free_modules
from pathnet_tf.network.pathnet import PathNet, grown
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.errors import UsageError

SMALL = PathNetSettings(
    input_shape=(5, 4, 3), num_layers=2, num_modules=3, module_units=2, num_active=2
)
TIME = dataclasses.replace(
    SMALL,
    module="time_conv",
    module_units=(3, 4),
    kernel_size=(3, 2),
    stride=(2, 1),
    pooling="attention",
)
TASKS = {"one": ("anger", "fear"), "two": ("anger", "fear", "sadness")}


def test_a_pathway_has_the_papers_number_of_parameters():
    assert PathNetSettings().pathway_parameters() == 986_480


def test_the_counts_are_those_of_the_weights():
    model = PathNet(SMALL, {"one": ("anger", "fear")})
    modules = sum(
        weight.numpy().size
        for layer in model.pathnet_layers
        for module in layer.path_modules
        for weight in module.weights
    )
    assert modules == SMALL.network_parameters()


def test_summary_prints_the_three_counts():
    lines = []
    model = PathNet(PathNetSettings(num_modules=4), {"one": ("anger", "fear")})
    model.summary(print_fn=lambda text, **_: lines.append(text))
    text = "\n".join(lines)
    assert "986,480 parameters, head apart" in text
    assert "60,965,224" in text
    assert "Whole network     986,480" in text


def test_each_task_has_a_head_of_its_own(rng):
    model = PathNet(SMALL, TASKS)
    inputs = rng.standard_normal((6, 5, 4, 3)).astype(np.float32)
    assert model(inputs, task="one").shape == (6, 2)
    assert model(inputs, task="two").shape == (6, 3)
    assert model.heads["one"] is not model.heads["two"]
    before = model(inputs, task="one").numpy()
    model.heads["two"].kernel.assign(np.ones((2, 3)))
    assert (model(inputs, task="one").numpy() == before).all()


@pytest.mark.parametrize("settings", [SMALL, TIME])
def test_a_model_is_made_again_from_its_config(settings):
    model = PathNet(settings, TASKS)
    assert PathNet(**model.get_config()).get_config() == model.get_config()


def test_a_config_survives_json():
    config = json.loads(json.dumps(PathNet(TIME, TASKS).get_config()))
    assert PathNet(**config).settings == TIME


def test_frames_are_counted_where_modules_keep_them():
    assert TIME.features_shape() == (3, 4)
    assert dataclasses.replace(TIME, module="conv").features_shape() == (1, 3 * 2 * 4)
    assert dataclasses.replace(TIME, module="dense").features_shape() == (1, 4)


def test_attention_of_a_task_is_its_own_and_counts_with_its_head():
    model = PathNet(TIME, TASKS)
    assert model.readout_parameters("two") == (8 * 3 + 3) + 4
    assert model.attentions["one"] is not model.attentions["two"]
    assert PathNet(SMALL, TASKS).readout_parameters("two") == 2 * 3 + 3


def test_attention_begins_with_every_frame_alike(rng):
    inputs = rng.standard_normal((6, 5, 4, 3)).astype(np.float32)
    model = PathNet(TIME, TASKS)
    draw_anew(model, "one", rng)
    plain = PathNet(dataclasses.replace(TIME, pooling="statistics"), TASKS)
    for layer, other in zip(model.pathnet_layers, plain.pathnet_layers, strict=True):
        other.set_weights(layer.get_weights())
    plain.heads["one"].set_weights(model.heads["one"].get_weights())
    np.testing.assert_allclose(
        model(inputs, task="one"), plain(inputs, task="one"), atol=1e-6
    )


@pytest.mark.parametrize("settings", [SMALL, TIME])
def test_growing_keeps_what_was_learned_and_adds_free_modules(rng, settings):
    model = PathNet(settings, TASKS)
    for attention in model.attentions.values():
        attention.kernel.assign(rng.standard_normal(attention.kernel.shape))
    genotype = np.array([[0, 2], [1, 1]], np.int32)
    freeze(model, genotype)
    inputs = rng.standard_normal((6, 5, 4, 3)).astype(np.float32)
    larger = grown(model, 4)
    for network in (model, larger):
        for layer, genes in zip(network.pathnet_layers, genotype, strict=True):
            layer.genotype.assign(genes)
    assert num_free_modules(model) == [1, 2]
    assert num_free_modules(larger) == [5, 6]
    for layer, always in zip(
        larger.pathnet_layers, ([1, 0, 1], [0, 1, 0]), strict=True
    ):
        assert layer.always_active.numpy().tolist() == [*always, 0, 0, 0, 0]
    np.testing.assert_array_equal(model(inputs, task="one"), larger(inputs, task="one"))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"num_layers": 0}, "num_layers must be at least 1"),
        ({"module_units": -1}, "Received: module_units=-1"),
        ({"aggregation": "max"}, "aggregation must be one of"),
        ({"module": "lstm"}, "module must be one of .* Received: module='lstm'"),
        ({"pooling": "max"}, "pooling must be one of .* Received: pooling='max'"),
        ({"module_units": (4, 5)}, "for each of 3 layers. Received: module_units=4,5"),
        ({"stride": (1, 0, 2)}, "stride must be at least 1. Received: stride=1,0,2"),
        ({"kernel_size": 0}, "kernel_size must be at least 1"),
    ],
)
def test_wrong_settings_are_refused(values, message):
    with pytest.raises(UsageError, match=message):
        PathNetSettings(**values)


def test_a_model_needs_a_task():
    with pytest.raises(ValueError, match="at least one task"):
        PathNet(SMALL, {})


def test_tasks_with_equal_classes_share_no_head():
    model = PathNet(SMALL, {"one": ("anger", "fear"), "two": ("anger", "fear")})
    model.heads["one"].kernel.assign(np.zeros((2, 2)))
    model.heads["two"].kernel.assign(np.ones((2, 2)))
    assert (model.heads["one"].kernel.numpy() == 0).all()


@pytest.mark.parametrize("module", ["dense", "conv", "time_conv"])
def test_all_layers_stand_side_by_side_for_the_head(module, rng):
    settings = dataclasses.replace(
        SMALL, module=module, module_units=(2, 3), stride=(2, 1), readout="all"
    )
    model = PathNet(settings, {"one": ("anger", "fear")})
    inputs = rng.standard_normal((6, 5, 4, 3)).astype(np.float32)
    hidden = inputs.reshape(6, *settings.layer_plans()[0].input_shape)
    frames, width = settings.features_shape()
    parts = []
    for layer in model.pathnet_layers:
        hidden = layer(hidden)
        parts.append(hidden.numpy().reshape(6, frames, -1))
    features = np.concatenate(parts, axis=2)
    assert features.shape == (6, frames, width)
    head = model.heads["one"]
    head.kernel.assign(rng.standard_normal(head.kernel.shape))
    expected = features.mean(axis=1) @ head.kernel.numpy()
    np.testing.assert_allclose(model(inputs), expected, atol=1e-5)


def test_layers_of_different_frames_cannot_stand_side_by_side():
    settings = dataclasses.replace(
        SMALL, module="time_conv", stride=(1, 2), readout="all"
    )
    with pytest.raises(UsageError, match=r"readout=all needs .* frames=\[3, 5\]"):
        settings.features_shape()
