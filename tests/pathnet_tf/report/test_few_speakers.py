import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from pathnet_tf.report.comparison_page import comparison_page, comparison_sections
from pathnet_tf.report.evidence.run_evidence import read_evidence
from pathnet_tf.report.names import training_speakers_words
from pathnet_tf.report.sections.few_speakers import (
    comparable_groups,
    few_speakers_section,
    speaker_lines,
)
from pathnet_tf.report.write_report import write_report
from tests.pathnet_tf.report.conftest import NINE_SPEAKERS
from tests.pathnet_tf.report.runs import write_run
from tests.tiny import write_tiny


@pytest.fixture(scope="module")
def data(nine_speakers):
    return dict(zip(("source", "target"), nine_speakers, strict=True))


def write(folder, data, train_speakers, *flags, **options):
    """A run's folder as if it had learned from so many speakers."""
    run_dir = write_run(folder, data["target"], source=data["source"], **options)
    with (run_dir / "resolved.flags").open("a") as file:
        file.write("\n".join([f"--train_speakers={train_speakers}", *flags]) + "\n")
    return run_dir


@pytest.fixture(scope="module")
def run_dirs(tmp_path_factory, data, two_repeats):
    """Not in their order: all, 1 and 4 speakers."""
    folder = tmp_path_factory.mktemp("few speakers' runs")
    return [two_repeats] + [
        write(folder / f"of_{number}", data, number, seed=seed, repeats=2)
        for seed, number in enumerate((1, 4), start=1)
    ]


@pytest.fixture(scope="module")
def runs(run_dirs):
    return [read_evidence(str(run_dir)) for run_dir in run_dirs]


@pytest.fixture(scope="module")
def section(runs):
    return few_speakers_section(runs)


def pooled_uar(run, method):
    scores = []
    for repeat in {table.repeat for table in run.clips}:
        tables = [t for t in run.clips if (t.method, t.repeat) == (method, repeat)]
        truth = np.concatenate([table.truth for table in tables])
        prediction = np.concatenate([table.prediction for table in tables])
        scores.append(balanced_accuracy_score(truth, prediction))
    return np.mean(scores)


def test_rows_stand_by_the_number_of_training_speakers(section):
    (table,) = section.tables
    assert [row[:2] for row in table.rows] == [
        ["1", "transfer"],
        ["1", "scratch"],
        ["4", "transfer"],
        ["4", "scratch"],
        ["all = 8", "transfer"],
        ["all = 8", "scratch"],
    ]


def test_scores_and_differences_are_those_of_the_runs(runs, section):
    (table,) = section.tables
    by_words = {training_speakers_words(run): run for run in runs}
    for words, method, score, low, high, gain, gain_low, gain_high, num in table.rows:
        run = by_words[words]
        assert score == pytest.approx(pooled_uar(run, method))
        assert low <= score <= high
        assert num == len(NINE_SPEAKERS)
        if method == "transfer":
            assert gain is gain_low is gain_high is None
        else:
            expected = pooled_uar(run, "transfer") - pooled_uar(run, "scratch")
            assert gain.value == pytest.approx(expected)
            assert gain_low <= expected <= gain_high


def test_the_picture_has_a_line_a_method_and_one_difference(section):
    (picture,) = section.pictures
    above, below = picture.figure.axes
    assert above.get_legend_handles_labels()[1] == ["transfer", "scratch"]
    minus = "\N{MINUS SIGN}"
    assert below.get_legend_handles_labels()[1] == [f"transfer {minus} scratch"]
    ticks = [label.get_text() for label in below.get_xticklabels()]
    assert ticks == ["1", "4", "all = 8"]


def test_table_and_picture_are_files_beside_the_page(run_dirs, tmp_path):
    write_report([str(one) for one in run_dirs], output=tmp_path / "page.html")
    names = {path.name for path in (tmp_path / "page").iterdir()}
    assert {f"few_speakers.{end}" for end in ("csv", "md", "tex", "png", "svg")} < names
    text = (tmp_path / "page.html").read_text()
    assert '<section id="few_speakers"' in text


def test_the_table_of_runs_names_the_training_speakers(runs, tmp_path):
    sections = comparison_sections(runs, tmp_path / "page.html", "report.html")
    table = sections[0].tables[0]
    place = list(table.columns).index("training speakers")
    assert [row[place] for row in table.rows] == ["all = 8", "1", "4"]
    assert "few_speakers" in comparison_page(runs, sections)


def test_statistics_of_a_test_speaker_are_called_transductive(tmp_path, data, section):
    flag = "--normalization=speaker"
    dirs = [write(tmp_path / f"of_{n}", data, n, flag, repeats=1) for n in (0, 1)]
    own = [read_evidence(str(one)) for one in dirs]
    table = comparison_sections(own, tmp_path / "p.html", "r.html")[0].tables[0]
    place = list(table.columns).index("normalization")
    assert [row[place] for row in table.rows] == ["speaker (transductive)"] * 2
    made = few_speakers_section(own)
    captions = [made.tables[0].caption, made.pictures[0].caption]
    assert all("transductive" in one for one in captions)
    assert "transductive" not in section.tables[0].caption


