import dataclasses

import pytest

from pathnet_tf.report.evidence.run_evidence import read_evidence
from pathnet_tf.report.sections.paper import paper_section
from tests.pathnet_tf.report.runs import write_run
from tests.tiny import write_tiny


@pytest.fixture
def evidence(tmp_path):
    source = write_tiny(tmp_path, "enterface", speakers=("e1", "e2"))
    target = write_tiny(tmp_path, "savee")
    return read_evidence(str(write_run(tmp_path / "run", target, source=source)))


def test_the_papers_war_stands_beside_ours(evidence):
    (table,) = paper_section(evidence).tables
    found = {row[1]: row[2:] for row in table.rows}
    ours = {
        (row.method, row.level): row.value
        for row in evidence.rows
        if (row.fold, row.metric) == ("pooled", "war")
    }
    assert found["AlexNet"] == [0.69, None, None]
    for method, paper in (("scratch", 0.81), ("transfer", 0.85)):
        assert found[method] == [
            paper,
            ours[method, "clip"],
            ours[method, "segment"],
        ]


def test_contradictions_of_the_experiment_are_named(evidence):
    body = paper_section(evidence).body
    assert ".71 in its Table 3" in body
    assert "precision (UAP)" in body
    assert "SAVEE has 60 clips" in body


def test_a_scratch_run_stands_beside_every_experiment_of_its_target(tmp_path):
    target = write_tiny(tmp_path, "savee", modality="face")
    evidence = read_evidence(str(write_run(tmp_path / "run", target)))
    (table,) = paper_section(evidence).tables
    assert {row[0] for row in table.rows} == {"eNTERFACE'05 → SAVEE, face"}


def test_other_sources_have_no_counterpart(tmp_path):
    source = write_tiny(tmp_path, "other", speakers=("e1", "e2"))
    target = write_tiny(tmp_path, "savee")
    run_dir = write_run(tmp_path / "run", target, source=source)
    assert paper_section(read_evidence(str(run_dir))) is None


def test_nothing_is_set_beside_without_scores(evidence):
    empty = dataclasses.replace(evidence, rows=(), units=())
    assert paper_section(empty) is None
