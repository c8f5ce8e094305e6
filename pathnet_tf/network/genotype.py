"""Genotypes: which modules a pathway activates in each layer.

A genotype is int32 `[num_layers, num_active]`, module indices from 0. A module that
a row names twice is active once: that is how a pathway with fewer than `num_active`
modules is written.

Reference: Fernando et al. 2017, "PathNet: evolution channels gradient descent in
super neural networks", section 2.2.
"""

import dataclasses

import numpy as np
import numpy.typing as npt

from pathnet_tf.runtime.errors import UsageError

BOUNDARIES = ("wrap", "clamp")
MAX_SHIFT = 2


@dataclasses.dataclass(frozen=True)
class GenotypeSpace:
    """The genotypes that a search may draw.

    Attributes:
      num_layers: Layers of the network, L.
      num_active: Genes a layer, N.
      num_modules: Modules a layer that genes may name: 0 to `num_modules` - 1.
      allow_duplicate_genes: Whether a row may name a module twice.
      mutation_boundary: `wrap` brings a gene that leaves the range in again at the
        other end, `clamp` stops it at the edge.

    Raises:
      UsageError: A value is out of its range.
    """

    num_layers: int = 3
    num_active: int = 4
    num_modules: int = 20
    allow_duplicate_genes: bool = True
    mutation_boundary: str = "wrap"

    def __post_init__(self) -> None:
        """Checks every value."""
        for name in ("num_layers", "num_active", "num_modules"):
            if getattr(self, name) < 1:
                raise UsageError(
                    f"{name} must be at least 1. Received: {name}={getattr(self, name)}"
                )
        if self.mutation_boundary not in BOUNDARIES:
            raise UsageError(
                f"mutation_boundary must be one of {BOUNDARIES}. "
                f"Received: mutation_boundary={self.mutation_boundary!r}"
            )
        if not self.allow_duplicate_genes and self.num_active > self.num_modules:
            raise UsageError(
                "num_active must not exceed num_modules without duplicate genes. "
                f"Received: num_active={self.num_active}, "
                f"num_modules={self.num_modules}"
            )

    @property
    def mutation_rate(self) -> float:
        """Probability that a gene mutates: 1 / (N L)."""
        return 1.0 / (self.num_active * self.num_layers)


def draw(space: GenotypeSpace, rng: np.random.Generator) -> np.ndarray:
    """Draws a genotype uniformly.

    Args:
      space: The genotypes to draw from.
      rng: Source of randomness.

    Returns:
      int32 `[num_layers, num_active]`.
    """
    if space.allow_duplicate_genes:
        shape = (space.num_layers, space.num_active)
        return rng.integers(space.num_modules, size=shape, dtype=np.int32)
    rows = [
        rng.choice(space.num_modules, size=space.num_active, replace=False)
        for _ in range(space.num_layers)
    ]
    return np.stack(rows).astype(np.int32)


def mutate(
    genotype: np.ndarray, space: GenotypeSpace, rng: np.random.Generator
) -> np.ndarray:
    """Returns a mutated copy; the argument is left as it is.

    Each gene mutates with probability 1 / (N L) by a uniform integer in [-2, 2], so
    one mutation in five leaves the gene as it was. Without duplicate genes the shift
    is uniform over those that name no other gene's module.

    Args:
      genotype: int32 `[num_layers, num_active]`.
      space: The range of genes and the rule at its ends.
      rng: Source of randomness.

    Returns:
      int32 `[num_layers, num_active]`, a new array.

    Reference: the paper, section 3.3.2.
    """
    child = genotype.copy()
    mutates = rng.random(genotype.shape) < space.mutation_rate
    for layer, gene in zip(*np.nonzero(mutates), strict=True):
        shifts = np.arange(-MAX_SHIFT, MAX_SHIFT + 1)
        values = _into_range(child[layer, gene] + shifts, space)
        if not space.allow_duplicate_genes:
            others = np.delete(child[layer], gene)
            values = values[~np.isin(values, others)]
        child[layer, gene] = rng.choice(values)
    return child


def to_mask(genes: npt.ArrayLike, num_modules: int) -> np.ndarray:
    """Turns one layer's genes into a mask.

    Args:
      genes: int `[num_active]`, module indices.
      num_modules: Modules in the layer.

    Returns:
      float32 `[num_modules]`, 1 for an active module, however often it is named.
    """
    mask = np.zeros(num_modules, np.float32)
    mask[np.asarray(genes, np.int64)] = 1
    return mask


def _into_range(values: np.ndarray, space: GenotypeSpace) -> np.ndarray:
    """Brings int `[num_values]` module indices into the range of genes."""
    if space.mutation_boundary == "wrap":
        return values % space.num_modules
    return np.clip(values, 0, space.num_modules - 1)
