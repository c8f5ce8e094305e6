"""The section of the pathway player, which steps through a search's generations."""

from typing import Any

import numpy as np

from pathnet_tf.evaluation.results_csv import method_label
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.evidence.run_records import Search
from pathnet_tf.report.html.section import Section
from pathnet_tf.runtime.errors import DataError

# A search of 200 generations adds about 20 kB to the page; more are not shown.
MOST_SEARCHES = 40
NOTE = (
    "In each generation two pathways are trained; a mutated copy of the winner takes "
    "the loser's place. Genes that mutated are ringed. The held-out curve is drawn and "
    "was never used."
)


def player_section(evidence: Evidence) -> Section | None:
    """Makes the player with its data; None if no search has a history."""
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
    """Gives a search in the form that `page.js` reads.

    Each genotype is a flat list, the genes of layer 1 first. For each generation,
    `fitness` has a pair, the winner's and the loser's, and `held_out` the clip UAR of
    held-out speakers.
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
            f"{search.path} holds a genotype of uneven layers; run its job again"
        )
    return [gene for row in genotype for gene in row]


def frozen_modules(evidence: Evidence, search: Search) -> list[list[int]]:
    """Lists the frozen modules of each layer before a search; empty if none were."""
    pathway = _target_pathway(evidence, search)
    if pathway and not evidence.frozen(search):
        # Modules that were frozen without being learned are known from the job alone.
        frozen = [np.flatnonzero(row).tolist() for row in pathway.always_active]
        return frozen if any(frozen) else []
    layers: list[set[int]] = []
    for pathway in evidence.frozen(search):
        layers = layers or [set() for _ in pathway.genotype]
        for modules, genes in zip(layers, pathway.genotype, strict=True):
            modules.update(map(int, genes))
    return [sorted(modules) for modules in layers]


def num_modules(evidence: Evidence, search: Search) -> int:
    """Counts the modules of a layer in a search; 0 if the settings are not known."""
    if evidence.settings is None:
        return 0
    pathway = _target_pathway(evidence, search)
    if pathway and not evidence.frozen(search):
        return pathway.always_active.shape[1]
    settings = evidence.settings
    tasks = 0
    if search.method != "scratch":
        tasks = len(evidence.frozen(search))
    return settings.network.num_modules + tasks * settings.tasks.grow_modules


def _target_pathway(evidence: Evidence, search: Search) -> Pathway | None:
    """Finds the best pathway of a target's search; None if its job is not done."""
    for unit in evidence.units:
        key = (unit.method, "target", unit.repeat, unit.fold)
        if key == (search.method, search.stage, search.repeat, search.fold):
            return unit.pathway
    return None
