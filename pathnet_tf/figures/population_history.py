"""Rebuilds the population of every generation from what a search logged.

Each line of `history.jsonl` has the two candidates of a generation, their genotypes and
the child, but not the rest of the population. Only a tournament changes an individual.
So before a tournament, an individual has had the genotype logged there ever since its
previous tournament, or since the beginning. After its last tournament it keeps what
that left: the loser's place holds the child, the winner's place the winner.

Two things cannot be known: individuals that were never drawn, and in a search with
`--mutate=winner` each winner after its last tournament, since its mutation is not
logged. Such a search is recognized by its children, which are all plain copies.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

UNKNOWN = -1


def populations(history: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Rebuilds the population before the first generation and after each.

    Args:
      history: Lines of a `history.jsonl`, parsed, from generation 0 on.

    Returns:
      int64 `[num_generations + 1, population_size, num_layers, num_active]`, module
      indices; all genes of a genotype that cannot be known are -1. The population ends
      with the last individual that was drawn.

    Raises:
      ValueError: The history is empty or misses a generation.
    """
    found = [line["generation"] for line in history]
    if not found or found != list(range(len(found))):
        raise ValueError(
            "history must hold every generation from 0 on. Received generations: "
            f"{found[:3]} ... {found[-3:]}"
        )
    size = 1 + max(max(line["winner_index"], line["loser_index"]) for line in history)
    shape = (len(history) + 1, size, *np.shape(history[0]["winner"]))
    known = np.full(shape, UNKNOWN, np.int64)
    winner_stays = any(line["child"] != line["winner"] for line in history)
    since, left = [0] * size, {}
    for line in history:
        now = line["generation"]
        for who, remains in (("winner", "winner"), ("loser", "child")):
            individual = line[f"{who}_index"]
            known[since[individual] : now + 1, individual] = line[who]
            since[individual] = now + 1
            is_logged = who == "loser" or winner_stays
            left[individual] = line[remains] if is_logged else UNKNOWN
    for individual, genotype in left.items():
        known[since[individual] :, individual] = genotype
    return known


def module_usage(
    history: Sequence[Mapping[str, Any]], *, num_modules: int
) -> np.ndarray:
    """Computes the share of the population that names each module.

    Args:
      history: Lines of a `history.jsonl`, parsed, from generation 0 on.
      num_modules: Number of modules of each layer.

    Returns:
      float64 `[num_generations + 1, num_layers, num_modules]`, in [0, 1]: of the
      initial population, then after each generation. Individuals that cannot be known
      do not count.

    Raises:
      ValueError: The history is empty, misses a generation, or has a gene out of range.
    """
    known = populations(history)
    if known.max() >= num_modules:
        raise ValueError(
            f"Genes must lie in [0, {num_modules}). Received: gene {known.max()}"
        )
    names = (known[..., None] == np.arange(num_modules)).any(axis=3)
    is_known = (known != UNKNOWN).all(axis=(2, 3))
    num_known = np.maximum(is_known.sum(axis=1), 1)
    return names.sum(axis=1) / num_known[:, None, None]
