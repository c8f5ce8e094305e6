import dataclasses
import itertools

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.data.fold_inputs import normalize
from pathnet_tf.data.normalization import measure
from pathnet_tf.methods import learn_target as target_learning
from pathnet_tf.methods.initial_network import make_initial_network
from pathnet_tf.methods.learn_fold import divide_fold, learn_fold
from pathnet_tf.methods.learn_sources import learn_sources
from pathnet_tf.methods.learn_target import learn_target, refit
from pathnet_tf.methods.settings import SearchName
from pathnet_tf.network.freezing import activate, num_free_modules
from pathnet_tf.network.saving import load_network
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.search.tensorboard_log import SearchLog
from tests.pathnet_tf.job_runs import EMOTIONS, fold_of, history, with_every_switch


def test_same_seed_gives_the_same_scores_whatever_other_generators_hold(job, target):
    scores = []
    for foreign in (1, 2):
        np.random.seed(foreign)
        tf.random.set_seed(foreign)
        got = learn_target(job, target, fold_of(target), method="scratch", repeat=0)
        scores.append(got.log_probabilities.tobytes())
    assert scores[0] == scores[1]


@pytest.mark.parametrize("change", [{"seed": 1}, {}])
def test_another_seed_or_repeat_gives_other_scores(change, job, target):
    fold = fold_of(target)
    one = learn_target(job, target, fold, method="scratch", repeat=0)
    other = dataclasses.replace(job, **change)
    two = learn_target(other, target, fold, method="scratch", repeat=0 if change else 1)
    assert (one.log_probabilities != two.log_probabilities).any()


@pytest.fixture
def networks(monkeypatch):
    """Every network that a target job learned."""
    made = []

    def keep(*words, **options):
        began_from = make_initial_network(*words, **options)
        made.append(began_from.model)
        return began_from

    monkeypatch.setattr(target_learning, "make_initial_network", keep)
    return made


@pytest.mark.parametrize("method", ["transfer", "scratch"])
@pytest.mark.parametrize("fitness", ["train", "validation"])
def test_held_out_labels_change_nothing_before_scoring(
    fitness, method, job, target, load, networks, rng
):
    """Same pathways, weights and scores, bit by bit, with held-out labels permuted."""
    job = dataclasses.replace(job, fitness=fitness, validation_share=0.4)
    learn_sources(job, [load("source", seed=1)], EMOTIONS, 0)
    fold = fold_of(target)
    labels = target.labels.copy()
    labels[fold.test] = rng.permutation(labels[fold.test])
    assert (labels != target.labels).any()
    permuted = dataclasses.replace(target, labels=labels)
    one = learn_target(job, target, fold, method=method, repeat=0)
    seen = history(job, method, "target", fold.name)
    two = learn_target(job, permuted, fold, method=method, repeat=0)
    again = history(job, method, "target", fold.name)
    assert one.log_probabilities.tobytes() == two.log_probabilities.tobytes()
    assert one.pathway.to_json() == two.pathway.to_json()
    assert one.fitness == two.fitness
    first, second = ([w.numpy().tobytes() for w in net.weights] for net in networks)
    assert first == second
    curves = [[line.pop("held_out") for line in lines] for lines in (seen, again)]
    assert curves[0] != curves[1]
    assert seen == again


@pytest.mark.parametrize("switched", [lambda job: job, with_every_switch])
def test_held_out_recordings_move_nothing(switched, job, target, networks):
    job, fold = switched(job), fold_of(target)
    values = target.values[np.arange(len(target.labels))]
    values[fold.test] = 7.0
    other = dataclasses.replace(target, values=values)
    one = learn_target(job, target, fold, method="scratch", repeat=0)
    two = learn_target(job, other, fold, method="scratch", repeat=0)
    assert one.fitness == two.fitness
    assert (one.pathway.genotype == two.pathway.genotype).all()
    first, second = ([w.numpy().tobytes() for w in net.weights] for net in networks)
    assert first == second


def test_the_source_is_not_forgotten(job, target, load):
    """Frozen bytes stay, and the source's predictions with its head put back."""
    source = load("source", seed=1)
    learn_sources(job, [source], EMOTIONS, 0)
    folder = job.run_dir / "sources" / "repeat-0"
    model, (pathway,) = load_network(folder)
    fold = source.everything()
    division, _ = divide_fold(job, source, fold, "source_1", 0)
    inputs = normalize(source, division, "train").train.block(0, len(source.labels))
    activate(model, pathway)
    before = model(inputs, task="source_1").numpy().tobytes()
    frozen = frozen_bytes(model)

    model = learn_on(job, target)

    assert frozen_bytes(model) == frozen
    activate(model, pathway)
    assert model(inputs, task="source_1").numpy().tobytes() == before


def learn_on(job, target):
    """Learns the target as a transfer job does, and gives its network."""
    fold = fold_of(target)
    began_from = make_initial_network(job, target, "transfer", 0, fold.name)
    with SearchLog(
        job.run_dir / "log",
        held_out_labels=target.labels[fold.test],
        held_out_clip=target.clip[fold.test],
        num_classes=2,
    ) as log:
        search = SearchName("transfer", "target", 0, fold.name)
        learn_fold(job, began_from, search, target, fold, log)
    return began_from.model


def frozen_bytes(model):
    return [
        weight.numpy().tobytes()
        for layer in model.pathnet_layers
        for module in layer.path_modules
        if not module.trainable
        for weight in module.weights
    ]


