import copy

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from pathnet_tf.evaluation.significance import holm, signed_rank_test
from pathnet_tf.report.evidence.run_evidence import read_evidence
from pathnet_tf.report.sections.significance import difference_table, statistics_section
from tests.pathnet_tf.report.runs import write_run
from tests.tiny import write_tiny

SPEAKERS = tuple(f"s{number}" for number in range(9))


@pytest.fixture(scope="module")
def runs(tmp_path_factory, many_speakers):
    folder = tmp_path_factory.mktemp("compared runs")
    source, target = many_speakers
    honest = write_run(folder / "honest", target, source=source, repeats=2)
    leaky = write_run(
        folder / "leaky", target, source=source, protocol="random_utterance", seed=1
    )
    return [read_evidence(str(run_dir)) for run_dir in (honest, leaky)]


@pytest.fixture(scope="module")
def many_speakers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared data")
    return (
        write_tiny(folder, "one", speakers=("a1", "a2"), seed=1),
        write_tiny(folder, "two", speakers=SPEAKERS, clips_per_cell=3),
    )


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


def test_methods_of_a_run_and_runs_of_a_method_are_compared(runs):
    pairs = [row[:2] for row in difference_table(runs).rows[::2]]
    assert pairs == [
        ["honest: transfer", "honest: scratch"],
        ["honest: transfer", "leaky: transfer LEAKY"],
        ["honest: scratch", "leaky: scratch LEAKY"],
        ["leaky: transfer LEAKY", "leaky: scratch LEAKY"],
    ]


def test_differences_are_those_of_the_speakers(runs):
    honest, leaky = runs
    row = next(
        row
        for row in difference_table(runs).rows
        if row[1] == "leaky: scratch LEAKY" and row[2] == "UAR"
    )
    differences = [
        speaker_score(honest, "scratch", speaker, balanced_accuracy_score)
        - speaker_score(leaky, "scratch LEAKY", speaker, balanced_accuracy_score)
        for speaker in SPEAKERS
    ]
    assert row[0] == "honest: scratch"
    assert row[4].value == pytest.approx(np.mean(differences))
    assert row[-1] == len(SPEAKERS)


def test_pooled_differences_are_those_of_the_intervals_table(runs):
    scores = {
        (f"{run}: {method}", metric): score
        for run, method, metric, score, *_ in statistics_section(runs).tables[0].rows
    }
    table = difference_table(runs)
    place = list(table.columns).index("pooled difference")
    for row in table.rows:
        expected = scores[row[0], row[2]] - scores[row[1], row[2]]
        assert row[place].value == pytest.approx(expected)
        assert row[place + 1] <= expected <= row[place + 2]


def test_of_a_half_finished_run_shared_folds_are_compared(runs):
    """The first speaker of the first repeat is missing of scratch."""
    honest = copy.copy(runs[0])
    left = [
        table
        for table in honest.clips
        if (table.method, table.repeat, table.fold) != ("scratch", 0, "s0")
    ]
    assert len(left) == len(honest.clips) - 1
    object.__setattr__(honest, "clips", tuple(left))
    row = next(row for row in difference_table([honest]).rows if row[2] == "UAR")
    by_hand = copy.copy(runs[0])
    both = [one for one in left if (one.repeat, one.fold) != (0, "s0")]
    object.__setattr__(by_hand, "clips", tuple(both))
    differences = [
        speaker_score(by_hand, "transfer", speaker, balanced_accuracy_score)
        - speaker_score(by_hand, "scratch", speaker, balanced_accuracy_score)
        for speaker in SPEAKERS
    ]
    assert row[4].value == pytest.approx(np.mean(differences))


@pytest.mark.parametrize("metric", ["UAR", "WAR"])
def test_all_differences_of_a_metric_are_corrected_together(runs, metric):
    rows = [row for row in difference_table(runs).rows if row[2] == metric]
    by_name = {"honest": runs[0], "leaky": runs[1]}
    p_values = []
    for row in rows:
        sides = []
        for name in row[:2]:
            run, method = name.split(": ")
            score = {"UAR": balanced_accuracy_score, "WAR": accuracy_score}[row[2]]
            of_speakers = [
                speaker_score(by_name[run], method, speaker, score)
                for speaker in SPEAKERS
            ]
            sides.append(np.array(of_speakers))
        p_values.append(signed_rank_test(sides[0] - sides[1])[0])
    shown = [float(row[6].removeprefix("< ")) for row in rows]
    np.testing.assert_allclose(shown, holm(p_values), atol=6e-4)


def test_a_run_of_other_data_is_compared_with_none(runs, tmp_path, datasets):
    other = read_evidence(str(write_run(tmp_path / "other", datasets[1])))
    names = {name for row in difference_table([*runs, other]).rows for name in row[:2]}
    assert not any(name.startswith("other") for name in names)


def test_few_speakers_are_warned_of(tmp_path, finished, leaky, runs):
    few = statistics_section([read_evidence(str(one)) for one in (finished, leaky)])
    assert "3 speakers are few for an interval" in few.body
    assert "few for an interval" not in statistics_section(runs).body


def test_leaky_ones_are_marked_in_titles_and_file_names(runs):
    section = statistics_section(runs)
    assert section.title == "What the speakers allow to say, LEAKY ones marked"
    assert {table.file_name for table in section.tables} == {
        "LEAKY_intervals",
        "LEAKY_differences",
    }


def test_without_any_scored_clip_there_is_no_section(tmp_path, datasets):
    run_dir = write_run(tmp_path / "run", datasets[1])
    run = read_evidence(str(run_dir))
    object.__setattr__(run, "clips", ())
    assert statistics_section([run]) is None
