"""Rebuilds the population of every generation from what a search logged.

`history.jsonl` names in each generation the two candidates, their genotypes and the
child, not the whole population. Nothing but a tournament changes an individual, so an
individual is until it is drawn what it then turns out to be; that makes the initial
population known too, but for individuals that were never drawn. An individual that is
not drawn again is what its last tournament left: the child in the loser's place, the
winner as it was in its own. Only a search with `--mutate=winner`, whose children are
all plain copies, leaves a last winner unknown: its mutation is not logged.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

UNKNOWN = -1


def populations(
    history: Sequence[Mapping[str, Any]], *, population_size: int | None = None
) -> np.ndarray:
    """Rebuilds the population before the first generation and after each.

    Args:
      history: Lines of a `history.jsonl`, parsed, from generation 0 on.
      population_size: By default as many as the highest index drawn tells of.

    Returns:
      int64 `[num_generations + 1, P, L, N]`; -1 throughout a genotype that cannot be
      known.

    Raises:
      ValueError: The history is empty, misses a generation, or names an individual
        outside the population.
    """
    found = [line["generation"] for line in history]
    if not found or found != list(range(len(found))):
        raise ValueError(
            "history must hold every generation from 0 on. Received generations: "
            f"{found[:3]} ... {found[-3:]}"
        )
    highest = max(max(line["winner_index"], line["loser_index"]) for line in history)
    size = highest + 1 if population_size is None else population_size
    if highest >= size:
        raise ValueError(
            f"history names individual {highest}. Received: population_size={size}"
        )
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
    *histories: Sequence[Mapping[str, Any]], num_modules: int
) -> np.ndarray:
    """Share of the population that names each module, generation by generation.

    Args:
      *histories: One or several searches, whose shares are averaged; a shorter one
        counts as long as it goes.
      num_modules: Modules a layer.

    Returns:
      float64 `[num_generations + 1, L, num_modules]`: of the initial population, then
      after each generation. Individuals that cannot be known are left out.

    Raises:
      ValueError: There is no history, one is not whole, or a gene is out of range.
    """
    shares = [_shares(populations(each), num_modules) for each in histories]
    if not shares:
        raise ValueError("There must be at least one history. Received: none")
    longest = max(len(each) for each in shares)
    sums = np.zeros((longest, *shares[0].shape[1:]))
    counts = np.zeros((longest, 1, 1))
    for each in shares:
        sums[: len(each)] += each
        counts[: len(each)] += 1
    return sums / counts


def _shares(known: np.ndarray, num_modules: int) -> np.ndarray:
    if known.max() >= num_modules:
        raise ValueError(
            f"Genes must lie in [0, {num_modules}). Received: gene {known.max()}"
        )
    names = (known[..., None] == np.arange(num_modules)).any(axis=3)
    is_known = (known != UNKNOWN).all(axis=(2, 3))
    num_known = np.maximum(is_known.sum(axis=1), 1)
    return names.sum(axis=1) / num_known[:, None, None]