def test_runs_of_one_number_have_no_section(runs):
    assert few_speakers_section([runs[0], runs[0]]) is None
    assert few_speakers_section(runs[:1]) is None


def test_all_is_a_number_like_others(data, runs, tmp_path):
    """Eight of eight speakers are all of them."""
    eight = read_evidence(str(write(tmp_path / "eight", data, 8)))
    assert few_speakers_section([runs[0], eight]) is None


def test_leaky_runs_and_runs_of_other_data_are_left_out(runs, data, tmp_path, datasets):
    leaky = write(tmp_path / "leaky", data, 2, protocol="random_utterance")
    other = write(tmp_path / "other", {**data, "target": datasets[1]}, 1)
    others = [read_evidence(str(one)) for one in (leaky, other)]
    assert few_speakers_section([runs[0], *others]) is None
    assert comparable_groups([*runs, *others]) == [runs]


def test_a_baseline_of_its_own_run_is_compared_with_the_first_method(
    runs, data, tmp_path
):
    flags = ("--method=majority", "--noscratch_control")
    run_dir = write(tmp_path / "base", data, 1, *flags, seed=5)
    for table in ("results.csv", "predictions.csv"):
        lines = (run_dir / table).read_text().splitlines()
        kept = [line.replace("transfer", "majority") for line in lines]
        kept = [line for line in kept if "scratch" not in line]
        (run_dir / table).write_text("\n".join(kept) + "\n")
    base = read_evidence(str(run_dir))
    assert base.methods == ("majority",)
    section = few_speakers_section([*runs, base])
    rows = [row for row in section.tables[0].rows if row[1] == "majority"]
    expected = pooled_uar(runs[1], "transfer") - pooled_uar(base, "majority")
    assert [(row[0], pytest.approx(row[5].value)) for row in rows] == [("1", expected)]
    axes = section.pictures[0].figure.axes[0]
    assert axes.get_legend_handles_labels()[1] == ["transfer", "scratch", "majority"]


def test_lines_of_one_method_are_told_apart_by_what_differs(runs, data, tmp_path):
    flag = "--generations=7"
    run_dirs = [write(tmp_path / f"c{n}", data, n, flag, seed=n) for n in (1, 4)]
    both = [*runs[1:], *(read_evidence(str(one)) for one in run_dirs)]
    (group,) = comparable_groups(both)
    lines = speaker_lines(group)
    assert [line.name for line in lines] == [
        "transfer, generations=none",
        "scratch, generations=none",
        "transfer, generations=7",
        "scratch, generations=7",
    ]
    assert all(sorted(line.runs) == [1, 4] for line in lines)
    _, below = few_speakers_section(both).pictures[0].figure.axes
    assert len(below.get_legend_handles_labels()[1]) == 2


def test_runs_alike_but_for_their_folders_are_told_apart_by_these(runs, data, tmp_path):
    again = read_evidence(str(write(tmp_path / "again", data, 1, seed=8)))
    (group,) = comparable_groups([*runs, again])
    names = [line.name for line in speaker_lines(group)]
    assert names == ["transfer", "scratch", "transfer, again", "scratch, again"]


def test_a_line_whose_runs_differ_in_more_than_speakers_is_warned_of(
    runs, section, data, tmp_path
):
    two = read_evidence(str(write(tmp_path / "two", data, 2, "--generations=7")))
    body = few_speakers_section([*runs, two]).body
    assert "Runs of one line also differ in --generations." in body
    assert "also differ" not in section.body
    kept = read_evidence(str(write(tmp_path / "kept", data, 2, "--score_sources")))
    assert "also differ" not in few_speakers_section([*runs, kept]).body


def test_folds_of_groups_have_a_mean_number_of_speakers(data, tmp_path):
    options = {"protocol": "speaker_kfold", "num_folds": 4}
    run_dir = write(tmp_path / "groups", data, 0, **options)
    # Held out are 3, 2, 2 and 2 of 9.
    assert training_speakers_words(read_evidence(str(run_dir))) == "all = 7"


def test_a_fixed_split_has_its_training_speakers(data, tmp_path):
    sides = dict(zip(NINE_SPEAKERS, ["train"] * 5 + ["test"] * 3 + [""], strict=True))
    target = write_tiny(tmp_path, "cut", speakers=NINE_SPEAKERS, split_of=sides.get)
    run_dir = write(tmp_path / "run", {**data, "target": target}, 0, protocol="split")
    assert training_speakers_words(read_evidence(str(run_dir))) == "all = 5"


def test_nothing_is_said_of_a_leak(section):
    assert "LEAKY" not in section.body
