import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.network.freezing import draw_anew, freeze
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.training.candidate import Candidate
from pathnet_tf.training.settings import TrainingSettings
from pathnet_tf.training.trainer import Trainer
from tests.pathnet_tf.training.trainers import num_needed

SETTINGS = PathNetSettings(
    input_shape=(4, 3, 3), num_layers=3, num_modules=6, module_units=5, num_active=3
)
GENOTYPE = np.array([[0, 3, 3], [1, 2, 5], [4, 4, 4]], np.int32)
OTHER = np.array([[0, 1, 2], [2, 3, 5], [0, 4, 5]], np.int32)
RATE = 0.1
BATCH = 8


def make_model(seed=1, frozen=None):
    rng = np.random.default_rng(seed)
    model = PathNet(SETTINGS, {"old": ("a", "b"), "new": ("a", "b", "c")})
    draw_anew(model, "old", rng)
    if frozen is not None:
        freeze(model, frozen)
    draw_anew(model, "new", rng)
    return model


def make_data(seed=2, size=20):
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((size, 4, 3, 3)).astype(np.float32)
    return inputs, rng.integers(3, size=size).astype(np.int32)


@pytest.fixture(params=["weights", "gram"])
def arithmetic(request):
    return request.param


def make_trainer(model, arithmetic="gram", size=20, **settings):
    values = {"learning_rate": RATE, "batch_size": BATCH} | settings
    inputs, labels = make_data(size=size)
    chosen = TrainingSettings(**values, arithmetic=arithmetic)
    return Trainer(model, "new", SegmentInputs(inputs), labels, chosen)


def weights_of(model):
    return [w.numpy() for w in model.weights if "genotype" not in w.path]


def make_current(model, genotype):
    for layer, genes in zip(model.pathnet_layers, genotype, strict=True):
        layer.genotype.assign(genes)


def train_plainly(model, genotype, inputs, labels, order):
    """One pass through the Keras layers themselves, module by module."""
    make_current(model, genotype)
    num_correct = 0
    variables = [weight.value for weight in model.trainable_weights]
    for start in range(0, len(order), BATCH):
        batch = order[start : start + BATCH]
        with tf.GradientTape() as tape:
            logits = model(inputs[batch], task="new")
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels[batch], logits
            )
            loss = tf.reduce_sum(losses) / BATCH
        for variable, gradient in zip(
            variables, tape.gradient(loss, variables), strict=True
        ):
            if gradient is not None:
                variable.assign_sub(RATE * gradient)
        num_correct += int((logits.numpy().argmax(axis=1) == labels[batch]).sum())
    return num_correct / len(order)


@pytest.mark.parametrize("frozen", [None, OTHER, GENOTYPE])
def test_training_equals_the_plain_layers(frozen, arithmetic):
    one, two = make_model(frozen=frozen), make_model(frozen=frozen)
    inputs, labels = make_data()
    trainer = make_trainer(one, arithmetic)
    for seed, genotype in enumerate((GENOTYPE, OTHER[::-1], GENOTYPE)):
        order = np.random.default_rng(seed).permutation(20)
        fitness = trainer.train(genotype, np.random.default_rng(seed))
        assert fitness == train_plainly(two, genotype, inputs, labels, order)
    trainer.settle()
    for ours, plain in zip(weights_of(one), weights_of(two), strict=True):
        np.testing.assert_allclose(ours, plain, atol=1e-6)


@pytest.mark.parametrize("aggregation", ["mean_active", "mean_all", "sum"])
def test_scores_equal_the_plain_layers(aggregation, arithmetic):
    model = PathNet(
        PathNetSettings(input_shape=(4, 3, 3), num_modules=6, aggregation=aggregation),
        {"new": ("a", "b", "c")},
    )
    trainer = make_trainer(model, arithmetic)
    inputs, _ = make_data(seed=9)
    prepared = trainer.prepare(SegmentInputs(inputs))
    genotype = np.array([[0, 1, 1, 2]] * 3, np.int32)
    for module in (3, 0):  # Trained after it was prepared, and with other modules.
        genotype[0, 3] = module
        trainer.train(genotype, np.random.default_rng(0))
    scores = trainer.log_probabilities(genotype, prepared)
    trainer.settle()
    make_current(model, genotype)
    plain = tf.nn.log_softmax(model(inputs, task="new"))
    np.testing.assert_allclose(scores, plain, atol=1e-5)


