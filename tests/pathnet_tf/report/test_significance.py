import dataclasses

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from pathnet_tf.evaluation.fold_scores import clip_scores
from pathnet_tf.evaluation.method_comparison import compare_methods, method_intervals
from pathnet_tf.evaluation.results_csv import pooled
from pathnet_tf.evaluation.significance import holm, signed_rank_test
from pathnet_tf.experiment.experiment_data import read_experiment_data
from pathnet_tf.report.evidence.run_evidence import read_evidence
from pathnet_tf.report.sections.significance import difference_table, statistics_section
from tests.pathnet_tf.report.conftest import NINE_SPEAKERS
from tests.pathnet_tf.report.runs import write_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory, nine_speakers, two_repeats_evidence):
    folder = tmp_path_factory.mktemp("compared runs")
    source, target = nine_speakers
    protocol = "random_utterance"
    leaky = write_run(
        folder / "leaky", target, source=source, protocol=protocol, seed=1
    )
    return [two_repeats_evidence, read_evidence(str(leaky))]


@pytest.fixture(scope="module")
def section(runs):
    return statistics_section(runs)


@pytest.fixture(scope="module")
def own_section(two_repeats_evidence):
    return statistics_section([two_repeats_evidence])


@pytest.fixture(scope="module")
def on_the_terminal(two_repeats_evidence):
    """What the end of a run compares: clips of each method and fold, and the target."""
    target = read_experiment_data(two_repeats_evidence.settings).target
    clips = [clip_scores(unit, target) for unit in two_repeats_evidence.units]
    methods = two_repeats_evidence.methods
    return sorted(clips, key=lambda fold: methods.index(fold.method)), target


def test_intervals_hold_the_pooled_score(own_section, two_repeats_evidence):
    for method, metric, score, low, high, _ in own_section.tables[0].rows:
        found = pooled(two_repeats_evidence.rows, method, "clip", metric.lower())
        assert score == pytest.approx(found)
        assert low <= score <= high


def test_intervals_are_those_of_the_terminal(own_section, on_the_terminal):
    shown = {
        (one.method, one.metric): (one.interval.low, one.interval.high)
        for one in method_intervals(*on_the_terminal, seed=0, is_leaky=False)
    }
    table = own_section.tables[0]
    assert len(table.rows) == len(shown)
    for method, metric, _, low, high, _ in table.rows:
        # predictions.csv has six decimals, and no decision hangs on the seventh.
        assert (low, high) == pytest.approx(shown[method, metric])


def test_differences_are_those_of_the_terminal(own_section, on_the_terminal):
    made = compare_methods(*on_the_terminal, seed=0, is_leaky=False)
    _, table = own_section.tables
    place = list(table.columns).index("pooled difference")
    assert len(table.rows) == len(made)
    for row, one in zip(table.rows, made, strict=True):
        assert row[:3] == [one.first, one.second, one.metric]
        shown = (row[place].value, *row[place + 1 : place + 3])
        expected = one.pooled
        assert shown == pytest.approx((expected.estimate, expected.low, expected.high))


def speaker_score(run, method, speaker, score):
    """Of each repeat, then their mean: from the tables of clips, by scikit-learn."""
    scores = []
    for repeat in {t.repeat for t in run.clips if speaker in t.speakers}:
        # A leaky protocol spreads a speaker's clips over the folds.
        pairs = [
            (truth, prediction)
            for table in run.clips
            if (table.method, table.repeat) == (method, repeat)
            for name, truth, prediction in zip(
                table.speakers, table.truth, table.prediction, strict=True
            )
            if name == speaker
        ]
        scores.append(score(*zip(*pairs, strict=True)))
    return np.mean(scores)


def test_methods_of_a_run_and_runs_of_a_method_are_compared(section):
    pairs = [row[:2] for row in section.tables[1].rows[::2]]
    assert pairs == [
        ["honest: transfer", "honest: scratch"],
        ["honest: transfer", "leaky: transfer LEAKY"],
        ["honest: scratch", "leaky: scratch LEAKY"],
        ["leaky: transfer LEAKY", "leaky: scratch LEAKY"],
    ]


