import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.network.pooling import LEAST_VARIANCE
from tests.pathnet_tf.training.trainers import (
    BATCH,
    CLIPS,
    CONV,
    DENSE,
    EVERYTHING,
    FROZEN,
    GENOTYPE,
    OTHER,
    RATE,
    SIZE,
    TIME,
    make_current,
    make_data,
    make_model,
    make_trainer,
    num_needed,
    weights_of,
)


@pytest.mark.parametrize("frozen", [None, OTHER, GENOTYPE])
@pytest.mark.parametrize("aggregation", ["mean_active", "sum"])
def test_the_gram_engine_gives_the_same_weights(frozen, aggregation):
    network = dataclasses.replace(DENSE, aggregation=aggregation)
    models = [make_model(network, frozen) for _ in range(2)]
    ours, theirs = (
        make_trainer(model, passes_per_evaluation=2, arithmetic=arithmetic)
        for model, arithmetic in zip(models, ("gram", "weights"), strict=True)
    )
    for seed, genotype in enumerate((GENOTYPE, OTHER, FROZEN)):
        fitnesses = [
            one.train(genotype, np.random.default_rng(seed)) for one in (ours, theirs)
        ]
        assert fitnesses[0] == fitnesses[1]
        assert ours.accuracy(genotype) == theirs.accuracy(genotype)
    assert ours.num_presentations == theirs.num_presentations == 6 * SIZE
    assert ours.num_trained_parameters() == theirs.num_trained_parameters()
    inputs, _ = make_data(seed=9)
    scores = [
        one.log_probabilities(GENOTYPE, one.prepare(inputs)) for one in (ours, theirs)
    ]
    np.testing.assert_allclose(*scores, atol=1e-5)
    for trainer in (ours, theirs):
        trainer.settle()
    for one, two in zip(*map(weights_of, models), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)


def train_by_keras(model, genotype, order, weight_decay):
    """A pass of Keras' AdamW through the layers themselves; number of correct ones."""
    inputs, labels = make_data()
    make_current(model, genotype)
    values = inputs.block(0, SIZE).numpy().reshape(SIZE, 6, 4, 3)
    optimizer = keras.optimizers.AdamW(RATE, weight_decay=weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "attention"])
    variables, num_correct = None, 0
    for start in range(0, SIZE, BATCH):
        batch = order[start : start + BATCH]
        with tf.GradientTape() as tape:
            logits = model(values[batch], task="new")
            losses = keras.losses.sparse_categorical_crossentropy(
                labels[batch], logits, from_logits=True
            )
            loss = tf.reduce_mean(losses)
        everything = model.trainable_weights
        gradients = tape.gradient(loss, [weight.value for weight in everything])
        pairs = [p for p in zip(gradients, everything, strict=True) if p[0] is not None]
        assert variables in (None, [weight.path for _, weight in pairs])
        variables = [weight.path for _, weight in pairs]
        optimizer.apply_gradients(pairs)
        num_correct += int((logits.numpy().argmax(axis=1) == labels[batch]).sum())
    return num_correct


@pytest.mark.parametrize(
    "network", [DENSE, CONV, TIME, dataclasses.replace(TIME, readout="all")]
)
@pytest.mark.parametrize("frozen", [None, OTHER])
def test_training_equals_the_plain_layers_under_keras_own(network, frozen):
    one, two = make_model(network, frozen), make_model(network, frozen)
    trainer = make_trainer(one, optimizer="adam", weight_decay=0.3)
    for seed, genotype in enumerate((GENOTYPE, FROZEN)):
        fitness = trainer.train(genotype, np.random.default_rng(seed))
        order = np.random.default_rng(seed).permutation(SIZE)
        num_correct = train_by_keras(two, genotype, order, weight_decay=0.3)
        assert fitness == num_correct / SIZE
    trainer.settle()
    for ours, plain in zip(weights_of(one), weights_of(two), strict=True):
        # Adam makes steps of one size of gradients that are nothing but rounding.
        np.testing.assert_allclose(ours, plain, atol=1e-4)


@pytest.mark.parametrize("module", ["dense", "conv", "time_conv"])
@pytest.mark.parametrize("pooling", ["mean", "statistics", "attention"])
@pytest.mark.parametrize("frozen", [None, OTHER])
def test_scores_of_segments_equal_the_plain_layers(module, pooling, frozen):
    network = dataclasses.replace(TIME, module=module, pooling=pooling)
    model = make_model(network, frozen)
    trainer = make_trainer(model)
    trainer.train(GENOTYPE, np.random.default_rng(0))
    inputs, _ = make_data(seed=9)
    scores = trainer.log_probabilities(GENOTYPE, trainer.prepare(inputs))
    trainer.settle()
    make_current(model, GENOTYPE)
    values = tf.reshape(inputs.block(0, SIZE), [SIZE, 6, 4, 3])
    plain = tf.nn.log_softmax(model(values, task="new"))
    np.testing.assert_allclose(scores, plain, atol=1e-5)