def test_the_frozen_pathway_stays_active_in_the_target(job, target, load):
    learn_sources(job, [load("source", seed=1)], EMOTIONS, 0)
    _, (pathway,) = load_network(job.run_dir / "sources" / "repeat-0")
    got = learn_target(job, target, fold_of(target), method="transfer", repeat=0)
    for always, genes in zip(got.pathway.always_active, pathway.genotype, strict=True):
        assert set(np.flatnonzero(always)) == set(genes)


def test_the_population_is_drawn_anew_for_the_target(job, target, load):
    learn_sources(job, [load("source", seed=1)], EMOTIONS, 0)
    fold = fold_of(target)
    learn_target(job, target, fold, method="transfer", repeat=0)
    source = history(job, "transfer", "source_1", "all_speakers")
    after = history(job, "transfer", "target", fold.name)
    assert source[0]["winner"] != after[0]["winner"]
    assert source[0]["loser"] != after[0]["loser"]


def test_transfer_and_scratch_start_from_the_same_population(job, target, load):
    learn_sources(job, [load("source", seed=1)], EMOTIONS, 0)
    fold = fold_of(target)
    first = []
    for method in ("transfer", "scratch"):
        learn_target(job, target, fold, method=method, repeat=0)
        first.append(history(job, method, "target", fold.name)[0])
    pairs = [sorted([str(g["winner"]), str(g["loser"])]) for g in first]
    assert pairs[0] == pairs[1]


def test_a_chain_freezes_one_pathway_after_the_other(job, load):
    chain = [load(name, seed=i) for i, name in enumerate(("a", "b", "c"))]
    job = dataclasses.replace(
        job, network=dataclasses.replace(job.network, num_modules=12)
    )
    learned = learn_sources(job, chain, EMOTIONS, 0)
    free = [source.num_free_modules for source in learned]
    assert [source.task for source in learned] == ["source_1", "source_2", "source_3"]
    for before, after in itertools.pairwise(free):
        assert all(b >= a for b, a in zip(before, after, strict=True))
    model, pathways = load_network(job.run_dir / "sources" / "repeat-0")
    assert num_free_modules(model) == free[-1]
    assert [pathway.task for pathway in pathways] == [s.task for s in learned]
    assert "free" in learned[0].describe()


def test_a_chain_that_runs_out_of_modules_is_refused(job, load):
    job = dataclasses.replace(
        job,
        network=dataclasses.replace(job.network, num_modules=1, num_active=1),
    )
    chain = [load(name, seed=i) for i, name in enumerate(("a", "b"))]
    with pytest.raises(UsageError, match=r"nothing is left for task source_2"):
        learn_sources(job, chain, EMOTIONS, 0)


def test_growing_gives_later_tasks_room(job, target, load):
    network = dataclasses.replace(job.network, num_modules=1, num_active=1)
    job = dataclasses.replace(job, network=network, grow_modules=2)
    chain = [load(name, seed=i) for i, name in enumerate(("a", "b"))]
    learned = learn_sources(job, chain, EMOTIONS, 0)
    assert [source.num_modules for source in learned] == [1, 3]
    got = learn_target(job, target, fold_of(target), method="transfer", repeat=0)
    assert got.pathway.always_active.shape == (2, 5)


def test_every_job_has_a_random_stream_of_its_own(job, target):
    folds = [fold_of(target, place) for place in (0, 1)]
    other_seed = dataclasses.replace(job, seed=1)
    drawn = [
        divide_fold(settings, target, fold, task, repeat)[1].integers(2**40)
        for settings in (job, other_seed)
        for fold in folds
        for task in ("source_1", "target")
        for repeat in (0, 1)
    ]
    assert len(set(drawn)) == 16


def test_every_search_has_a_log_folder_of_its_own(job):
    folders = {
        SearchName(method, stage, repeat, fold).folder(job.log_dir)
        for method in ("transfer", "scratch")
        for stage in ("source_1", "target")
        for repeat in (0, 1)
        for fold in ("03", "..", "a/b", "a b")
    }
    assert len(folders) == 32
    for folder in folders:
        assert job.run_dir in folder.resolve().parents
        assert folder.resolve() == folder


def test_each_repeat_transfers_from_its_own_source(job, target, load):
    source = load("source", seed=1)
    networks = []
    for repeat in (0, 1):
        learn_sources(job, [source], EMOTIONS, repeat)
    for repeat in (0, 1):
        model = make_initial_network(job, target, "transfer", repeat, "s1").model
        networks.append(frozen_bytes(model))
    assert networks[0] != networks[1]


def test_a_refit_learns_from_every_speaker(job, target):
    _, _, statistics = refit(job, target, method="scratch")
    expected = measure(target.values)
    np.testing.assert_array_equal(statistics.mean, expected.mean)


def test_few_speakers_are_the_same_for_every_method_and_all_for_a_model(job, target):
    """What is held out is left alone, and what holds out nothing learns everything."""
    job = dataclasses.replace(job, train_speakers=1)
    fold = fold_of(target)
    divisions = [divide_fold(job, target, fold, "target", 0)[0] for _ in range(2)]
    speakers = np.asarray(target.speakers)[target.clip]
    (drawn,) = set(speakers[divisions[0].train])
    assert drawn not in set(speakers[fold.test])
    np.testing.assert_array_equal(divisions[0].train, divisions[1].train)
    np.testing.assert_array_equal(divisions[0].test, fold.test)
    of_source, _ = divide_fold(job, target, fold, "source_1", 0)
    np.testing.assert_array_equal(of_source.train, fold.train)
    everything, _ = divide_fold(job, target, target.everything(), "target", 0)
    assert len(everything.train) == len(target.labels)
