import keras
import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.network.pathnet_layer import PathNetLayer


def make_layer(aggregation="mean_active", num_modules=4, num_active=2):
    """A layer of 1 unit on 1 input, in which module m multiplies by m + 1."""
    layer = PathNetLayer(num_modules, 1, num_active, aggregation)
    layer.build((None, 1))
    for m, module in enumerate(layer.path_modules):
        module.kernel.assign([[m + 1.0]])
    return layer


def output(layer, genes, value=2.0):
    layer.genotype.assign(genes)
    return float(layer(tf.constant([[value]]))[0, 0])


def test_the_active_modules_are_averaged():
    assert output(make_layer(), [0, 2]) == (2 * 1 + 2 * 3) / 2


def test_a_module_named_twice_counts_once():
    assert output(make_layer(), [2, 2]) == 2 * 3


def test_a_module_named_twice_has_its_gradient_once():
    layer = make_layer()
    layer.genotype.assign([2, 2])
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(layer(tf.constant([[2.0]])))
    kernel = layer.path_modules[2].kernel.value
    assert float(tape.gradient(value, kernel)[0, 0]) == 2.0


@pytest.mark.parametrize("genes", [[0, 1], [3, 3], [2, 0]])
def test_the_average_does_not_depend_on_the_number_of_modules(genes):
    few, many = make_layer(num_modules=4), make_layer(num_modules=40)
    assert output(few, genes) == output(many, genes)


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [("mean_active", 4.0), ("mean_all", 8.0 / 4), ("sum", 8.0)],
)
def test_aggregations(aggregation, expected):
    assert output(make_layer(aggregation), [0, 2]) == expected


def test_a_rectifier_follows_each_module_before_the_average():
    layer = make_layer()
    layer.path_modules[0].kernel.assign([[-5.0]])
    assert output(layer, [0, 1]) == (0 + 2 * 2) / 2


def test_always_active_modules_join_the_genotype_s():
    layer = make_layer()
    layer.always_active.assign([0, 0, 0, 1])
    assert output(layer, [0, 3]) == (2 * 1 + 2 * 4) / 2
    assert output(layer, [0, 1]) == pytest.approx((2 * 1 + 2 * 2 + 2 * 4) / 3)
    assert layer.active_modules() == [0, 1, 3]


def test_a_traced_graph_sees_a_new_genotype():
    layer = make_layer()
    traced = tf.function(lambda x: layer(x))
    seen = []
    for genes in ([0, 1], [2, 3], [1, 1]):
        layer.genotype.assign(genes)
        seen.append(float(traced(tf.constant([[2.0]]))[0, 0]))
    assert seen == [3.0, 7.0, 4.0]
    assert traced.experimental_get_tracing_count() == 1


def test_graph_and_eager_agree(rng):
    layer = PathNetLayer(5, 3, 2)
    inputs = tf.constant(rng.standard_normal((4, 7)), tf.float32)
    layer.build((None, 7))
    layer.genotype.assign([4, 1])
    np.testing.assert_allclose(layer(inputs), tf.function(layer)(inputs), rtol=1e-6)


def test_inactive_modules_are_not_computed():
    """Zero times the output of a module that is not a number would not be one."""
    layer = make_layer()
    layer.path_modules[1].kernel.assign([[np.nan]])
    traced = tf.function(lambda x: layer(x))
    layer.genotype.assign([0, 2])
    assert np.isfinite(traced(tf.constant([[1.0]])))
    layer.genotype.assign([0, 1])
    assert np.isnan(traced(tf.constant([[1.0]])))


def test_no_gradient_is_computed_for_a_frozen_module():
    layer = make_layer()
    layer.path_modules[0].trainable = False
    layer.genotype.assign([0, 1])
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(layer(tf.constant([[2.0]])))
    frozen, free = (layer.path_modules[m].kernel.value for m in (0, 1))
    gradients = tape.gradient(value, [frozen, free])
    assert gradients[0] is None
    assert float(gradients[1][0, 0]) == 2.0 / 2
    assert layer.path_modules[0].kernel not in layer.trainable_variables


