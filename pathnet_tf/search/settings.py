"""How a task is learned: the search among pathways, and the training inside it."""

import dataclasses

from pathnet_tf.network.genotype import BOUNDARIES, GenotypeSpace
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.flag_fields import check, flag
from pathnet_tf.training.settings import TrainingSettings


@dataclasses.dataclass(frozen=True)
class SearchSettings:
    """How a search runs.

    Raises:
      UsageError: A value is out of its range.
    """

    generations: int = flag(200, "Generations of each search.", least=1)
    population_size: int = flag(20, "Pathways in a population.", least=2)
    mutate: str = flag(
        "loser_copy",
        "Which of the winner and its copy mutates.",
        choices=("loser_copy", "winner"),
    )
    best_pathway: str = flag(
        "rescore",
        "Score the last population once more, without training it, or take the last "
        "winner.",
        choices=("rescore", "last_winner"),
    )

    def __post_init__(self) -> None:
        """Checks every value."""
        check(self)


@dataclasses.dataclass(frozen=True)
class LearningSettings:
    """Everything that decides how a task is learned.

    Attributes:
      search: How to search.
      training: How a candidate is trained.

    Raises:
      UsageError: An ensemble is asked for where the population is not scored again.
    """

    search: SearchSettings = dataclasses.field(default_factory=SearchSettings)
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)
    genotype_max: int = flag(
        0, "Modules a layer that genes may name (13 in the paper); 0: all."
    )
    allow_duplicate_genes: bool = flag(
        True, "Whether a layer's genes may name a module twice."
    )
    mutation_boundary: str = flag(
        "wrap",
        "What becomes of a gene that mutates out of its range.",
        choices=BOUNDARIES,
    )

    def __post_init__(self) -> None:
        """Checks what search and training ask of each other."""
        check(self)
        if self.training.ensemble > 1 and self.search.best_pathway != "rescore":
            raise UsageError(
                "ensemble needs best_pathway=rescore, which ranks the population. "
                f"Received: ensemble={self.training.ensemble}, "
                f"best_pathway={self.search.best_pathway!r}"
            )

    def space(self, network: PathNetSettings) -> GenotypeSpace:
        """The genotypes to search in a network.

        Raises:
          UsageError: `genotype_max` exceeds the network's modules.
        """
        if not 0 <= self.genotype_max <= network.num_modules:
            raise UsageError(
                f"genotype_max must lie between 1 and num_modules "
                f"({network.num_modules}), or be 0 for all. "
                f"Received: genotype_max={self.genotype_max}"
            )
        return GenotypeSpace(
            num_layers=network.num_layers,
            num_active=network.num_active,
            num_modules=self.genotype_max or network.num_modules,
            allow_duplicate_genes=self.allow_duplicate_genes,
            mutation_boundary=self.mutation_boundary,
        )