def test_fitness_is_the_running_accuracy_before_each_update(arithmetic):
    trainer = make_trainer(make_model(), arithmetic, batch_size=20)
    # One mini-batch: what training counts is what the untrained candidate scores.
    before = trainer.accuracy(GENOTYPE)
    assert trainer.train(GENOTYPE, np.random.default_rng(0)) == before


def test_training_learns(arithmetic):
    trainer = make_trainer(make_model(), arithmetic)
    rng = np.random.default_rng(0)
    for _ in range(80):
        trainer.train(GENOTYPE, rng)
    assert trainer.accuracy(GENOTYPE) > 0.9


def test_only_the_candidates_modules_and_its_head_move(arithmetic):
    model = make_model()
    before = weights_of(model)
    trainer = make_trainer(model, arithmetic)
    trainer.train(GENOTYPE, np.random.default_rng(0))
    trainer.settle()
    moved = {
        weight.path
        for weight, old in zip(
            (w for w in model.weights if "genotype" not in w.path), before, strict=True
        )
        if (weight.numpy() != old).any()
    }
    modules = {"/".join(path.split("/")[-3:-1]) for path in moved}
    named = {f"layer_{i}/module_{m}" for i, row in enumerate(GENOTYPE) for m in row}
    assert modules == named | {path for path in modules if path.endswith("head_1")}
    assert any("head_1" in path for path in moved)
    assert not any("head_0" in path for path in moved)


def test_frozen_modules_keep_their_bytes(arithmetic):
    model = make_model(frozen=OTHER)
    frozen = [
        module
        for layer in model.pathnet_layers
        for module in layer.path_modules
        if not module.trainable
    ]
    before = [module.kernel.numpy().tobytes() for module in frozen]
    trainer = make_trainer(model, arithmetic)
    for seed in range(5):
        trainer.train(GENOTYPE, np.random.default_rng(seed))
    assert before == [module.kernel.numpy().tobytes() for module in frozen]
    assert len(frozen) == 9


def is_product_of_inputs_and_gradients(node):
    return node.op == "MatMul" and node.attr["transpose_a"].b


def test_no_gradient_is_computed_for_frozen_weights(arithmetic):
    # Of the first layer (the Gram engine's own), two later ones, and the head.
    for frozen in (None, OTHER):
        trainer = make_trainer(make_model(frozen=frozen), arithmetic)
        gradients = num_needed(trainer, is_product_of_inputs_and_gradients)
        assert gradients == 4


def test_a_graph_is_traced_once_for_all_generations(arithmetic):
    trainer = make_trainer(make_model(frozen=OTHER), arithmetic)
    rng = np.random.default_rng(0)
    for _ in range(12):
        genotype = rng.integers(6, size=(3, 3)).astype(np.int32)
        trainer.train(genotype, rng)
        trainer.accuracy(genotype)
    assert trainer.num_traces() == 1
    assert trainer._features.experimental_get_tracing_count() == 1


def test_every_pass_presents_every_segment_once(arithmetic):
    seen = []
    trainer = make_trainer(make_model(), arithmetic, passes_per_evaluation=3)
    present = trainer._loop._present
    trainer._loop._present = lambda order: seen.append(order.samples) or present(order)
    fitness = trainer.train(GENOTYPE, np.random.default_rng(0))
    orders = seen[0].reshape(3, 20)
    assert [sorted(order) for order in orders] == [list(range(20))] * 3
    assert 0 <= fitness <= 1
    assert (orders[0] != orders[1]).any()


