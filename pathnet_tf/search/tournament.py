"""Binary tournament over a population of genotypes (the microbial GA).

Reference: Harvey 2011, "The microbial genetic algorithm"; the paper, section 3.3.2.
"""

import dataclasses

import numpy as np

from pathnet_tf.network.genotype import GenotypeSpace, draw, mutate
from pathnet_tf.runtime.errors import UsageError

MUTATED = ("loser_copy", "winner")


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
        """Takes the genotypes; changes of the population are made in them."""
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
