import numpy as np
import pytest

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.network.freezing import freeze
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.training.settings import TrainingSettings
from pathnet_tf.training.trainer import Trainer
from tests.pathnet_tf.training.trainers import (
    BATCH,
    CLIPS,
    CONV,
    EVERYTHING,
    FROZEN,
    GENOTYPE,
    OTHER,
    SIZE,
    TIME,
    make_data,
    make_model,
    make_trainer,
    weights_of,
)


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


@pytest.fixture(scope="module")
def everything():
    return trained_weights(**EVERYTHING)


def test_the_same_stream_trains_to_the_same_bits(everything):
    for one, two in zip(everything, trained_weights(**EVERYTHING), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("name", sorted(set(EVERYTHING) - {"classify"}))
def test_every_switch_changes_what_is_learned(name, everything):
    default = getattr(TrainingSettings(), name)
    others = trained_weights(**EVERYTHING | {name: default})
    assert any((a != b).any() for a, b in zip(everything[1:], others[1:], strict=True))


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
        trainer = Trainer(
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
    monkeypatch.setattr("pathnet_tf.network.layer_shapes.SCORED_AT_ONCE", 5)
    np.testing.assert_allclose(
        trainer.log_probabilities(GENOTYPE, prepared), whole, atol=1e-6
    )
