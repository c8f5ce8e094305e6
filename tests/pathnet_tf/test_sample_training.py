import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.augmentation import Augmentation
from pathnet_tf.clip_pooling import LEAST_VARIANCE
from pathnet_tf.errors import UsageError
from pathnet_tf.freezing import draw_anew, freeze
from pathnet_tf.model import PathNet
from pathnet_tf.network_settings import PathNetSettings
from pathnet_tf.sample_training import SampleTrainer
from pathnet_tf.segment_inputs import SegmentInputs
from pathnet_tf.training import CandidateTrainer
from pathnet_tf.training_settings import TrainingSettings

DENSE = PathNetSettings(
    input_shape=(6, 4, 3), num_layers=2, num_modules=5, module_units=4, num_active=2
)
CONV = dataclasses.replace(
    DENSE, module="conv", module_units=(3, 2), stride=(2, 1), pool_size=(1, 2)
)
TIME = dataclasses.replace(
    DENSE, module="time_conv", kernel_size=(3, 2), stride=(2, 1), pooling="attention"
)
GENOTYPE = np.array([[0, 3], [1, 1]], np.int32)
FROZEN = np.array([[0, 2], [1, 4]], np.int32)
OTHER = np.array([[1, 2], [0, 3]], np.int32)
SIZE, BATCH, RATE = 24, 8, 0.05
# Of one segment up to four, not in order.
CLIPS = np.array(
    [7, 7, 1, 2, 2, 2, 9, 9, 9, 9, 3, 4, 4, 5, 5, 5, 6, 6, 8, 8, 8, 8, 0, 0]
)
EVERYTHING = {
    "classify": "clip",
    "segments_per_clip": 2,
    "optimizer": "adam",
    "class_weights": "balanced",
    "label_smoothing": 0.1,
    "mixup": 0.2,
    "dropout": 0.3,
    "weight_decay": 0.1,
    "augmentation": Augmentation(time_mask=2, frequency_mask=1, band_shift=1, gain=0.1),
}


def make_model(network, frozen=None, seed=1):
    rng = np.random.default_rng(seed)
    model = PathNet(network, {"old": ("a", "b"), "new": ("a", "b", "c")})
    draw_anew(model, "old", rng)
    if frozen is not None:
        freeze(model, frozen)
    draw_anew(model, "new", rng)
    for attention in model.attentions.values():
        # As if it had learned something.
        attention.kernel.assign(rng.standard_normal(attention.kernel.shape))
    return model


def make_data(seed=2, size=SIZE):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((size, 6, 4, 3)).astype(np.float32)
    # All segments of a clip have its label.
    labels = rng.integers(3, size=10)[CLIPS[:size]].astype(np.int32)
    return SegmentInputs(values, clip=CLIPS[:size]), labels


def make_trainer(model, kind=SampleTrainer, allowed=None, **settings):
    values = {"learning_rate": RATE, "batch_size": BATCH} | settings
    return kind(model, "new", *make_data(), TrainingSettings(**values), allowed=allowed)


def weights_of(model):
    return [w.numpy() for w in model.weights if "genotype" not in w.path]


def make_current(model, genotype):
    for layer, genes in zip(model.pathnet_layers, genotype, strict=True):
        layer.genotype.assign(genes)


@pytest.mark.parametrize("frozen", [None, OTHER, GENOTYPE])
@pytest.mark.parametrize(
    ("aggregation", "arithmetic"),
    [("mean_active", "gram"), ("mean_active", "weights"), ("sum", "gram")],
)
def test_plain_training_equals_the_shortcuts(frozen, aggregation, arithmetic):
    network = dataclasses.replace(DENSE, aggregation=aggregation)
    models = [make_model(network, frozen) for _ in range(2)]
    ours = make_trainer(models[0], passes_per_evaluation=2)
    theirs = make_trainer(
        models[1], CandidateTrainer, passes_per_evaluation=2, arithmetic=arithmetic
    )
    for seed, genotype in enumerate((GENOTYPE, OTHER, FROZEN)):
        # The first draws of both are the orders.
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
        np.testing.assert_allclose(ours, plain, atol=2e-5)


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