def test_scores_of_clips_pool_all_of_their_frames():
    model = make_model(TIME, OTHER)
    trainer = make_trainer(model, classify="clip")
    inputs, _ = make_data(seed=9)
    scores = trainer.log_probabilities(GENOTYPE, trainer.prepare(inputs))
    make_current(model, GENOTYPE)
    hidden = tf.reshape(inputs.block(0, SIZE), [SIZE, 6, 1, 12])
    for layer in model.pathnet_layers:
        hidden = layer(hidden)
    for clip in range(10):
        frames = hidden.numpy()[clip == CLIPS].reshape(-1, 4)
        weights = np.exp(frames @ model.attentions["new"].kernel.numpy())
        weights /= weights.sum()
        mean = (weights * frames).sum(axis=0)
        variance = (weights * np.square(frames - mean)).sum(axis=0)
        pooled = np.concatenate([mean, np.sqrt(variance + LEAST_VARIANCE)])
        logits = model.heads["new"](pooled[np.newaxis])
        np.testing.assert_allclose(
            scores[clip == CLIPS],
            np.tile(tf.nn.log_softmax(logits), (np.sum(clip == CLIPS), 1)),
            atol=1e-5,
        )


def test_a_mini_batch_is_made_of_the_clips_that_were_drawn():
    # As many segments as a clip has are all of it, whatever is drawn.
    model = make_model(TIME)
    trainer = make_trainer(model, classify="clip", segments_per_clip=12, batch_size=10)
    before = trainer.accuracy(GENOTYPE)
    assert trainer.train(GENOTYPE, np.random.default_rng(0)) == before
    assert trainer.num_presentations == 10 * 12


def test_training_learns_clips():
    trainer = make_trainer(make_model(TIME), classify="clip", optimizer="adam")
    rng = np.random.default_rng(0)
    for _ in range(30):
        trainer.train(GENOTYPE, rng)
    assert trainer.accuracy(GENOTYPE) == 1


@pytest.mark.parametrize("network", [DENSE, CONV, TIME])
@pytest.mark.parametrize("settings", [{}, EVERYTHING], ids=["plain", "everything"])
def test_only_what_is_free_and_named_moves(network, settings):
    model = make_model(network, FROZEN)
    before = {w.path: w.numpy().tobytes() for w in model.weights}
    trainer = make_trainer(model, **settings)
    for seed in range(3):
        trainer.train(GENOTYPE, np.random.default_rng(seed))
    trainer.finish(GENOTYPE, np.random.default_rng(9))
    trainer.settle()
    moved = {w.path for w in model.weights if w.numpy().tobytes() != before[w.path]}
    moved -= {layer.genotype.path for layer in model.pathnet_layers}
    places = {"/".join(path.split("/")[-3:-1]) for path in moved}
    # Layer 1 names a frozen and a free module, layer 2 a frozen one alone.
    readout = {"pathnet/head_1"} | {
        "pathnet/attention_1"
        for _ in model.attentions
        if network.pooling == "attention"
    }
    assert places == {"layer_0/module_3"} | readout


@pytest.mark.parametrize("network", [CONV, TIME])
def test_genes_may_name_frozen_modules_alone(network):
    model = make_model(network, FROZEN)
    before = [
        module.kernel.numpy().tobytes()
        for layer in model.pathnet_layers
        for module in layer.path_modules
    ]
    trainer = make_trainer(model, **EVERYTHING)
    trainer.train(FROZEN, np.random.default_rng(0))
    trainer.settle()
    after = [
        module.kernel.numpy().tobytes()
        for layer in model.pathnet_layers
        for module in layer.path_modules
    ]
    assert before == after


def test_no_gradient_is_computed_for_frozen_kernels():
    numbers = [
        num_needed(
            make_trainer(make_model(CONV, frozen)),
            lambda node: node.op == "Conv2DBackpropFilter",
        )
        for frozen in (None, FROZEN)
    ]
    assert numbers == [2, 2]


def test_divisors_count_what_is_frozen_and_what_is_free():
    candidate = make_trainer(make_model(CONV, FROZEN))._candidate
    candidate.gather(GENOTYPE)
    # 0, 2 and 3; 1 and 4.
    assert [float(divisor) for divisor in candidate.divisors] == [3, 2]
    assert candidate.free == [[3], []]
