import numpy as np
import pytest

from pathnet_tf.figures.population_history import UNKNOWN, module_usage, populations
from pathnet_tf.search.genetic_search import Population
from tests.pathnet_tf.figures.searched import SPACE, run_search


def line(generation, winner_index, loser_index, winner, loser, child):
    return {
        "generation": generation,
        "winner_index": winner_index,
        "loser_index": loser_index,
        "winner": [[winner]],
        "loser": [[loser]],
        "child": [[child]],
    }


HISTORY = [line(0, 0, 1, 5, 3, 4), line(1, 2, 1, 1, 4, 2)]


def test_populations_by_hand():
    assert populations(HISTORY)[..., 0, 0].tolist() == [
        [5, 3, 1],
        [5, 4, 1],
        [5, 2, 1],
    ]


def test_an_individual_never_drawn_is_unknown():
    history = [HISTORY[0] | {"loser_index": 2}]
    assert (populations(history)[:, 1] == UNKNOWN).all()


def test_the_initial_population_of_a_search_is_found_again():
    history, _ = run_search(np.random.default_rng(7))
    initial = Population.drawn(5, SPACE, np.random.default_rng(7)).genotypes
    assert populations(history)[0].tolist() == initial.tolist()


def test_the_last_population_of_a_search_is_found_again(rng):
    history, last = run_search(rng)
    assert populations(history)[-1].tolist() == last.tolist()


def test_what_is_known_when_winners_mutate_is_right(rng):
    history, last = run_search(rng, mutate="winner")
    found = populations(history)[-1]
    is_known = (found != UNKNOWN).all(axis=(1, 2))
    assert 0 < is_known.sum() < 5
    assert found[is_known].tolist() == last[is_known].tolist()


def test_every_tournament_meets_the_population_it_was_drawn_from(rng):
    history, _ = run_search(rng, mutate="winner")
    known = populations(history)
    for now in history:
        before = known[now["generation"]]
        assert before[now["winner_index"]].tolist() == now["winner"]
        assert before[now["loser_index"]].tolist() == now["loser"]


@pytest.mark.parametrize("history", [[], HISTORY[1:], HISTORY[::-1]])
def test_a_history_with_gaps_is_refused(history):
    with pytest.raises(ValueError, match="every generation from 0 on"):
        populations(history)


def test_usage_is_the_share_that_names_a_module():
    usage = module_usage(HISTORY, num_modules=6)
    assert usage.shape == (3, 1, 6)
    assert usage[0, 0] == pytest.approx([0, 1 / 3, 0, 1 / 3, 0, 1 / 3])
    assert usage[2, 0] == pytest.approx([0, 1 / 3, 1 / 3, 0, 0, 1 / 3])


def test_usage_counts_a_duplicate_gene_once():
    twice = [[2, 2]]
    history = [
        line(0, 0, 1, 0, 0, 0) | dict.fromkeys(("winner", "loser", "child"), twice)
    ]
    assert module_usage(history, num_modules=3)[0, 0].tolist() == [0, 0, 1]


def test_usage_refuses_genes_out_of_range():
    with pytest.raises(ValueError, match=r"\[0, 4\). Received: gene 5"):
        module_usage(HISTORY, num_modules=4)
