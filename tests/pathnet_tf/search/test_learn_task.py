import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.data.input_pipeline import LabelledSegments, SegmentInputs
from pathnet_tf.network.freezing import freeze
from pathnet_tf.network.genotype import GenotypeSpace
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.search.learn_task import (
    LearnedTask,
    LearningSettings,
    learn,
)
from pathnet_tf.search.settings import SearchSettings
from pathnet_tf.training import trainer
from pathnet_tf.training.candidate import Candidate
from pathnet_tf.training.gram_kernels import GramKernels
from pathnet_tf.training.settings import Augmentation, TrainingSettings
from pathnet_tf.training.trainer import Trainer

NETWORK = PathNetSettings(
    input_shape=(4, 3, 3), num_layers=2, num_modules=5, module_units=4, num_active=2
)


PLAIN = TrainingSettings(learning_rate=0.1, batch_size=8)


def make_settings(training=PLAIN, **values):
    search = SearchSettings(generations=5, population_size=4)
    return LearningSettings(search=search, training=training, **values)


def make_segments(size, seed):
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((size, 4, 3, 3)).astype(np.float32)
    labels = rng.integers(3, size=size).astype(np.int32)
    return LabelledSegments(SegmentInputs(inputs), labels)


def learn_small(validation=None, held_out=None):
    seen = []
    train = make_segments(20, 1)
    learned = learn(
        PathNet(NETWORK, {"task": ("a", "b", "c")}),
        "task",
        train,
        make_settings(),
        np.random.default_rng(0),
        validation=validation,
        held_out=held_out,
        observe=lambda generation, scores: seen.append((generation, scores)),
    )
    return learned, seen, train


def accuracy(learned, segments):
    predicted = learned.log_probabilities(segments.inputs).argmax(axis=1)
    return np.mean(predicted == segments.labels)


def test_the_best_pathways_fitness_is_its_accuracy_in_training():
    learned, _, train = learn_small()
    assert learned.fitness == pytest.approx(accuracy(learned, train))


def test_under_validation_it_is_the_accuracy_on_validation_speakers():
    validation = make_segments(7, 2)
    learned, seen, _ = learn_small(validation)
    assert learned.fitness == pytest.approx(accuracy(learned, validation))
    sevenths = [7 * generation.winner_fitness for generation, _ in seen]
    assert sevenths == pytest.approx(np.round(sevenths))
    assert any(0 < value < 7 for value in sevenths)


def test_nothing_is_scored_beside_the_search_unasked():
    _, seen, _ = learn_small()
    assert all(scores is None for _, scores in seen)


def test_the_space_follows_every_setting():
    settings = make_settings(
        genotype_max=3, allow_duplicate_genes=False, mutation_boundary="clamp"
    )
    assert settings.space(NETWORK) == GenotypeSpace(
        num_layers=2,
        num_active=2,
        num_modules=3,
        allow_duplicate_genes=False,
        mutation_boundary="clamp",
    )


def test_by_default_genes_may_name_every_module():
    assert make_settings().space(NETWORK).num_modules == 5


@pytest.mark.parametrize("genotype_max", [-1, 6])
def test_genotype_max_must_lie_in_the_network(genotype_max):
    with pytest.raises(UsageError, match=f"Received: genotype_max={genotype_max}"):
        make_settings(genotype_max=genotype_max).space(NETWORK)


def test_held_out_inputs_change_nothing():
    expected, _, _ = learn_small()
    for seed in range(4):
        learned, seen, _ = learn_small(held_out=make_segments(9, seed).inputs)
        assert all(scores.shape == (9, 3) for _, scores in seen)
        assert (learned.pathway.genotype == expected.pathway.genotype).all()
        assert learned.fitness == expected.fitness


def test_learning_draws_every_free_module_anew():
    settings = dataclasses.replace(NETWORK, num_modules=60)
    model = PathNet(settings, {"task": ("a", "b", "c")})
    freeze(model, np.zeros((2, 2), np.int32))
    kernels = [
        module.kernel
        for layer in model.pathnet_layers
        for module in layer.path_modules[1:]
    ]
    before = [kernel.numpy() for kernel in kernels]
    learn(
        model, "task", make_segments(20, 1), make_settings(), np.random.default_rng(0)
    )
    for kernel, old in zip(kernels, before, strict=True):
        assert (kernel.numpy() != old).all()


TIME = dataclasses.replace(
    NETWORK, module="time_conv", kernel_size=2, pooling="attention", num_layers=1
)
CLIPS = TrainingSettings(
    learning_rate=0.03,
    batch_size=4,
    classify="clip",
    segments_per_clip=2,
    optimizer="adam",
    augmentation=Augmentation(time_mask=1, gain=0.1),
    final_steps=6,
    schedule="cosine",
    ensemble=3,
)


def make_clips(seed=1, size=24):
    """Clips of one segment up to four, whose segments have their label."""
    rng = np.random.default_rng(seed)
    clip = np.repeat(np.arange(size), rng.integers(1, 5, size=size))[:size]
    values = rng.standard_normal((size, 4, 3, 3)).astype(np.float32)
    labels = rng.integers(3, size=size)[clip].astype(np.int32)
    return LabelledSegments(SegmentInputs(values, clip=clip), labels)


def learn_clips(network=TIME, training=CLIPS, train=None, **options):
    model = PathNet(network, {"task": ("a", "b", "c")})
    rng = np.random.default_rng(0)
    settings = make_settings(training)
    train = train or make_clips()
    return learn(model, "task", train, settings, rng, **options), model


