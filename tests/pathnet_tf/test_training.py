import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.errors import UsageError
from pathnet_tf.freezing import draw_anew, freeze
from pathnet_tf.model import PathNet, PathNetSettings
from pathnet_tf.training import CandidateTrainer, TrainingSettings

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


def make_trainer(model, size=20, **settings):
    values = {"learning_rate": RATE, "batch_size": BATCH} | settings
    return CandidateTrainer(
        model, "new", *make_data(size=size), TrainingSettings(**values)
    )


def weights_of(model):
    return [weight.numpy() for weight in model.weights]


def train_plainly(model, genotype, inputs, labels, order):
    """One pass through the Keras layers themselves, module by module."""
    for layer, genes in zip(model.pathnet_layers, genotype, strict=True):
        layer.genotype.assign(genes)
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
def test_training_equals_the_plain_layers(frozen):
    one, two = make_model(frozen=frozen), make_model(frozen=frozen)
    inputs, labels = make_data()
    order = np.random.default_rng(5).permutation(20)
    fitness = make_trainer(one).train(GENOTYPE, np.random.default_rng(5))
    assert fitness == train_plainly(two, GENOTYPE, inputs, labels, order)
    for ours, plain in zip(weights_of(one), weights_of(two), strict=True):
        np.testing.assert_allclose(ours, plain, atol=1e-6)


@pytest.mark.parametrize("aggregation", ["mean_active", "mean_all", "sum"])
def test_scores_equal_the_plain_layers(aggregation):
    model = PathNet(
        PathNetSettings(input_shape=(4, 3, 3), num_modules=6, aggregation=aggregation),
        {"new": ("a", "b", "c")},
    )
    trainer = make_trainer(model)
    inputs, _ = make_data(seed=9)
    genotype = np.array([[0, 1, 1, 2]] * 3, np.int32)
    scores = trainer.log_probabilities(genotype, trainer.prepare(inputs))
    plain = tf.nn.log_softmax(model(inputs, task="new"))
    np.testing.assert_allclose(scores, plain, atol=1e-5)


def test_fitness_is_the_running_accuracy_before_each_update():
    trainer = make_trainer(make_model(), batch_size=20)
    # One mini-batch: what training counts is what the untrained candidate scores.
    before = trainer.accuracy(GENOTYPE)
    assert trainer.train(GENOTYPE, np.random.default_rng(0)) == before


def test_training_learns():
    trainer = make_trainer(make_model())
    rng = np.random.default_rng(0)
    for _ in range(80):
        trainer.train(GENOTYPE, rng)
    assert trainer.accuracy(GENOTYPE) > 0.9


def test_only_the_candidates_modules_and_its_head_move():
    model = make_model()
    before = weights_of(model)
    make_trainer(model).train(GENOTYPE, np.random.default_rng(0))
    moved = {
        weight.path
        for weight, old in zip(model.weights, before, strict=True)
        if (weight.numpy() != old).any() and "genotype" not in weight.path
    }
    modules = {"/".join(path.split("/")[-3:-1]) for path in moved}
    named = {f"layer_{i}/module_{m}" for i, row in enumerate(GENOTYPE) for m in row}
    assert modules == named | {path for path in modules if path.endswith("head_1")}
    assert any("head_1" in path for path in moved)
    assert not any("head_0" in path for path in moved)


def test_frozen_modules_keep_their_bytes():
    model = make_model(frozen=OTHER)
    frozen = [
        module
        for layer in model.pathnet_layers
        for module in layer.path_modules
        if not module.trainable
    ]
    before = [module.kernel.numpy().tobytes() for module in frozen]
    trainer = make_trainer(model)
    for seed in range(5):
        trainer.train(GENOTYPE, np.random.default_rng(seed))
    assert before == [module.kernel.numpy().tobytes() for module in frozen]
    assert len(frozen) == 9


def count_matrix_products(trainer):
    trainer.train(GENOTYPE, np.random.default_rng(0))
    definition = trainer._run_pass.get_concrete_function().graph.as_graph_def()
    bodies = [
        f for f in definition.library.function if "while_body" in f.signature.name
    ]
    return sum(node.op == "MatMul" for body in bodies for node in body.node_def)


def test_no_gradient_is_computed_for_frozen_weights():
    # Forward: 3 free, 2 frozen (the first layer's are computed once a task), 1 head.
    # Backward: weights of 3 free and the head; inputs of 2 free, 2 frozen, the head.
    assert count_matrix_products(make_trainer(make_model(frozen=OTHER))) == 6 + 4 + 5


def test_a_graph_is_traced_once_for_all_generations():
    trainer = make_trainer(make_model(frozen=OTHER))
    rng = np.random.default_rng(0)
    for _ in range(12):
        genotype = rng.integers(6, size=(3, 3)).astype(np.int32)
        trainer.train(genotype, rng)
        trainer.accuracy(genotype)
    assert trainer.num_traces() == 1
    assert trainer._score.experimental_get_tracing_count() == 1


def test_every_pass_presents_every_segment_once():
    seen = []
    trainer = make_trainer(make_model(), passes_per_evaluation=3)
    run_pass = trainer._run_pass
    trainer._run_pass = lambda order: seen.append(order) or run_pass(order)
    fitness = trainer.train(GENOTYPE, np.random.default_rng(0))
    assert [sorted(order) for order in seen] == [list(range(20))] * 3
    assert 0 <= fitness <= 1
    assert (seen[0] != seen[1]).any()


def test_a_training_set_smaller_than_a_batch_trains():
    model = make_model()
    before = model.heads["new"].kernel.numpy()
    make_trainer(model, size=3).train(GENOTYPE, np.random.default_rng(0))
    assert (model.heads["new"].kernel.numpy() != before).any()


def test_freezing_under_a_trainer_is_refused():
    model = make_model()
    trainer = make_trainer(model)
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


def test_scores_do_not_depend_on_the_scoring_batch(monkeypatch):
    trainer = make_trainer(make_model(frozen=OTHER))
    inputs = trainer.prepare(make_data(seed=9)[0])
    whole = trainer.log_probabilities(GENOTYPE, inputs)
    monkeypatch.setattr("pathnet_tf.training.SCORING_BATCH", 7)
    parts = trainer.log_probabilities(GENOTYPE, inputs)
    np.testing.assert_allclose(parts, whole, atol=1e-6)


def test_later_generations_trace_no_graph(monkeypatch):
    forward, calls = CandidateTrainer._forward, []

    def counted(*arguments):
        calls.append(arguments)
        return forward(*arguments)

    monkeypatch.setattr(CandidateTrainer, "_forward", counted)
    trainer, rng = make_trainer(make_model(frozen=OTHER)), np.random.default_rng(0)
    counts = []
    for _ in range(3):
        trainer.train(GENOTYPE, rng)
        trainer.accuracy(GENOTYPE)
        counts.append(len(calls))
    assert counts == counts[:1] * 3


def test_training_that_diverges_is_an_error_not_a_score():
    trainer = make_trainer(make_model(), learning_rate=1e30)
    with pytest.raises(UsageError, match=r"diverged.*learning_rate=1e\+30"):
        trainer.train(GENOTYPE, np.random.default_rng(0))
