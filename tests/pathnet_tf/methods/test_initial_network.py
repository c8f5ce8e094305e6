import dataclasses

import numpy as np
import pytest

from pathnet_tf.methods.initial_network import dense_network, make_initial_network
from pathnet_tf.methods.learn_sources import learn_sources
from pathnet_tf.methods.learn_target import learn_target
from pathnet_tf.methods.settings import network_folder
from pathnet_tf.network.freezing import num_free_modules
from pathnet_tf.network.saving import load_network
from pathnet_tf.network.settings import PathNetSettings
from tests.pathnet_tf.job_runs import EMOTIONS, fold_of

NETWORKS = ("transfer", "scratch_wide", "random_frozen", "fixed_pathway", "finetune")


@pytest.fixture
def settings(job, load):
    """With a learned source."""
    learn_sources(job, [load("source", seed=1)], EMOTIONS, 0)
    return dataclasses.replace(job, num_source_tasks=1)


def source_pathway(settings):
    return load_network(network_folder(settings.run_dir, 0))[1][0]


def source_network(settings):
    return load_network(network_folder(settings.run_dir, 0))[0]


def kernels(model, genotype):
    return [
        layer.path_modules[m].kernel.numpy().tobytes()
        for layer, genes in zip(model.pathnet_layers, genotype, strict=True)
        for m in sorted(set(genes.tolist()))
    ]


@pytest.fixture
def learned(settings, target, monkeypatch):
    """Learns by a method; gives the start, what its modules were, and the scores."""

    def learn(method):
        made = []

        def keep(*words):
            began = make_initial_network(*words)
            made.append((began, [w.numpy().copy() for w in began.model.weights]))
            return began

        monkeypatch.setattr(
            "pathnet_tf.methods.learn_target.make_initial_network", keep
        )
        scores = learn_target(
            settings, target, fold_of(target), method=method, repeat=0
        )
        return *made[0], scores

    return learn


@pytest.mark.parametrize("method", ["transfer", "fixed_pathway"])
def test_the_frozen_pathway_of_the_source_does_not_move(method, learned, settings):
    pathway = source_pathway(settings)
    before = kernels(
        load_network(network_folder(settings.run_dir, 0))[0], pathway.genotype
    )
    began, _, scores = learned(method)
    assert kernels(began.model, pathway.genotype) == before
    free = set(scores.pathway.genotype[0].tolist()) - set(pathway.genotype[0].tolist())
    assert free or method == "transfer"


def test_finetuning_moves_every_module_of_the_sources_pathway(learned, settings):
    pathway = source_pathway(settings)
    before = kernels(
        load_network(network_folder(settings.run_dir, 0))[0], pathway.genotype
    )
    began, _, scores = learned("finetune")
    after = kernels(began.model, pathway.genotype)
    assert len(before) == len(after)
    assert not set(before) & set(after)
    np.testing.assert_array_equal(scores.pathway.genotype, pathway.genotype)
    assert not scores.pathway.always_active.any()


def test_finetuning_starts_from_what_the_source_has_learned(learned, settings):
    """With hardly any step, the modules are the source's, and not drawn anew."""
    pathway = source_pathway(settings)
    model = source_network(settings)
    training = dataclasses.replace(settings.learning.training, learning_rate=1e-9)
    learning = dataclasses.replace(settings.learning, training=training)
    object.__setattr__(settings, "learning", learning)
    began, _, _ = learned("finetune")
    for old, new, genes in zip(
        model.pathnet_layers, began.model.pathnet_layers, pathway.genotype, strict=True
    ):
        for m in genes:
            np.testing.assert_allclose(
                new.path_modules[m].kernel, old.path_modules[m].kernel, atol=1e-6
            )


def test_finetuning_a_chain_trains_the_pathways_of_all_sources(job, load, target):
    chain = [load(name, seed=i) for i, name in enumerate(("a", "b"))]
    learn_sources(job, chain, EMOTIONS, 0)
    began = make_initial_network(job, target, "finetune", 0, "s1")
    _, pathways = load_network(network_folder(job.run_dir, 0))
    named = [set(row.tolist()) for row in began.genotype]
    for pathway in pathways:
        for genes, layer in zip(pathway.genotype, named, strict=True):
            assert set(genes.tolist()) <= layer
    learn_target(job, target, fold_of(target), method="finetune", repeat=0)


def test_a_fixed_pathway_is_trained_and_never_searched(learned):
    began, before, scores = learned("fixed_pathway")
    np.testing.assert_array_equal(scores.pathway.genotype, began.genotype)
    assert scores.pathway.always_active.any()
    changed = [
        not np.array_equal(old, new.numpy())
        for old, new in zip(before, began.model.weights, strict=True)
    ]
    assert any(changed)


def test_fixed_pathways_differ_from_fold_to_fold(settings, target):
    drawn = [
        make_initial_network(settings, target, "fixed_pathway", 0, f).genotype
        for f in "abcd"
    ]
    assert len({genotype.tobytes() for genotype in drawn}) > 1


def test_random_frozen_has_learned_nothing_and_stays_so(learned, settings, target):
    began, _, scores = learned("random_frozen")
    again = make_initial_network(
        settings, target, "random_frozen", 0, "another fold"
    ).model
    assert scores.pathway.always_active.any()
    frozen = [np.flatnonzero(row) for row in scores.pathway.always_active]
    assert kernels(began.model, frozen) == kernels(again, frozen)
    most = settings.network.num_modules
    assert all(count < most for count in num_free_modules(began.model))


def test_scratch_wide_may_name_as_many_modules_as_transfer_has_active(learned):
    _, _, scores = learned("scratch_wide")
    assert scores.pathway.genotype.shape == (2, 4)
    assert not scores.pathway.always_active.any()


@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("num_pathways", [1, 2])
def test_the_dense_network_has_as_many_parameters(num_layers, num_pathways):
    network = PathNetSettings(num_layers=num_layers)
    dense = dense_network(network, num_pathways)
    wider = dataclasses.replace(dense, module_units=dense.module_units + 1)
    most = num_pathways * network.pathway_parameters()
    assert dense.pathway_parameters() <= most < wider.pathway_parameters()


@pytest.mark.parametrize("method", [*NETWORKS, "scratch", "mlp"])
def test_all_networks_present_as_many_segments(method, learned, settings, target):
    _, _, scores = learned(method)
    generations = settings.learning.search.generations
    assert scores.cost.presentations == 2 * generations * len(fold_of(target).train)


def test_costs_are_counted_by_hand(learned):
    _, _, scores = learned("finetune")
    modules = [len(set(row.tolist())) for row in scores.pathway.genotype]
    # 8 x 6 x 3 inputs, 4 jobs a module, a head of 4 x 2 and two biases.
    by_hand = modules[0] * (144 + 1) * 4 + modules[1] * (4 + 1) * 4 + 10
    assert scores.cost.trained_parameters == by_hand
    assert scores.cost.active_parameters == by_hand


def test_a_search_trains_more_than_it_ends_with(learned):
    _, _, scores = learned("scratch")
    assert scores.cost.trained_parameters > scores.cost.active_parameters


def test_generations_of_a_pathway_alone_are_logged(learned, job):
    learned("mlp")
    (history,) = job.run_dir.glob("logs/mlp/target/repeat-0/*/history.jsonl")
    assert len(history.read_text().splitlines()) == 6
