"""A search that was interrupted goes on to the same bits."""

import dataclasses

import pytest

from pathnet_tf.methods.learn_sources import learn_sources
from pathnet_tf.methods.learn_target import learn_target
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.interruption import StoppedError
from pathnet_tf.runtime.storage import remove_tree
from pathnet_tf.search import checkpoints
from pathnet_tf.search.tensorboard_log import SearchLog
from tests.pathnet_tf.job_runs import EMOTIONS, fold_of, history, with_every_switch

GENERATIONS = 6


@pytest.fixture
def job(job):
    return dataclasses.replace(job, checkpoint_every=2)


def with_training(job, **options):
    training = dataclasses.replace(job.learning.training, **options)
    learning = dataclasses.replace(job.learning, training=training)
    return dataclasses.replace(job, learning=learning)


def with_search(job, **options):
    search = dataclasses.replace(job.learning.search, **options)
    learning = dataclasses.replace(job.learning, search=search)
    return dataclasses.replace(job, learning=learning)


@pytest.fixture
def stop_after(monkeypatch):
    """Has the process asked to stop when so many generations have been kept."""
    calls = []

    def arm(generations):
        calls.clear()

        def is_requested():
            calls.append(1)
            return len(calls) >= generations

        def stop():
            if len(calls) >= generations:
                raise StoppedError

        monkeypatch.setattr(checkpoints, "is_requested", is_requested)
        monkeypatch.setattr(checkpoints, "stop_if_requested", stop)

    return arm


def same(one, two):
    assert one.log_probabilities.tobytes() == two.log_probabilities.tobytes()
    assert one.pathway.to_json() == two.pathway.to_json()
    assert one.fitness == two.fitness
    assert one.cost == two.cost


def whole_and_resumed(job, target, method, stop_after, generations, sources=()):
    fold = fold_of(target)

    def learn():
        return learn_target(job, target, fold, method=method, repeat=0, sources=sources)

    stop_after(99)
    whole = learn()
    curves = history(job, method, "target", fold.name)
    remove_tree(job.checkpoint_dir)
    for stop in generations:
        stop_after(stop)
        with pytest.raises(StoppedError):
            learn()
    stop_after(99)
    same(whole, learn())
    assert history(job, method, "target", fold.name) == curves
    assert len(curves) == GENERATIONS


@pytest.mark.parametrize("generation", range(1, GENERATIONS + 1))
def test_a_search_goes_on_from_any_generation(job, target, stop_after, generation):
    whole_and_resumed(job, target, "scratch", stop_after, [generation])


def test_it_may_be_interrupted_again_and_again(job, target, stop_after):
    whole_and_resumed(job, target, "scratch", stop_after, [1, 1, 2, 1])


@pytest.mark.parametrize("fitness", ["train", "validation"])
def test_with_every_switch_of_training(job, target, stop_after, fitness):
    job = with_every_switch(job)
    job = dataclasses.replace(job, fitness=fitness, validation_share=0.4)
    whole_and_resumed(job, target, "scratch", stop_after, [3, GENERATIONS - 3])


@pytest.mark.parametrize("arithmetic", ["gram", "weights"])
@pytest.mark.parametrize("fitness", ["train", "validation"])
def test_by_either_arithmetic_and_fitness(job, target, stop_after, arithmetic, fitness):
    job = dataclasses.replace(job, fitness=fitness, validation_share=0.4)
    job = with_training(job, arithmetic=arithmetic)
    whole_and_resumed(job, target, "scratch", stop_after, [3])


def test_the_last_winner_is_remembered(job, target, stop_after):
    job = with_search(job, best_pathway="last_winner")
    whole_and_resumed(job, target, "scratch", stop_after, [GENERATIONS])


@pytest.mark.parametrize("method", ["transfer", "finetune", "joint", "mlp"])
def test_methods_that_start_from_sources_go_on(job, load, target, stop_after, method):
    source = load("source", seed=1)
    job = dataclasses.replace(job, num_source_tasks=1)
    learn_sources(job, [source], EMOTIONS, 0)
    sources = [source] if method == "joint" else []
    whole_and_resumed(job, target, method, stop_after, [3], sources)


def network_bytes(job):
    return (job.run_dir / "sources/repeat-0/network.weights.h5").read_bytes()


def test_a_chain_of_sources_goes_on_in_its_second_task(job, load, stop_after):
    chain = [load("one", seed=1), load("two", seed=2)]
    learned = learn_sources(job, chain, EMOTIONS, 0)
    whole = network_bytes(job)
    remove_tree(job.checkpoint_dir)
    stop_after(GENERATIONS + 3)
    with pytest.raises(StoppedError):
        learn_sources(job, chain, EMOTIONS, 0)
    stop_after(99)
    assert learn_sources(job, chain, EMOTIONS, 0) == learned
    assert network_bytes(job) == whole


def test_from_a_damaged_checkpoint_it_goes_back_one(job, target, stop_after, capsys):
    fold = fold_of(target)
    stop_after(99)
    whole = learn_target(job, target, fold, method="scratch", repeat=0)
    newest = max(job.checkpoint_dir.rglob("*.checkpoint"))
    newest.write_bytes(newest.read_bytes()[:-1])
    same(whole, learn_target(job, target, fold, method="scratch", repeat=0))
    assert "is damaged" in capsys.readouterr().err


def test_a_run_whose_folder_is_removed_says_so(job, target, monkeypatch):
    def remove(log, *generation):
        remove_tree(job.run_dir)

    monkeypatch.setattr(SearchLog, "__call__", remove)
    with pytest.raises(DataError, match="was removed while its run was under way"):
        learn_target(job, target, fold_of(target), method="scratch", repeat=0)
    assert not job.run_dir.exists()


def test_without_checkpoints_nothing_is_kept(job, target):
    job = dataclasses.replace(job, checkpoint_every=0)
    learn_target(job, target, fold_of(target), method="scratch", repeat=0)
    assert not job.checkpoint_dir.exists()


def test_the_last_generation_is_always_kept(job, target):
    job = dataclasses.replace(job, checkpoint_every=4)
    learn_target(job, target, fold_of(target), method="scratch", repeat=0)
    steps = [int(path.stem) for path in job.checkpoint_dir.rglob("*.checkpoint")]
    assert sorted(steps) == [4, 6]