@pytest.mark.parametrize("kind", ["sgd", "adam", "adamw", "rmsprop"])
def test_no_optimizer_moves_a_frozen_module(kind, rng):
    optimizer = {
        "sgd": keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        "adam": keras.optimizers.Adam(0.1),
        "adamw": keras.optimizers.AdamW(0.1, weight_decay=0.1),
        "rmsprop": keras.optimizers.RMSprop(0.1, momentum=0.9),
    }[kind]
    layer = PathNetLayer(4, 3, 4)
    model = keras.Sequential([keras.Input((5,)), layer, keras.layers.Dense(2)])
    layer.genotype.assign([0, 1, 2, 3])
    inputs = rng.standard_normal((32, 5)).astype(np.float32)
    labels = rng.integers(2, size=32)
    layer.path_modules[1].trainable = False
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(True))
    before = [module.kernel.numpy() for module in layer.path_modules]
    model.fit(inputs, labels, epochs=3, verbose=0)
    after = [module.kernel.numpy() for module in layer.path_modules]
    assert before[1].tobytes() == after[1].tobytes()
    assert all((before[m] != after[m]).any() for m in (0, 2, 3))


def test_a_layer_is_among_what_keras_saves(tmp_path, rng):
    def make():
        layer = PathNetLayer(3, 2, 2)
        return keras.Sequential([keras.Input((4,)), layer]), layer

    model, layer = make()
    layer.genotype.assign([2, 0])
    layer.always_active.assign([0, 1, 0])
    model.save_weights(tmp_path / "m.weights.h5")
    copy, layer_copy = make()
    copy.load_weights(tmp_path / "m.weights.h5")
    inputs = rng.standard_normal((3, 4)).astype(np.float32)
    assert layer_copy.genotype.numpy().tolist() == [2, 0]
    assert layer_copy.always_active.numpy().tolist() == [0, 1, 0]
    np.testing.assert_array_equal(model(inputs), copy(inputs))


def make_conv_layer():
    """Frames of one channel; module m adds each frame to m + 1 times the next one."""
    layer = PathNetLayer(3, 1, 2, kernel_size=(2, 1), pool_size=(2, 1))
    layer.build((None, 4, 1, 1))
    for m, module in enumerate(layer.path_modules):
        module.kernel.assign(np.reshape([1.0, m + 1.0], (2, 1, 1, 1)))
    return layer


def test_pools_are_taken_of_the_average():
    layer = make_conv_layer()
    layer.genotype.assign([0, 2])
    frames = tf.reshape([1.0, 2.0, -4.0, 3.0], [1, 4, 1, 1])
    # Module 0: 3, 0, 0, 3. Module 2: 7, 0, 5, 3.
    assert tf.squeeze(layer(frames)).numpy().tolist() == [5.0, 3.0]


def test_a_traced_graph_of_convolutions_sees_a_new_genotype():
    layer = make_conv_layer()
    traced = tf.function(lambda x: layer(x))
    frames = tf.ones([2, 4, 1, 1])
    seen = []
    for genes in ([0, 0], [1, 2], [2, 2]):
        layer.genotype.assign(genes)
        seen.append(float(traced(frames)[1, 0, 0, 0]))
    assert seen == [2.0, 3.5, 4.0]
    assert traced.experimental_get_tracing_count() == 1


@pytest.mark.parametrize(
    "layer",
    [
        PathNetLayer(7, 3, 2, "sum", name="x"),
        PathNetLayer(7, 3, 2, kernel_size=(3, 1), stride=(2, 1), pool_size=(2, 1)),
    ],
)
def test_a_layer_is_made_again_from_its_config(layer):
    copy = PathNetLayer.from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 3, 2), "num_modules must be at least 1. Received: num_modules=0"),
        ((4, 0, 2), "units must be at least 1. Received: units=0"),
        ((4, 3, 0), "num_active must be at least 1. Received: num_active=0"),
        ((4, 3, 2, "max"), "aggregation must be one of"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        PathNetLayer(*arguments)
