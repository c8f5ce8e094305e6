import dataclasses

import numpy as np
import pytest

from pathnet_tf.errors import UsageError
from pathnet_tf.freezing import freeze
from pathnet_tf.genotype import GenotypeSpace
from pathnet_tf.learning import LabelledSegments, LearningSettings, learn
from pathnet_tf.model import PathNet, PathNetSettings
from pathnet_tf.search import SearchSettings
from pathnet_tf.segment_inputs import SegmentInputs
from pathnet_tf.training_settings import TrainingSettings

NETWORK = PathNetSettings(
    input_shape=(4, 3, 3), num_layers=2, num_modules=5, module_units=4, num_active=2
)


def make_settings(**values):
    return LearningSettings(
        search=SearchSettings(generations=5, population_size=4),
        training=TrainingSettings(learning_rate=0.1, batch_size=8),
        **values,
    )


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
