"""The genetic search: generations of binary tournaments among pathways.

A search sees an evaluator and a random stream, nothing else: held-out data cannot
reach it.

Reference: the paper, section 3.3.2; Fernando et al. 2017, section 2.4; Harvey 2011,
"The microbial genetic algorithm".
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from pathnet_tf.network.genotype import GenotypeSpace, draw, mutate
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.search.settings import SearchSettings


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Who met in a tournament and who won.

    Attributes:
      winner: Index of the winner in the population.
      loser: Index of the loser, never the winner's.
    """

    winner: int
    loser: int


class Population:
    """A population of genotypes.

    Attributes:
      genotypes: int32 `[population_size, num_layers, num_active]`.
    """

    def __init__(self, genotypes: np.ndarray, space: GenotypeSpace) -> None:
        """Takes `[population_size, num_layers, num_active]`, and changes it."""
        if len(genotypes) < 2:
            raise UsageError(
                "population_size must be at least 2, a tournament's two. "
                f"Received: population_size={len(genotypes)}"
            )
        self._space = space
        self.genotypes = genotypes

    @classmethod
    def drawn(
        cls, size: int, space: GenotypeSpace, rng: np.random.Generator
    ) -> "Population":
        """Draws a population.

        Raises:
          UsageError: `size` is less than 2.
        """
        genotypes = [draw(space, rng) for _ in range(size)]
        return cls(np.array(genotypes, np.int32), space)

    def draw_pair(self, rng: np.random.Generator) -> tuple[int, int]:
        """Draws two different individuals, in the order in which they are trained."""
        first, second = rng.choice(len(self.genotypes), size=2, replace=False)
        return int(first), int(second)

    def replace_loser(
        self, outcome: Outcome, rng: np.random.Generator, *, mutated: str = "loser_copy"
    ) -> None:
        """Puts the winner's copy in the loser's place and mutates one of the two.

        Args:
          outcome: The tournament's outcome.
          rng: Source of randomness.
          mutated: `loser_copy` mutates the copy and leaves the winner untouched,
            `winner` leaves the copy as it is and mutates the winner.
        """
        winner = self.genotypes[outcome.winner].copy()
        child = mutate(winner, self._space, rng)
        if mutated == "winner":
            winner, child = child, winner
        self.genotypes[outcome.winner] = winner
        self.genotypes[outcome.loser] = child


def decide(pair: tuple[int, int], fitness: tuple[float, float]) -> Outcome:
    """Compares two individuals; on equal fitness the first one drawn wins.

    Args:
      pair: Two different indices.
      fitness: Their fitness, higher is better.

    Returns:
      The outcome, which always names two different individuals.

    Raises:
      ValueError: The two are the same individual, or a fitness is not finite.
    """
    if pair[0] == pair[1]:
        raise ValueError(f"A tournament needs two individuals. Received: pair={pair}")
    if not np.isfinite(fitness).all():
        raise ValueError(f"fitness must be finite. Received: fitness={fitness}")
    if fitness[0] >= fitness[1]:
        return Outcome(winner=pair[0], loser=pair[1])
    return Outcome(winner=pair[1], loser=pair[0])


class Evaluator(Protocol):
    """Trains and scores candidates; higher fitness is better."""

    def train(self, genotype: np.ndarray, rng: np.random.Generator) -> float:
        """Trains int32 `[num_layers, num_active]`; returns its fitness."""

    def rescore(self, genotype: np.ndarray) -> float:
        """Fitness of int32 `[num_layers, num_active]`, without training it."""


@dataclasses.dataclass(frozen=True)
class Generation:
    """What happened in one generation.

    Attributes:
      index: From 0.
      outcome: Who won and who lost.
      winner_fitness: Fitness of the winner.
      loser_fitness: Fitness of the loser.
      winner: int32 `[num_layers, num_active]`, the winner as it was trained.
      loser: The loser as it was trained.
      child: What stands in the loser's place afterwards.
    """

    index: int
    outcome: Outcome
    winner_fitness: float
    loser_fitness: float
    winner: np.ndarray
    loser: np.ndarray
    child: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class SearchState:
    """Where a search stands, apart from its evaluator and its random stream.

    Attributes:
      generation: Generations done.
      population: int32 `[population_size, num_layers, num_active]`.
      winner: int32 `[num_layers, num_active]`, the last winner as it was trained.
      winner_fitness: Its fitness.
    """

    generation: int
    population: np.ndarray
    winner: np.ndarray
    winner_fitness: float


# Called after each generation.
Keep = Callable[[SearchState], None]


