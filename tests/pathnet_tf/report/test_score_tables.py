import numpy as np
import pytest

from pathnet_tf.report.evidence.run_evidence import read_evidence
from pathnet_tf.report.sections.score_tables import (
    emotion_table,
    fold_table,
    headline_table,
)
from pathnet_tf.report.sections.speakers import speaker_table
from tests.pathnet_tf.report.runs import write_run


@pytest.fixture(scope="module")
def evidence(tmp_path_factory, datasets):
    source, target = datasets
    run_dir = tmp_path_factory.mktemp("scores") / "run"
    return read_evidence(str(write_run(run_dir, target, source=source, repeats=2)))


def column(table, name):
    place = list(table.columns).index(name)
    return {row[0]: row[place] for row in table.rows}


def mean(evidence, **wanted):
    values = [
        row.value
        for row in evidence.rows
        if all(getattr(row, name) == value for name, value in wanted.items())
    ]
    assert len(values) == 2
    return pytest.approx(np.mean(values))


def test_the_headline_is_the_mean_over_repeats(evidence):
    table = headline_table(evidence)
    first = dict(zip(table.columns, table.rows[0], strict=True))
    key = {"level": "clip", "metric": "war"}
    transfer = mean(evidence, method="transfer", fold="pooled", **key)
    scratch = mean(evidence, method="scratch", fold="pooled", **key)
    assert first["transfer pooled"] == transfer
    assert first["scratch pooled"] == scratch
    assert first["gain"].value == pytest.approx(transfer.expected - scratch.expected)


def test_each_emotion_has_its_recall_and_samples(evidence):
    table = emotion_table(evidence)
    assert column(table, "samples") == {"anger": 12, "sadness": 12}
    recalls = column(table, "transfer recall")
    for emotion, recall in recalls.items():
        metric = f"recall/{emotion}"
        key = {"method": "transfer", "fold": "pooled", "level": "clip"}
        assert recall == mean(evidence, metric=metric, **key)


def test_each_fold_has_its_clips(evidence):
    table = fold_table(evidence)
    assert set(column(table, "clips").values()) == {8}
    values = column(table, "scratch clip UAR")
    assert values["s1"] == mean(
        evidence, method="scratch", fold="s1", level="clip", metric="uar"
    )


def test_a_speaker_who_is_a_fold_has_its_scores(evidence):
    speakers = column(speaker_table(evidence), "transfer WAR")
    folds = column(fold_table(evidence), "transfer clip WAR")
    assert {name: pytest.approx(value) for name, value in speakers.items()} == folds
