import numpy as np
import pytest

from pathnet_tf.network.genotype import GenotypeSpace
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.search.genetic_search import Outcome, Population, decide

CERTAIN = GenotypeSpace(num_layers=1, num_active=1, num_modules=50)  # Rate 1.


def test_draw_pair_never_draws_one_individual_twice(rng):
    population = Population.drawn(3, GenotypeSpace(), rng)
    pairs = {population.draw_pair(rng) for _ in range(200)}
    assert pairs == {(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)}


def test_decide_names_the_fitter_as_winner():
    assert decide((4, 7), (0.2, 0.3)) == Outcome(winner=7, loser=4)


def test_decide_on_a_tie_names_two_different_individuals():
    assert decide((4, 7), (0.5, 0.5)) == Outcome(winner=4, loser=7)


def test_decide_compares_numbers_not_text():
    assert decide((0, 1), (9.0, 10.0)).winner == 1
    assert decide((0, 1), (1e-5, 0.3)).winner == 1


def test_decide_refuses_an_individual_against_itself():
    with pytest.raises(ValueError, match=r"Received: pair=\(3, 3\)"):
        decide((3, 3), (0.1, 0.2))


def test_decide_refuses_fitness_that_is_not_a_number():
    with pytest.raises(ValueError, match="fitness must be finite"):
        decide((0, 1), (float("nan"), 0.2))


def test_replace_loser_leaves_the_winner_untouched(rng):
    population = Population.drawn(5, CERTAIN, rng)
    before = population.genotypes.copy()
    for _ in range(30):
        population.replace_loser(Outcome(winner=1, loser=3), rng)
    assert (population.genotypes[[0, 1, 2, 4]] == before[[0, 1, 2, 4]]).all()


def test_replace_loser_puts_a_mutated_copy_in_the_losers_place(rng):
    population = Population.drawn(2, CERTAIN, rng)
    population.genotypes[:] = [[[10]], [[40]]]
    children = set()
    for _ in range(200):
        population.replace_loser(Outcome(winner=0, loser=1), rng)
        children.add(int(population.genotypes[1, 0, 0]))
    assert children == {8, 9, 10, 11, 12}


def test_replace_loser_on_a_tie_changes_one_individual_only(rng):
    population = Population.drawn(2, CERTAIN, rng)
    before = population.genotypes.copy()
    population.replace_loser(decide((0, 1), (0.5, 0.5)), rng)
    assert (population.genotypes[0] == before[0]).all()


def test_mutating_the_winner_keeps_its_copy_in_the_losers_place(rng):
    population = Population.drawn(2, CERTAIN, rng)
    population.genotypes[:] = [[[10]], [[40]]]
    population.replace_loser(Outcome(winner=0, loser=1), rng, mutated="winner")
    assert population.genotypes[1, 0, 0] == 10
    assert abs(int(population.genotypes[0, 0, 0]) - 10) <= 2


def test_population_is_drawn_from_the_stream_it_is_given():
    one, same, other = (
        Population.drawn(20, GenotypeSpace(), np.random.default_rng(seed)).genotypes
        for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()


def test_population_refuses_fewer_than_two(rng):
    with pytest.raises(UsageError, match="population_size=1"):
        Population.drawn(1, GenotypeSpace(), rng)
