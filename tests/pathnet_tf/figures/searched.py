"""A real search over a made-up fitness, with what its history would hold."""

import json

import numpy as np

from pathnet_tf.network.genotype import GenotypeSpace
from pathnet_tf.search.genetic_search import search
from pathnet_tf.search.settings import SearchSettings

SPACE = GenotypeSpace(num_layers=2, num_active=2, num_modules=6)


class LowIsGood:
    """Prefers modules of small numbers."""

    def train(self, genotype, rng):
        return 1 - float(genotype.mean()) / 6

    def rescore(self, genotype):
        return 1 - float(genotype.mean()) / 6


def run_search(rng, *, generations=30, size=5, mutate="loser_copy"):
    """Returns its history as parsed lines, and the population at the end."""
    history = []

    def observe(generation):
        line = {
            "generation": generation.index,
            "winner_index": generation.outcome.winner,
            "loser_index": generation.outcome.loser,
            "winner_fitness": generation.winner_fitness,
            "loser_fitness": generation.loser_fitness,
        }
        for who in ("winner", "loser", "child"):
            line[who] = getattr(generation, who).tolist()
        history.append(json.loads(json.dumps(line)))

    settings = SearchSettings(generations, size, mutate)
    result = search(LowIsGood(), SPACE, settings, rng, observe)
    return history, np.array(result.population)