def weights_of(model):
    return [w.numpy() for w in model.weights]


@pytest.mark.parametrize(
    ("network", "training", "takes_it"),
    [
        ({}, {}, True),
        ({}, {"ensemble": 3}, True),
        ({"pooling": "statistics"}, {}, True),
        ({"module_units": (4, 3)}, {}, True),
        ({}, {"optimizer": "adam"}, False),
        ({}, {"classify": "clip"}, False),
        ({}, {"final_passes": 1}, False),
        ({}, {"augmentation": Augmentation(gain=0.1)}, False),
        ({"module": "conv"}, {}, False),
    ],
)
def test_plain_training_of_dense_modules_takes_the_shortcut(
    network, training, takes_it, monkeypatch
):
    made = []
    monkeypatch.setattr(
        trainer, "GramKernels", lambda *words: made.append(words) or GramKernels(*words)
    )
    model = PathNet(dataclasses.replace(NETWORK, **network), {"task": ("a", "b", "c")})
    train = make_clips()
    settings = dataclasses.replace(PLAIN, **training)
    Trainer(model, "task", train.inputs, train.labels, settings)
    assert bool(made) == takes_it


@pytest.mark.parametrize("training", [CLIPS, dataclasses.replace(PLAIN, ensemble=3)])
def test_an_ensemble_answers_by_the_mean_of_its_members(training):
    network = TIME if training is CLIPS else NETWORK
    learned, _ = learn_clips(network, training)
    inputs = make_clips(2).inputs
    assert len(learned.members) == 3
    scores = []
    for member in learned.members:
        alone = LearnedTask(
            learned.pathway, [member], learned.classify, learned.fitness, learned.cost
        )
        scores.append(alone.log_probabilities(inputs))
    assert all((scores[0] != other).any() for other in scores[1:])
    mean = np.mean(scores, axis=0)
    mean -= np.log(np.exp(mean).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(learned.log_probabilities(inputs), mean, atol=1e-5)


@pytest.mark.parametrize("training", [CLIPS, dataclasses.replace(PLAIN, ensemble=3)])
def test_the_network_is_left_with_the_best_pathway(training):
    learned, model = learn_clips(TIME if training is CLIPS else NETWORK, training)
    genes = [layer.genotype.numpy() for layer in model.pathnet_layers]
    np.testing.assert_array_equal(genes, learned.pathway.genotype)
    values = np.random.default_rng(2).standard_normal((9, 4, 3, 3)).astype(np.float32)
    first = LearnedTask(
        learned.pathway, learned.members[:1], "segment", learned.fitness, learned.cost
    )
    scores = first.log_probabilities(SegmentInputs(values))
    plain = tf.nn.log_softmax(model(values))
    np.testing.assert_allclose(scores, plain, atol=1e-5)


def test_one_of_an_ensemble_costs_what_it_presents():
    train = make_clips()
    num_clips = len(np.unique(train.inputs.clip))
    learned, _ = learn_clips(train=train)
    searched = 10 * num_clips * 2
    assert learned.cost.presentations == searched + 3 * (6 * 4) * 2
    modules = 2 * 9 * 4 + 4
    head = 8 * 3 + 3 + 4
    assert learned.cost.trained_parameters % modules == head % modules
    assert learned.cost.active_parameters >= 3 * (modules + head)


def test_each_member_goes_on_from_where_the_search_ended(monkeypatch):
    """Without final steps the members are the network's own pathways."""
    gather, gathered = Candidate.gather, []

    def watched(candidate, genotype, **options):
        gather(candidate, genotype, **options)
        weights = [one.numpy() for one in candidate.moved]
        gathered.append((genotype.tolist(), weights))

    monkeypatch.setattr(Candidate, "gather", watched)
    learn_clips()
    begun = gathered[-3:]
    gathered.clear()
    learn_clips(training=dataclasses.replace(CLIPS, final_steps=0, ensemble=3))
    for (genotype, weights), (same, searched) in zip(begun, gathered[-3:], strict=True):
        assert genotype == same
        for one, other in zip(weights, searched, strict=True):
            np.testing.assert_array_equal(one, other)


def test_final_steps_train_on():
    training = dataclasses.replace(CLIPS, final_steps=80, ensemble=1)
    learned, _ = learn_clips(training=training)
    train = make_clips()
    predicted = learned.log_probabilities(train.inputs).argmax(axis=1)
    assert np.mean(predicted == train.labels) > learned.fitness


@pytest.mark.parametrize("seed", [3, 4])
def test_what_is_held_out_moves_no_weight(seed):
    def weights(held_out=None):
        return weights_of(learn_clips(held_out=held_out)[1])

    for one, two in zip(weights(), weights(make_clips(seed).inputs), strict=True):
        np.testing.assert_array_equal(one, two)


def test_clips_that_validate_count_once_each():
    seen = []
    validation = make_clips(5)
    learned, _ = learn_clips(
        training=dataclasses.replace(CLIPS, final_steps=0),
        validation=validation,
        observe=lambda generation, scores: seen.append(generation.winner_fitness),
    )
    number = len(np.unique(validation.inputs.clip))
    parts = [number * value for value in [*seen, learned.fitness]]
    assert parts == pytest.approx(np.round(parts))
    assert number < len(validation.labels)


def test_an_ensemble_needs_a_ranking():
    search = SearchSettings(best_pathway="last_winner")
    with pytest.raises(UsageError, match=r"ensemble needs best_pathway=rescore.*=3"):
        LearningSettings(search, CLIPS)