def test_a_training_set_smaller_than_a_batch_trains(arithmetic):
    model = make_model()
    before = model.heads["new"].kernel.numpy()
    make_trainer(model, arithmetic, size=3).train(GENOTYPE, np.random.default_rng(0))
    assert (model.heads["new"].kernel.numpy() != before).any()


def test_freezing_under_a_trainer_is_refused(arithmetic):
    model = make_model()
    trainer = make_trainer(model, arithmetic)
    freeze(model, OTHER)
    with pytest.raises(RuntimeError, match="after this trainer was made"):
        trainer.train(GENOTYPE, np.random.default_rng(0))


@pytest.mark.parametrize(
    "name", ["learning_rate", "batch_size", "passes_per_evaluation"]
)
def test_wrong_settings_are_refused(name):
    with pytest.raises(
        UsageError, match=f"{name} must be positive. Received: {name}=0"
    ):
        TrainingSettings(**{name: 0})


def test_scores_do_not_depend_on_the_scoring_batch(monkeypatch, arithmetic):
    trainer = make_trainer(make_model(frozen=OTHER), arithmetic)
    inputs = SegmentInputs(make_data(seed=9)[0])
    whole = trainer.log_probabilities(GENOTYPE, trainer.prepare(inputs))
    monkeypatch.setattr("pathnet_tf.training.gram_kernels.SCORING_BATCH", 7)
    monkeypatch.setattr("pathnet_tf.network.layer_shapes.SCORED_AT_ONCE", 7)
    trainer = make_trainer(make_model(frozen=OTHER), arithmetic)
    parts = trainer.log_probabilities(GENOTYPE, trainer.prepare(inputs))
    np.testing.assert_allclose(parts, whole, atol=1e-6)


def test_later_generations_trace_no_graph(monkeypatch):
    forward, calls = Candidate.features_of, []

    def counted(*given, **named):
        calls.append(given)
        return forward(*given, **named)

    monkeypatch.setattr(Candidate, "features_of", counted)
    trainer, rng = make_trainer(make_model(frozen=OTHER)), np.random.default_rng(0)
    counts = []
    for _ in range(3):
        trainer.train(GENOTYPE, rng)
        trainer.accuracy(GENOTYPE)
        counts.append(len(calls))
    assert counts == counts[:1] * 3


def test_training_that_diverges_is_an_error_not_a_score(arithmetic):
    trainer = make_trainer(make_model(), arithmetic, learning_rate=1e30)
    with pytest.raises(UsageError, match=r"diverged.*learning_rate=1e\+30"):
        trainer.train(GENOTYPE, np.random.default_rng(0))


@pytest.mark.parametrize(("size", "uses_gram"), [(36, True), (37, False)])
def test_the_gram_matrix_is_taken_where_it_saves_half(size, uses_gram):
    inputs = SegmentInputs(make_data(size=size)[0])
    assert TrainingSettings().uses_gram(inputs) is uses_gram


def test_training_goes_on_by_weights_after_settling():
    one, two = make_model(frozen=OTHER), make_model(frozen=OTHER)
    trainers = [make_trainer(one, "gram"), make_trainer(two, "weights")]
    for trainer in trainers:
        trainer.train(GENOTYPE, np.random.default_rng(0))
        trainer.settle()
        trainer.train(GENOTYPE, np.random.default_rng(1))
    for ours, plain in zip(weights_of(one), weights_of(two), strict=True):
        np.testing.assert_allclose(ours, plain, atol=1e-6)


def test_a_mini_batch_that_is_not_full_moves_in_proportion_to_its_size(arithmetic):
    changes = []
    for batch_size in (20, 40):
        model = make_model()
        before = model.heads["new"].kernel.numpy()
        trainer = make_trainer(model, arithmetic, batch_size=batch_size)
        trainer.train(GENOTYPE, np.random.default_rng(0))
        changes.append(model.heads["new"].kernel.numpy() - before)
    np.testing.assert_allclose(changes[0], 2 * changes[1], atol=1e-6)


def test_an_unknown_arithmetic_is_refused():
    with pytest.raises(UsageError, match="Received: arithmetic='grams'"):
        TrainingSettings(arithmetic="grams")