@dataclasses.dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes:
      best: int32 `[num_layers, num_active]`, the best pathway.
      best_fitness: Its fitness, by the rule that chose it.
      population: int32 `[population_size, num_layers, num_active]`, at the end.
      fitnesses: Fitness of each by the same rule, where all were scored again.
    """

    best: np.ndarray
    best_fitness: float
    population: np.ndarray
    fitnesses: Sequence[float] = ()

    def best_ones(self, number: int) -> list[np.ndarray]:
        """The best pathways of the population, no two of which are the same modules.

        Args:
          number: How many; 1 where the population was not scored again.

        Returns:
          Genotypes, int32 `[num_layers, num_active]` each, the best one first; fewer
          where the population has fewer.
        """
        chosen = {_modules(self.best): self.best}
        for place in np.argsort(-np.asarray(self.fitnesses), kind="stable"):
            genotype = self.population[place]
            chosen.setdefault(_modules(genotype), genotype.copy())
        return list(chosen.values())[:number]


def train_alone(
    evaluator: Evaluator,
    genotype: np.ndarray,
    settings: SearchSettings,
    rng: np.random.Generator,
    observe: Callable[[Generation], None] = lambda generation: None,
    *,
    begun: SearchState | None = None,
    keep: Keep = lambda state: None,
) -> SearchResult:
    """Trains one pathway as often as a search trains all of its candidates.

    Args:
      evaluator: Trains and scores it.
      genotype: int32 `[num_layers, num_active]`, the pathway.
      settings: `generations` is how often it is trained twice.
      rng: Source of every random choice.
      observe: Called after each generation, in which the pathway meets itself.
      begun: See `search`.
      keep: See `search`.

    Returns:
      The result, a population of one.
    """
    alone = Outcome(winner=0, loser=0)
    for index in range(begun.generation if begun else 0, settings.generations):
        first, second = (evaluator.train(genotype, rng) for _ in range(2))
        observe(Generation(index, alone, second, first, *[genotype.copy()] * 3))
        keep(SearchState(index + 1, genotype[np.newaxis], genotype, second))
    return SearchResult(genotype, evaluator.rescore(genotype), genotype[np.newaxis])


def search(
    evaluator: Evaluator,
    space: GenotypeSpace,
    settings: SearchSettings,
    rng: np.random.Generator,
    observe: Callable[[Generation], None] = lambda generation: None,
    *,
    begun: SearchState | None = None,
    keep: Keep = lambda state: None,
) -> SearchResult:
    """Searches for the best pathway from a population drawn anew.

    Args:
      evaluator: Trains and scores candidates.
      space: The genotypes to search.
      settings: How to search.
      rng: Source of every random choice.
      observe: Called after each generation; what it returns is ignored.
      begun: Where a search that was interrupted stood, to go on from there; evaluator
        and `rng` are as they were then.
      keep: Called after each generation, after `observe`; may raise to end the search.

    Returns:
      The result.
    """
    if begun:
        population = Population(begun.population.copy(), space)
        winner, winner_fitness = begun.winner, begun.winner_fitness
    else:
        population = Population.drawn(settings.population_size, space, rng)
    for index in range(begun.generation if begun else 0, settings.generations):
        pair = population.draw_pair(rng)
        first, second = (population.genotypes[i].copy() for i in pair)
        fitness = (evaluator.train(first, rng), evaluator.train(second, rng))
        outcome = decide(pair, fitness)
        population.replace_loser(outcome, rng, mutated=settings.mutate)
        trained = dict(zip(pair, (first, second), strict=True))
        scores = dict(zip(pair, fitness, strict=True))
        winner, winner_fitness = trained[outcome.winner], scores[outcome.winner]
        observe(
            Generation(
                index=index,
                outcome=outcome,
                winner_fitness=winner_fitness,
                loser_fitness=scores[outcome.loser],
                winner=winner,
                loser=trained[outcome.loser],
                child=population.genotypes[outcome.loser].copy(),
            )
        )
        keep(SearchState(index + 1, population.genotypes, winner, winner_fitness))
    if settings.best_pathway == "last_winner":
        return SearchResult(winner, winner_fitness, population.genotypes)
    rescored = [evaluator.rescore(genotype) for genotype in population.genotypes]
    best = int(np.argmax(rescored))
    return SearchResult(
        population.genotypes[best].copy(),
        rescored[best],
        population.genotypes,
        rescored,
    )


def _modules(genotype: np.ndarray) -> tuple[tuple[int, ...], ...]:
    """Modules of each layer, of a genotype int32 `[num_layers, num_active]`."""
    return tuple(tuple(sorted(set(genes.tolist()))) for genes in genotype)
