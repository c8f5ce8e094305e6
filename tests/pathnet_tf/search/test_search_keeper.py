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
from tests.pathnet_tf.unit_runs import EMOTIONS, fold_of, history, with_every_switch

GENERATIONS = 6


@pytest.fixture
def unit(unit):
    return dataclasses.replace(unit, checkpoint_every=2)


def with_training(unit, **options):
    training = dataclasses.replace(unit.learning.training, **options)
    learning = dataclasses.replace(unit.learning, training=training)
    return dataclasses.replace(unit, learning=learning)


def with_search(unit, **options):
    search = dataclasses.replace(unit.learning.search, **options)
    learning = dataclasses.replace(unit.learning, search=search)
    return dataclasses.replace(unit, learning=learning)


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


def whole_and_resumed(unit, target, method, stop_after, generations, sources=()):
    fold = fold_of(target)

    def learn():
        return learn_target(
            unit, target, fold, method=method, repeat=0, sources=sources
        )

    stop_after(99)
    whole = learn()
    curves = history(unit, method, "target", fold.name)
    remove_tree(unit.checkpoint_dir)
    for stop in generations:
        stop_after(stop)
        with pytest.raises(StoppedError):
            learn()
    stop_after(99)
    same(whole, learn())
    assert history(unit, method, "target", fold.name) == curves
    assert len(curves) == GENERATIONS


@pytest.mark.parametrize("generation", range(1, GENERATIONS + 1))
def test_a_search_goes_on_from_any_generation(unit, target, stop_after, generation):
    whole_and_resumed(unit, target, "scratch", stop_after, [generation])


def test_it_may_be_interrupted_again_and_again(unit, target, stop_after):
    whole_and_resumed(unit, target, "scratch", stop_after, [1, 1, 2, 1])


@pytest.mark.parametrize("validation_share", [0.0, 0.4])
def test_with_every_switch_of_training(unit, target, stop_after, validation_share):
    unit = with_every_switch(unit)
    unit = dataclasses.replace(unit, validation_share=validation_share)
    whole_and_resumed(unit, target, "scratch", stop_after, [3, GENERATIONS - 3])


@pytest.mark.parametrize("arithmetic", ["gram", "weights"])
@pytest.mark.parametrize("validation_share", [0.0, 0.4])
def test_by_either_arithmetic_and_fitness(
    unit, target, stop_after, arithmetic, validation_share
):
    unit = dataclasses.replace(unit, validation_share=validation_share)
    unit = with_training(unit, arithmetic=arithmetic)
    whole_and_resumed(unit, target, "scratch", stop_after, [3])


def test_the_last_winner_is_remembered(unit, target, stop_after):
    unit = with_search(unit, best_pathway="last_winner")
    whole_and_resumed(unit, target, "scratch", stop_after, [GENERATIONS])


@pytest.mark.parametrize("method", ["transfer", "finetune", "joint", "mlp"])
def test_methods_that_start_from_sources_go_on(unit, load, target, stop_after, method):
    source = load("source", seed=1)
    unit = dataclasses.replace(unit, num_source_tasks=1)
    learn_sources(unit, [source], EMOTIONS, 0)
    sources = [source] if method == "joint" else []
    whole_and_resumed(unit, target, method, stop_after, [3], sources)


def network_bytes(unit):
    return (unit.run_dir / "sources/repeat-0/network.weights.h5").read_bytes()


def test_a_chain_of_sources_goes_on_in_its_second_task(unit, load, stop_after):
    chain = [load("one", seed=1), load("two", seed=2)]
    learned = learn_sources(unit, chain, EMOTIONS, 0)
    whole = network_bytes(unit)
    remove_tree(unit.checkpoint_dir)
    stop_after(GENERATIONS + 3)
    with pytest.raises(StoppedError):
        learn_sources(unit, chain, EMOTIONS, 0)
    stop_after(99)
    assert learn_sources(unit, chain, EMOTIONS, 0) == learned
    assert network_bytes(unit) == whole


def test_from_a_damaged_checkpoint_it_goes_back_one(unit, target, stop_after, capsys):
    fold = fold_of(target)
    stop_after(99)
    whole = learn_target(unit, target, fold, method="scratch", repeat=0)
    newest = max(unit.checkpoint_dir.rglob("*.checkpoint"))
    newest.write_bytes(newest.read_bytes()[:-1])
    same(whole, learn_target(unit, target, fold, method="scratch", repeat=0))
    assert "is damaged" in capsys.readouterr().err


def test_a_run_whose_folder_is_removed_says_so(unit, target, monkeypatch):
    def remove(log, *generation):
        remove_tree(unit.run_dir)

    monkeypatch.setattr(SearchLog, "__call__", remove)
    with pytest.raises(DataError, match="was removed while its run was under way"):
        learn_target(unit, target, fold_of(target), method="scratch", repeat=0)
    assert not unit.run_dir.exists()


def test_without_checkpoints_nothing_is_kept(unit, target):
    unit = dataclasses.replace(unit, checkpoint_every=0)
    learn_target(unit, target, fold_of(target), method="scratch", repeat=0)
    assert not unit.checkpoint_dir.exists()


def test_the_last_generation_is_always_kept(unit, target):
    unit = dataclasses.replace(unit, checkpoint_every=4)
    learn_target(unit, target, fold_of(target), method="scratch", repeat=0)
    steps = [int(path.stem) for path in unit.checkpoint_dir.rglob("*.checkpoint")]
    assert sorted(steps) == [4, 6]
