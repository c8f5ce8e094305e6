"""The section of what transfer gained: scores, earlier learning, reuse of modules."""

import numpy as np

from pathnet_tf.evaluation.results_csv import method_label
from pathnet_tf.evaluation.transfer_gain import TransferAccounting, account
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.section import Section
from pathnet_tf.report.html.table import Cell, Change, Table
from pathnet_tf.report.sections.speaker_counts import confusions_of

METHODS = ("transfer", "scratch")
Key = tuple[str, int, str]


def transfer_section(evidence: Evidence) -> Section | None:
    """Compares transfer with scratch, over the folds that both have learned.

    Returns:
      The section; None if no fold has been learned and logged by both.
    """
    found = _account(evidence)
    if found is None:
        return None
    is_leaky = evidence.is_leaky
    rows: list[list[Cell]] = []
    for name, gain, curve in (
        ("UAR", found.uar_gain, found.uar_curve),
        ("WAR", found.war_gain, found.war_curve),
    ):
        reached = curve.generations_to_scratch_final
        rows.append(
            [
                name,
                Change(gain),
                Change(curve.jumpstart),
                Change(curve.area_gain),
                "never" if reached is None else str(reached),
            ]
        )
    columns = ["clip metric", "gain", "jumpstart", "area", "generations to scratch"]
    caption = "What transfer gave, transfer minus scratch"
    account_table = Table("transfer", caption, columns, rows, is_leaky=is_leaky)
    falls: list[list[Cell]] = [
        [fall.speaker, Change(fall.uar_change), Change(fall.war_change)]
        for fall in found.negative_transfer
    ]
    caption = "Negative transfer: speakers recognized worse with transfer"
    columns = ["speaker", "UAR", "WAR"]
    fall_table = Table("negative_transfer", caption, columns, falls, is_leaky=is_leaky)
    tables = (account_table, fall_table) if falls else (account_table,)
    shares = ", ".join(f"{share:.0%}" for share in found.reuse.of_layer)
    note = (
        f"Of the modules in the target's best pathways a source had frozen "
        f"{found.reuse.overall:.0%} ({shares} by layer). Jumpstart is the difference "
        "at the first generation, area that of the whole held-out curves, which no "
        "choice ever sees."
    )
    return Section("transfer", "What transfer gave", tables, note=note)


def _account(evidence: Evidence) -> TransferAccounting | None:
    """Computes the numbers; None if no fold has been learned and logged by both."""
    units = {(one.method, one.repeat, one.fold): one for one in evidence.units}
    curves = _curves(evidence)
    shared = [
        (repeat, fold)
        for method, repeat, fold in units
        if method == "transfer"
        and all((one, repeat, fold) in units for one in METHODS)
        and all(curves.get((one, repeat, fold)) for one in METHODS)
    ]
    if not shared or not evidence.clips:
        return None
    speakers = sorted(
        {
            name
            for table in evidence.clips
            for name in table.speakers
            if (table.repeat, table.fold) in shared
        }
    )
    sides = [
        confusions_of(
            evidence, method_label(one, evidence.is_leaky), speakers, set(shared)
        )
        for one in METHODS
    ]
    of_method = [[curves[(one, *key)] for key in shared] for one in METHODS]
    length = min(len(curve) for part in of_method for curve in part)
    transfer, scratch = (
        {
            metric: np.array(
                [[point[f"clip_{metric}"] for point in row[:length]] for row in part]
            )
            for metric in ("war", "uar")
        }
        for part in of_method
    )
    learned = (units[("transfer", *key)].pathway for key in shared)
    pathways = [pathway for pathway in learned if pathway]
    return account(
        transfer_curves=transfer,
        scratch_curves=scratch,
        transfer_confusions=sides[0],
        scratch_confusions=sides[1],
        speakers=speakers,
        genotypes=[pathway.genotype for pathway in pathways],
        always_active=[pathway.always_active for pathway in pathways],
    )


def _curves(evidence: Evidence) -> dict[Key, list[dict[str, float]]]:
    """Reads the held-out scores of each generation, by search of the target."""
    return {
        (one.method, one.repeat, one.fold): [
            line["held_out"]
            for line in one.history()
            if {"clip_war", "clip_uar"} <= line.get("held_out", {}).keys()
        ]
        for one in evidence.searches
        if one.stage == "target"
    }