def num_needed(trainer, operation):
    """How many nodes of an operation there are on which a function's result depends."""
    definition = trainer._evaluate.get_concrete_function().graph.as_graph_def()
    number = 0
    for function in definition.library.function:
        nodes = {node.name: node for node in function.node_def}
        needed, left = set(), [*function.ret.values(), *function.control_ret.values()]
        while left:
            name = left.pop().lstrip("^").split(":")[0]
            if name in nodes and name not in needed:
                needed.add(name)
                left += nodes[name].input
        number += sum(nodes[name].op == operation for name in needed)
    return number


def test_no_gradient_is_computed_for_frozen_kernels():
    numbers = [
        num_needed(make_trainer(make_model(CONV, frozen)), "Conv2DBackpropFilter")
        for frozen in (None, FROZEN)
    ]
    assert numbers == [2, 2]


def test_divisors_count_what_is_frozen_and_what_is_free():
    trainer = make_trainer(make_model(CONV, FROZEN))
    candidate = trainer._network.candidates.of(GENOTYPE)
    # 0, 2 and 3; 1 and 4.
    assert candidate.divisors.tolist() == [3, 2]
    assert [free.tolist() for free in candidate.free] == [[3], []]


@pytest.mark.parametrize("network", [CONV, TIME])
def test_a_graph_is_traced_once_for_all_candidates(network):
    trainer = make_trainer(make_model(network, FROZEN), **EVERYTHING)
    rng = np.random.default_rng(0)
    for _ in range(8):
        genotype = rng.integers(5, size=(2, 2)).astype(np.int32)
        trainer.train(genotype, rng)
        trainer.accuracy(genotype)
    trainer.finish(genotype, rng)
    assert trainer.num_traces() == 1
    assert trainer._features.experimental_get_tracing_count() == 1


def trained_weights(**settings):
    model = make_model(TIME)
    trainer = make_trainer(model, **settings)
    rng = np.random.default_rng(0)
    fitness = [trainer.train(genotype, rng) for genotype in (GENOTYPE, OTHER)]
    trainer.settle()
    return [fitness, *weights_of(model)]


def test_the_same_stream_trains_to_the_same_bits():
    for one, two in zip(
        trained_weights(**EVERYTHING), trained_weights(**EVERYTHING), strict=True
    ):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("name", sorted(set(EVERYTHING) - {"classify"}))
def test_every_switch_changes_what_is_learned(name):
    default = getattr(TrainingSettings(), name)
    weights = trained_weights(**EVERYTHING)
    others = trained_weights(**EVERYTHING | {name: default})
    assert any((a != b).any() for a, b in zip(weights[1:], others[1:], strict=True))


def test_scoring_knows_nothing_of_how_training_is_made_harder():
    inputs, _ = make_data(seed=9)
    plain, hard = (
        make_trainer(make_model(TIME), **settings)
        for settings in ({"classify": "clip"}, EVERYTHING)
    )
    assert plain.accuracy(GENOTYPE) == hard.accuracy(GENOTYPE)
    np.testing.assert_array_equal(
        plain.log_probabilities(GENOTYPE, plain.prepare(inputs)),
        hard.log_probabilities(GENOTYPE, hard.prepare(inputs)),
    )


def test_training_goes_on_from_a_state_to_the_same_bits():
    model = make_model(TIME, OTHER)
    trainer = make_trainer(model, **EVERYTHING)
    trainer.train(GENOTYPE, np.random.default_rng(0))
    state = trainer.state()
    trainer.train(FROZEN, np.random.default_rng(1))
    again = make_trainer(make_model(TIME, OTHER), **EVERYTHING)
    again.restore(state)
    again.train(FROZEN, np.random.default_rng(1))
    one, two = trainer.state(), again.state()
    assert one.keys() == two.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(value, two[name])


class OnDisk:
    """Values that are read when they are asked for."""

    def __init__(self, array):
        self._array = array
        self.shape, self.dtype = array.shape, array.dtype

    def __getitem__(self, rows):
        return self._array[rows]


