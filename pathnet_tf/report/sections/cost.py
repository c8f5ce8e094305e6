"""The section of a run's cost: seconds of its jobs and parameters of its network."""

import dataclasses

import numpy as np

from pathnet_tf.evaluation.results_csv import method_label
from pathnet_tf.network.settings import ALEXNET_PARAMETERS, PathNetSettings
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.section import Section
from pathnet_tf.report.html.table import Cell, Table


def cost_section(evidence: Evidence) -> Section | None:
    """Shows time and parameters; None for a fusion, which learns nothing."""
    if evidence.settings is None:
        return None
    tables = tuple(
        one for one in (_time_table(evidence), _parameter_table(evidence)) if one.rows
    )
    total = sum(unit.seconds for unit in evidence.units)
    note = (
        f"{len(evidence.units)} target job(s) took {total / 60:.1f} minutes of one "
        "core each, whatever ran beside them; the time of sources is not kept."
    )
    return Section("cost", "Time and cost", tables, note=note)


def _time_table(evidence: Evidence) -> Table:
    """Makes a row for each method: seconds of its jobs, and the mean of other costs."""
    rows: list[list[Cell]] = []
    for label in evidence.methods:
        units = [
            unit
            for unit in evidence.units
            if method_label(unit.method, evidence.is_leaky) == label
        ]
        if not units:
            continue
        seconds = [unit.seconds for unit in units]
        summary = (np.mean(seconds), min(seconds), max(seconds), sum(seconds))
        costs = [dataclasses.astuple(unit.cost) for unit in units]
        counts = [f"{count:,.0f}" for count in np.mean(costs, axis=0)]
        seconds_shown = (f"{value:.1f}" for value in summary)
        rows.append([label, len(units), *seconds_shown, *counts])
    return Table(
        "time",
        "Cost of a unit: one method, repeat and fold",
        [
            *("method", "units", "mean s", "least s", "most s", "all s"),
            *("trained parameters", "active parameters", "segments presented"),
        ],
        rows,
        is_leaky=evidence.is_leaky,
    )


def _parameter_table(evidence: Evidence) -> Table:
    network = _network(evidence)
    distinct = [
        len(np.unique(row))
        for unit in evidence.units
        if unit.pathway
        for row in unit.pathway.genotype
    ]
    rows: list[list[Cell]] = [
        ["one pathway, head apart", f"{network.pathway_parameters():,}"],
        ["whole network, heads apart", f"{network.network_parameters():,}"],
        ["AlexNet at 1,000 classes", f"{ALEXNET_PARAMETERS:,}"],
    ]
    if distinct:
        share = np.mean(distinct)
        rows.append(["active modules a layer in the best pathways", f"{share:.1f}"])
    columns = ["what", "count"]
    return Table("parameters", "Parameters", columns, rows, is_leaky=evidence.is_leaky)


def _network(evidence: Evidence) -> PathNetSettings:
    """Gives the network's settings, with the input shape of the run if it is known."""
    assert evidence.settings is not None
    network = evidence.settings.network
    for description in evidence.networks.values():
        shape = description["settings"]["input_shape"]
        return dataclasses.replace(network, input_shape=tuple(shape))
    if evidence.target and evidence.target.card:
        return dataclasses.replace(
            network, input_shape=tuple(evidence.target.card.shape)
        )
    return network