def test_differences_are_those_of_the_speakers(runs, section):
    honest, leaky = runs
    row = next(
        row
        for row in section.tables[1].rows
        if row[1] == "leaky: scratch LEAKY" and row[2] == "UAR"
    )
    differences = [
        speaker_score(honest, "scratch", speaker, balanced_accuracy_score)
        - speaker_score(leaky, "scratch LEAKY", speaker, balanced_accuracy_score)
        for speaker in NINE_SPEAKERS
    ]
    assert row[0] == "honest: scratch"
    assert row[4].value == pytest.approx(np.mean(differences))
    assert row[-1] == len(NINE_SPEAKERS)


def test_pooled_differences_are_those_of_the_intervals_table(section):
    intervals, table = section.tables
    scores = {
        (f"{run}: {method}", metric): score
        for run, method, metric, score, *_ in intervals.rows
    }
    place = list(table.columns).index("pooled difference")
    for row in table.rows:
        expected = scores[row[0], row[2]] - scores[row[1], row[2]]
        assert row[place].value == pytest.approx(expected)
        assert row[place + 1] <= expected <= row[place + 2]


def test_of_a_half_finished_run_shared_folds_are_compared(two_repeats_evidence):
    """The first speaker of the first repeat is missing of scratch."""
    clips = two_repeats_evidence.clips
    gone = ("scratch", 0, "s0")
    left = tuple(t for t in clips if (t.method, t.repeat, t.fold) != gone)
    assert len(left) == len(clips) - 1
    half = dataclasses.replace(two_repeats_evidence, clips=left)
    row = next(row for row in difference_table([half]).rows if row[2] == "UAR")
    both = tuple(table for table in left if (table.repeat, table.fold) != gone[1:])
    shared = dataclasses.replace(two_repeats_evidence, clips=both)
    differences = [
        speaker_score(shared, "transfer", speaker, balanced_accuracy_score)
        - speaker_score(shared, "scratch", speaker, balanced_accuracy_score)
        for speaker in NINE_SPEAKERS
    ]
    assert row[4].value == pytest.approx(np.mean(differences))


@pytest.mark.parametrize("metric", ["UAR", "WAR"])
def test_all_differences_of_a_metric_are_corrected_together(runs, section, metric):
    rows = [row for row in section.tables[1].rows if row[2] == metric]
    by_name = {"honest": runs[0], "leaky": runs[1]}
    p_values = []
    for row in rows:
        sides = []
        for name in row[:2]:
            run, method = name.split(": ")
            score = {"UAR": balanced_accuracy_score, "WAR": accuracy_score}[row[2]]
            of_speakers = [
                speaker_score(by_name[run], method, speaker, score)
                for speaker in NINE_SPEAKERS
            ]
            sides.append(np.array(of_speakers))
        p_values.append(signed_rank_test(sides[0] - sides[1])[0])
    shown = [float(row[6].removeprefix("< ")) for row in rows]
    np.testing.assert_allclose(shown, holm(p_values), atol=6e-4)


def test_a_run_of_other_data_is_compared_with_none(runs, evidence):
    pairs = [row[:2] for row in difference_table([*runs, evidence]).rows]
    names = [{name.split(":")[0] for name in pair} for pair in pairs]
    assert {"honest", "leaky"} in names
    assert all(len(pair) == 1 for pair in names if "finished" in pair)


def test_few_speakers_are_warned_of_and_are_no_evidence(evidence, section):
    body = statistics_section([evidence]).body
    assert "3 speakers are few for an interval" in body
    assert "no evidence of a difference" in body
    assert "few for an interval" not in section.body


def test_leaky_ones_are_marked_in_titles_and_file_names(section):
    assert section.title == "What the speakers allow to say, LEAKY ones marked"
    assert {table.file_name for table in section.tables} == {
        "LEAKY_intervals",
        "LEAKY_differences",
    }


def test_without_any_scored_clip_there_is_no_section(evidence):
    assert statistics_section([dataclasses.replace(evidence, clips=())]) is None
