import numpy as np
import pytest

from pathnet_tf.network.genotype import GenotypeSpace
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.search.genetic_search import SearchResult, search
from pathnet_tf.search.settings import SearchSettings

SPACE = GenotypeSpace(num_layers=2, num_active=2, num_modules=30)


class SumOfGenes:
    """Fitness is the sum of the genes; remembers what it trained and rescored."""

    def __init__(self, rescore_sign=1):
        self.trained = []
        self.rescored = []
        self._sign = rescore_sign

    def train(self, genotype, rng):
        self.trained.append(genotype.copy())
        return float(genotype.sum())

    def rescore(self, genotype):
        self.rescored.append(genotype.copy())
        return self._sign * float(genotype.sum())


def run(evaluator, rng, **settings):
    seen = []
    values = {"generations": 40, "population_size": 8} | settings
    result = search(evaluator, SPACE, SearchSettings(**values), rng, seen.append)
    return result, seen


def test_each_generation_trains_two_candidates(rng):
    evaluator = SumOfGenes()
    run(evaluator, rng, generations=17)
    assert len(evaluator.trained) == 34


def test_the_winner_is_the_fitter_of_the_two_trained(rng):
    evaluator = SumOfGenes()
    _, seen = run(evaluator, rng)
    for index, generation in enumerate(seen):
        pair = evaluator.trained[2 * index : 2 * index + 2]
        best = max(pair, key=lambda genotype: genotype.sum())
        assert generation.winner.sum() == best.sum() == generation.winner_fitness
        assert generation.loser_fitness <= generation.winner_fitness
        assert generation.outcome.winner != generation.outcome.loser


def test_selection_improves_the_population(rng):
    result, seen = run(SumOfGenes(), rng, generations=300)
    assert (
        result.population.sum() > 1.3 * np.mean([g.loser.sum() for g in seen[:8]]) * 8
    )


def test_best_pathway_is_rescored_over_the_whole_population(rng):
    evaluator = SumOfGenes()
    result, _ = run(evaluator, rng)
    assert (np.stack(evaluator.rescored) == result.population).all()
    assert result.best_fitness == max(g.sum() for g in result.population)
    assert result.best.sum() == result.best_fitness


def test_best_pathway_does_not_inherit_fitness_from_training(rng):
    # Rescoring turns the order round: what won every tournament must not be chosen.
    result, seen = run(SumOfGenes(rescore_sign=-1), rng)
    assert result.best.sum() == min(g.sum() for g in result.population)
    assert (result.best != seen[-1].winner).any()


@pytest.mark.parametrize("mutate", ["loser_copy", "winner"])
def test_last_winner_is_the_pathway_that_was_trained(mutate, rng):
    evaluator = SumOfGenes()
    result, seen = run(evaluator, rng, best_pathway="last_winner", mutate=mutate)
    assert (result.best == seen[-1].winner).all()
    assert any((result.best == trained).all() for trained in evaluator.trained[-2:])
    assert result.best_fitness == seen[-1].winner_fitness


def test_a_search_ends_with_a_pathway_however_low_its_fitness(rng):
    class Hopeless(SumOfGenes):
        def train(self, genotype, rng):
            return 0.0

        def rescore(self, genotype):
            return 0.0

    result, _ = run(Hopeless(), rng)
    assert result.best.shape == (2, 2)


def test_what_an_observer_returns_or_keeps_changes_nothing():
    plain, _ = run(SumOfGenes(), np.random.default_rng(3))

    def meddle(generation):
        generation.winner[:] = 0
        generation.child[:] = 0
        return generation

    settings = SearchSettings(generations=40, population_size=8)
    watched = search(SumOfGenes(), SPACE, settings, np.random.default_rng(3), meddle)
    assert (plain.population == watched.population).all()
    assert (plain.best == watched.best).all()


@pytest.mark.parametrize(
    "values",
    [
        {"generations": 0},
        {"population_size": 1},
        {"mutate": "both"},
        {"best_pathway": "first"},
    ],
)
def test_settings_refuse_wrong_values(values):
    (name,) = values
    with pytest.raises(UsageError, match=f"{name} must be .* Received: {name}="):
        SearchSettings(**values)


def test_after_a_tie_the_winner_stands_as_it_was_trained(rng):
    class Tie(SumOfGenes):
        def train(self, genotype, rng):
            return 0.5

    for _ in range(30):
        result, (generation,) = run(Tie(), rng, generations=1)
        winner = result.population[generation.outcome.winner]
        assert (winner == generation.winner).all()


def test_each_search_draws_a_population_of_its_own():
    one, two = (
        run(SumOfGenes(), np.random.default_rng(seed), generations=1)[0].population
        for seed in (1, 2)
    )
    assert not {g.tobytes() for g in one} & {g.tobytes() for g in two}


def best_ones(genotypes, fitnesses, number):
    population = np.array(genotypes, np.int32)[:, np.newaxis]
    best = population[int(np.argmax(fitnesses))]
    result = SearchResult(best, max(fitnesses), population, fitnesses)
    return [genotype[0].tolist() for genotype in result.best_ones(number)]


def test_best_ones_are_ranked_by_fitness_and_the_first_of_equals_leads():
    genotypes = [[1, 2], [3, 4], [5, 6], [7, 8]]
    assert best_ones(genotypes, [0.2, 0.9, 0.5, 0.9], 3) == [[3, 4], [7, 8], [5, 6]]
    assert best_ones(genotypes, [0.2, 0.9, 0.5, 0.9], 1) == [[3, 4]]


def test_best_ones_are_different_modules():
    # The same modules in another order, and one of them twice.
    genotypes = [[1, 2], [2, 1], [1, 1], [1, 1]]
    assert best_ones(genotypes, [0.9, 0.8, 0.2, 0.1], 4) == [[1, 2], [1, 1]]


def test_a_population_that_was_not_scored_again_has_one_best(rng):
    result, _ = run(SumOfGenes(), rng, best_pathway="last_winner")
    assert [one.tolist() for one in result.best_ones(3)] == [result.best.tolist()]


def test_a_search_ranks_its_population_by_what_it_rescored(rng):
    result, _ = run(SumOfGenes(), rng)
    sums = [one.sum() for one in result.best_ones(8)]
    assert sums == sorted(sums, reverse=True)
    assert sums[0] == result.best_fitness