@pytest.mark.parametrize("classify", ["clip", "segment"])
def test_values_on_disk_train_as_those_in_memory(classify):
    _, labels = make_data()
    values = np.random.default_rng(2).standard_normal((SIZE, 6, 4, 3)).astype("f")
    found = []
    for held in (values, OnDisk(values)):
        model = make_model(TIME)
        settings = EVERYTHING | {"classify": classify, "batch_size": 4}
        trainer = SampleTrainer(
            model,
            "new",
            SegmentInputs(held, clip=CLIPS).select(np.arange(1, SIZE)),
            labels[1:],
            TrainingSettings(**settings),
        )
        rng = np.random.default_rng(0)
        fitness = [trainer.train(one, rng) for one in (GENOTYPE, OTHER, GENOTYPE)]
        trainer.settle()
        found.append([fitness, trainer.accuracy(GENOTYPE), *weights_of(model)])
    for one, two in zip(*found, strict=True):
        np.testing.assert_array_equal(one, two)


def test_final_steps_and_passes_are_a_least_number():
    for settings, number in (
        ({"final_passes": 3}, 30),
        ({"final_steps": 5}, 5 * BATCH),
        ({"final_passes": 3, "final_steps": 5}, 40),
        ({"final_passes": 5, "final_steps": 1, "schedule": "cosine"}, 50),
        ({}, 0),
    ):
        trainer = make_trainer(make_model(TIME), classify="clip", **settings)
        trainer.finish(GENOTYPE, np.random.default_rng(0))
        assert trainer.num_presentations == number * 4


ALLOWED = np.array([[True, True, False], [False, False, True]])


def allowed_of(labels):
    return ALLOWED[(labels == 2).astype(int)]


@pytest.mark.parametrize("settings", [{}, {"label_smoothing": 0.3}])
def test_classes_of_other_tasks_are_neither_learned_nor_counted(settings):
    model = make_model(TIME)
    trainer = make_trainer(model, allowed=allowed_of(make_data()[1]), **settings)
    # One that may be of one class alone is always right, and moves nothing.
    assert trainer.accuracy(GENOTYPE) >= np.mean(make_data()[1] == 2)
    before = model.heads["new"].kernel.numpy()
    trainer.train(GENOTYPE, np.random.default_rng(0))
    after = model.heads["new"].kernel.numpy()
    assert (before[:, :2] != after[:, :2]).any()
    np.testing.assert_array_equal(before[:, 2], after[:, 2])


def test_mixtures_of_two_tasks_may_be_of_classes_of_both():
    model = make_model(TIME)
    allowed = allowed_of(make_data()[1])
    trainer = make_trainer(model, allowed=allowed, mixup=1.0, label_smoothing=0.1)
    trainer.train(GENOTYPE, np.random.default_rng(0))
    assert np.abs(model.heads["new"].kernel.numpy()).max() < 3


def test_training_that_diverges_is_an_error_not_a_score():
    trainer = make_trainer(make_model(TIME), learning_rate=1e30)
    with pytest.raises(UsageError, match=r"diverged.*learning_rate=1e\+30"):
        trainer.train(GENOTYPE, np.random.default_rng(0))


def test_freezing_under_a_trainer_is_refused():
    model = make_model(TIME)
    trainer = make_trainer(model)
    freeze(model, OTHER)
    with pytest.raises(RuntimeError, match="after this trainer was made"):
        trainer.train(GENOTYPE, np.random.default_rng(0))


@pytest.mark.parametrize("classify", ["clip", "segment"])
def test_scores_do_not_depend_on_how_many_are_scored_at_once(classify, monkeypatch):
    trainer = make_trainer(make_model(TIME), classify=classify)
    prepared = trainer.prepare(make_data(seed=9)[0])
    whole = trainer.log_probabilities(GENOTYPE, prepared)
    monkeypatch.setattr("pathnet_tf.layer_plan.SCORED_AT_ONCE", 5)
    np.testing.assert_allclose(
        trainer.log_probabilities(GENOTYPE, prepared), whole, atol=1e-6
    )


def test_a_last_mini_batch_that_is_not_full_moves_by_its_mean():
    """Unlike that of the shortcuts, which moves in proportion to its size."""
    models = [make_model(DENSE) for _ in range(2)]
    batch = {"batch_size": 2 * SIZE}
    ours = make_trainer(models[0], **batch)
    theirs = make_trainer(models[1], CandidateTrainer, **batch)
    before = models[0].heads["new"].kernel.numpy()
    for trainer in (ours, theirs):
        trainer.train(GENOTYPE, np.random.default_rng(0))
        trainer.settle()
    one, two = (model.heads["new"].kernel.numpy() - before for model in models)
    np.testing.assert_allclose(one, 2 * two, atol=1e-6)
