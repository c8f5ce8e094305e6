"""The section of pictures of one search: population, module use and best pathway."""

import numpy as np

from pathnet_tf.evaluation.results_csv import method_label
from pathnet_tf.figures.module_use_figures import module_use_figure
from pathnet_tf.figures.pathway_figures import (
    pathway_figure,
    population_figure,
    tournament_figure,
)
from pathnet_tf.figures.population_history import module_usage, populations
from pathnet_tf.figures.search_animation import search_gif
from pathnet_tf.methods.registry import METHODS
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.evidence.run_records import Search
from pathnet_tf.report.html.captioned import marked
from pathnet_tf.report.html.section import Animation, Picture, Section
from pathnet_tf.report.sections.search_player import frozen_modules, num_modules

NOTE = "Of one search, as the paper draws them; the player has the others."


def pathway_picture_section(evidence: Evidence) -> Section | None:
    """Draws one search of the target: the first one, of the first method that searches.

    Returns:
      The section; None if no search has a history.
    """
    search = _chosen(evidence)
    history = search.history() if search else []
    if search is None or not history:
        return None
    frozen = frozen_modules(evidence, search)
    size = num_modules(evidence, search)
    everything = populations(history)
    last = history[-1]
    name = f"{search.method}, {search.stage}, fold {search.fold}"

    def title(text: str) -> str:
        return marked(f"{text}: {name}", evidence.is_leaky)

    figures = {
        "population_first": (
            title("Initial population"),
            population_figure(
                everything[0], num_modules=size, frozen=frozen, title=title("Initial")
            ),
        ),
        "population_last": (
            title("Last population"),
            population_figure(
                everything[-1], num_modules=size, frozen=frozen, title=title("Last")
            ),
        ),
        "tournament": (
            title("Last tournament"),
            tournament_figure(
                *(last[role] for role in ("winner", "loser", "child")),
                num_modules=size,
                winner_fitness=last["winner_fitness"],
                loser_fitness=last["loser_fitness"],
                title=title("Last tournament"),
            ),
        ),
        "module_use": (
            title("Module use"),
            module_use_figure(
                module_usage(history, num_modules=size), title=title("Module use")
            ),
        ),
    }
    best = _best(evidence, search)
    if best is not None:
        figures["pathway"] = (
            title("Best pathway"),
            pathway_figure(
                num_modules=size,
                frozen=frozen or [[] for _ in best],
                target=best,
                title=title("Best pathway"),
            ),
        )
    pictures = tuple(
        Picture(name, caption, figure, is_leaky=evidence.is_leaky)
        for name, (caption, figure) in figures.items()
    )
    film = Animation(
        "search",
        title("The search as a film"),
        search_gif(history, num_modules=size, title=title("Search")),
        is_leaky=evidence.is_leaky,
    )
    return Section(
        "population", "Population and pathways", pictures=(*pictures, film), note=NOTE
    )


def _chosen(evidence: Evidence) -> Search | None:
    def order(search: Search) -> tuple[int, int]:
        label = method_label(search.method, evidence.is_leaky)
        place = evidence.methods.index(label) if label in evidence.methods else 99
        return place, search.repeat

    targets = [
        one
        for one in evidence.searches
        if one.stage == "target" and METHODS[one.method].is_searched
    ]
    return min(targets, key=order, default=None)


def _best(evidence: Evidence, search: Search) -> list[np.ndarray] | None:
    """Finds the best pathway of a search.

    Returns:
      For each layer, int `[num_distinct]`, its modules, ascending and each once; None
      if the job of the search is not done.
    """
    for unit in evidence.units:
        key = (unit.method, unit.repeat, unit.fold)
        if unit.pathway and key == (search.method, search.repeat, search.fold):
            return [np.unique(row) for row in unit.pathway.genotype]
    return None
