"""The sections of statistics, transfer and pictures, on a drawn run."""

import pytest

from pathnet_tf.evaluation.fold_scores import clip_scores
from pathnet_tf.evaluation.method_comparison import compare_methods, method_intervals
from pathnet_tf.experiment.experiment_data import read_experiment_data
from pathnet_tf.report.evidence.run_evidence import read_evidence
from pathnet_tf.report.sections.pathway_pictures import pathway_picture_section
from pathnet_tf.report.sections.score_pictures import score_picture_section
from pathnet_tf.report.sections.significance import statistics_section
from pathnet_tf.report.sections.transfer_gain import transfer_section


@pytest.fixture(scope="module")
def evidence(finished):
    return read_evidence(str(finished))


def test_few_speakers_are_warned_of(evidence):
    assert "3 speakers are few for an interval" in statistics_section([evidence]).body


def test_intervals_hold_the_pooled_score(evidence):
    table, *_ = statistics_section([evidence]).tables
    pooled = {
        (row.method, row.metric.upper()): row.value
        for row in evidence.rows
        if (row.fold, row.level) == ("pooled", "clip")
    }
    for method, metric, score, low, high, _ in table.rows:
        assert score == pytest.approx(pooled[method, metric])
        assert low <= score <= high


def test_intervals_are_those_of_the_terminal(evidence):
    target = read_experiment_data(evidence.settings.data).target
    clips = [clip_scores(unit, target) for unit in evidence.units]
    shown = {
        (one.method, one.metric): (one.interval.low, one.interval.high)
        for one in method_intervals(clips, target, seed=0, is_leaky=False)
    }
    table, *_ = statistics_section([evidence]).tables
    assert len(table.rows) == len(shown)
    for method, metric, _, low, high, _ in table.rows:
        # predictions.csv has six decimals, and no decision hangs on the seventh.
        assert (low, high) == pytest.approx(shown[method, metric])


def test_differences_are_those_of_the_terminal(evidence):
    target = read_experiment_data(evidence.settings.data).target
    clips = [clip_scores(unit, target) for unit in evidence.units]
    clips.sort(key=lambda fold: evidence.methods.index(fold.method))
    made = compare_methods(clips, target, seed=0, is_leaky=False)
    _, table = statistics_section([evidence]).tables
    place = list(table.columns).index("pooled difference")
    assert len(table.rows) == len(made)
    for row, one in zip(table.rows, made, strict=True):
        assert row[:3] == [one.first, one.second, one.metric]
        shown = (row[place].value, *row[place + 1 : place + 3])
        pooled = one.pooled
        assert shown == pytest.approx((pooled.estimate, pooled.low, pooled.high))


def test_three_speakers_are_no_evidence(evidence):
    assert "no evidence of a difference" in statistics_section([evidence]).body


def test_transfer_is_accounted_for(evidence):
    table, *_ = transfer_section(evidence).tables
    assert [row[0] for row in table.rows] == ["UAR", "WAR"]


def test_pictures_of_scores(evidence):
    names = [picture.name for picture in score_picture_section(evidence).pictures]
    assert names == [
        "recalls",
        "curves",
        "confusion_1",
        "confusion_2",
        "roc_1",
        "roc_2",
        "speakers",
    ]


def test_pictures_of_pathways(evidence):
    names = [picture.name for picture in pathway_picture_section(evidence).pictures]
    assert names == [
        "population_first",
        "population_last",
        "tournament",
        "module_use",
        "pathway",
        "search",
    ]


def test_pictures_of_a_leaky_run_say_so(leaky):
    for make in (score_picture_section, pathway_picture_section):
        section = make(read_evidence(str(leaky)))
        assert all("LEAKY" in picture.title for picture in section.pictures)
        assert all("LEAKY" in picture.file_name for picture in section.pictures)
