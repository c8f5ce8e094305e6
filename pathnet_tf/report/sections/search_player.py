"""The pathway player: steps through the generations of a search, in the page."""

from typing import Any

import numpy as np

from pathnet_tf.evaluation.results_csv import method_label
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.evidence.run_records import Search
from pathnet_tf.report.html.section import Section
from pathnet_tf.runtime.errors import DataError

# About 20 kB a search of 200 generations; the others stay in the logs.
MOST_SEARCHES = 40
NOTE = (
    "In each generation two pathways are trained; a mutated copy of the winner takes "
    "the loser's place. Genes that mutated are ringed. The held-out curve is drawn and "
    "was never used."
)


def player_section(evidence: Evidence) -> Section | None:
    """Makes the player with its data; none where no search left a history."""
    searches = sorted(evidence.searches, key=lambda one: (one.repeat, one.stage))
    shown = [_content(evidence, one) for one in searches[:MOST_SEARCHES]]
    shown = [one for one in shown if one["fitness"]]
    if not shown:
        return None
    note = NOTE
    if len(searches) > MOST_SEARCHES:
        note += (
            f" Here are {MOST_SEARCHES} of {len(searches)} searches; the history of "
            f"the others lies in {evidence.run_dir / 'logs'}."
        )
    return Section(
        "pathways",
        "Pathway player",
        note=note,
        template="search_player.html",
        content={"searches": shown},
    )


def _content(evidence: Evidence, search: Search) -> dict[str, Any]:
    """A search as the page's script reads it.

    Genotypes are flat lists: layers, each with its genes; `fitness` has a pair of
    winner and loser a generation.
    """
    history = search.history()
    label = method_label(search.method, evidence.is_leaky)
    fold = "" if search.stage != "target" else f", fold {search.fold}"
    frozen = frozen_modules(evidence, search)
    genes = [np.array(one[role]) for one in history for role in ("winner", "loser")]
    named = max((int(row.max()) + 1 for row in genes), default=0)
    most = max((module + 1 for layer in frozen for module in layer), default=0)
    return {
        "name": f"{label}, {search.stage}{fold}, repeat {search.repeat}",
        "modules": max(num_modules(evidence, search), named, most),
        "layers": len(genes[0]) if genes else 0,
        "frozen": frozen,
        "winner": [_flat(one["winner"], search) for one in history],
        "loser": [_flat(one["loser"], search) for one in history],
        "child": [_flat(one["child"], search) for one in history],
        "fitness": [
            [round(one["winner_fitness"], 4), round(one["loser_fitness"], 4)]
            for one in history
        ],
        "held_out": [
            round(one["held_out"]["clip_uar"], 4)
            for one in history
            if "clip_uar" in one.get("held_out", {})
        ],
    }


def _flat(genotype: list[list[int]], search: Search) -> list[int]:
    if len({len(row) for row in genotype}) != 1:
        raise DataError(
            f"{search.path} holds a genotype of uneven layers; run its unit again"
        )
    return [gene for row in genotype for gene in row]


def frozen_modules(evidence: Evidence, search: Search) -> list[list[int]]:
    """Modules of each layer that were frozen before the search began, if any were."""
    pathway = _target_pathway(evidence, search)
    if pathway and not evidence.frozen(search):
        # What was frozen without being learned stands in the outcome alone.
        frozen = [np.flatnonzero(row).tolist() for row in pathway.always_active]
        return frozen if any(frozen) else []
    layers: list[set[int]] = []
    for pathway in evidence.frozen(search):
        layers = layers or [set() for _ in pathway.genotype]
        for modules, genes in zip(layers, pathway.genotype, strict=True):
            modules.update(map(int, genes))
    return [sorted(modules) for modules in layers]


def num_modules(evidence: Evidence, search: Search) -> int:
    """Modules a layer, as far as anything tells."""
    if evidence.settings is None:
        return 0
    pathway = _target_pathway(evidence, search)
    if pathway and not evidence.frozen(search):
        return pathway.always_active.shape[1]
    settings = evidence.settings.unit
    tasks = 0
    if search.method != "scratch":
        tasks = len(evidence.frozen(search))
    return settings.network.num_modules + tasks * settings.grow_modules


def _target_pathway(evidence: Evidence, search: Search) -> Pathway | None:
    """The best pathway of a target's search, if its unit is done."""
    for unit in evidence.units:
        key = (unit.method, "target", unit.repeat, unit.fold)
        if key == (search.method, search.stage, search.repeat, search.fold):
            return unit.pathway
    return None
