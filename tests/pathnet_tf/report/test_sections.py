"""What single sections of a run's page show."""

import dataclasses

import numpy as np
import pytest

from pathnet_tf.report.evidence.run_evidence import read_evidence
from pathnet_tf.report.sections.confused_clips import confused_section
from pathnet_tf.report.sections.headline import headline_section
from pathnet_tf.report.sections.paper import paper_section
from pathnet_tf.report.sections.protocol import protocol_section
from pathnet_tf.report.sections.score_tables import (
    emotion_table,
    fold_table,
    headline_table,
)
from pathnet_tf.report.sections.speakers import speaker_table
from pathnet_tf.report.sections.transfer_gain import transfer_section
from tests.pathnet_tf.report.runs import write_run
from tests.tiny import write_tiny


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


def test_the_headline_is_the_mean_over_repeats(two_repeats_evidence):
    table = headline_table(two_repeats_evidence)
    first = dict(zip(table.columns, table.rows[0], strict=True))
    key = {"fold": "pooled", "level": "clip", "metric": "war"}
    transfer = mean(two_repeats_evidence, method="transfer", **key)
    scratch = mean(two_repeats_evidence, method="scratch", **key)
    assert first["transfer pooled"] == transfer
    assert first["scratch pooled"] == scratch
    assert first["gain"].value == pytest.approx(transfer.expected - scratch.expected)


def test_each_emotion_has_its_recall_and_samples(two_repeats_evidence):
    table = emotion_table(two_repeats_evidence)
    assert column(table, "samples") == {"anger": 27, "sadness": 27}
    for emotion, recall in column(table, "transfer recall").items():
        key = {"method": "transfer", "fold": "pooled", "level": "clip"}
        metric = f"recall/{emotion}"
        assert recall == mean(two_repeats_evidence, metric=metric, **key)


def test_each_fold_has_its_clips(two_repeats_evidence):
    table = fold_table(two_repeats_evidence)
    assert set(column(table, "clips").values()) == {6}
    key = {"method": "scratch", "fold": "s1", "level": "clip", "metric": "uar"}
    assert column(table, "scratch clip UAR")["s1"] == mean(two_repeats_evidence, **key)


def test_a_speaker_who_is_a_fold_has_its_scores(two_repeats_evidence):
    speakers = column(speaker_table(two_repeats_evidence), "transfer WAR")
    folds = column(fold_table(two_repeats_evidence), "transfer clip WAR")
    assert {name: pytest.approx(value) for name, value in speakers.items()} == folds


def test_transfer_is_accounted_for(evidence):
    table, *_ = transfer_section(evidence).tables
    assert [row[0] for row in table.rows] == ["UAR", "WAR"]


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("pictures", "recalls curves confusion_1 confusion_2 roc_1 roc_2 speakers"),
        (
            "population",
            "population_first population_last tournament module_use pathway search",
        ),
    ],
)
def test_pictures(sections, key, names):
    (section,) = (one for one in sections if one.key == key)
    assert [picture.name for picture in section.pictures] == names.split()


def test_pictures_of_a_leaky_run_say_so(leaky_sections):
    pictures = [one for section in leaky_sections for one in section.pictures]
    assert len(pictures) == 13
    assert all("LEAKY" in picture.title for picture in pictures)
    assert all("LEAKY" in picture.file_name for picture in pictures)


def test_a_run_that_stopped_says_so(tmp_path, datasets):
    source, target = datasets
    run_dir = write_run(tmp_path / "run", target, source=source, finished=False)
    (run_dir / "units" / "transfer repeat-0 fold-s1.npz").unlink()
    evidence = read_evidence(str(run_dir))
    text = protocol_section(evidence).body
    assert "Stopped half-way: 6 job(s) are done, 1 are missing" in text
    assert "<li>transfer, repeat 0, fold s1</li>" in text
    assert "scores of the folds that are done" in headline_section(evidence).body


def test_the_card_says_what_a_clip_was(tmp_path, datasets, evidence):
    assert "a clip as one vector" not in protocol_section(evidence).body
    run_dir = write_run(tmp_path / "run", datasets[1])
    with (run_dir / "resolved.flags").open("a") as flags:
        flags.write("--representation=functionals\n--silence_db=35\n")
    said = "the functionals of its log-mel frames no more than 35 dB below the loudest"
    assert said in protocol_section(read_evidence(str(run_dir))).body
    with (run_dir / "resolved.flags").open("a") as flags:
        flags.write("--representation=compare\n--speeds=0.88,1.14\n")
    said = "compare, also at 0.88 and 1.14 times its speed"
    assert said in protocol_section(read_evidence(str(run_dir))).body
    with (run_dir / "resolved.flags").open("a") as flags:
        flags.write("--representation=hog\n--silence_db=0\n--speeds=\n")
    said = "a clip as one vector, the histograms of oriented gradients of its faces"
    assert said in protocol_section(read_evidence(str(run_dir))).body


def test_clips_are_linked_where_their_folder_is_known(evidence, tmp_path):
    page, corpus_dir = tmp_path / "pages" / "report.html", tmp_path / "my corpus"
    linked = confused_section(evidence, page, corpus_dir).tables[0].rows[0][0]
    assert linked.text.startswith("two/")
    folder, name = "../my%20corpus/", linked.text.removeprefix("two/")
    assert linked.href.startswith(f"./{folder}{name[:2]}")
    plain = confused_section(evidence, page, None).tables[0].rows[0][0]
    assert plain == linked.text


@pytest.fixture(scope="module")
def savee(tmp_path_factory):
    folder = tmp_path_factory.mktemp("savee")
    source = write_tiny(folder, "enterface", speakers=("e1", "e2"))
    run_dir = write_run(folder / "run", write_tiny(folder, "savee"), source=source)
    return read_evidence(str(run_dir))


def test_the_papers_war_stands_beside_ours(savee):
    (table,) = paper_section(savee).tables
    found = {row[1]: row[2:] for row in table.rows}
    ours = {
        (row.method, row.level): row.value
        for row in savee.rows
        if (row.fold, row.metric) == ("pooled", "war")
    }
    assert found["AlexNet"] == [0.69, None, None]
    for method, paper in (("scratch", 0.81), ("transfer", 0.85)):
        assert found[method] == [paper, ours[method, "clip"], ours[method, "segment"]]


def test_contradictions_of_the_papers_experiment_are_named(savee):
    body = paper_section(savee).body
    assert ".71 in its Table 3" in body
    assert "precision (UAP)" in body
    assert "SAVEE has 60 clips" in body


def test_a_scratch_run_stands_beside_every_experiment_of_its_target(tmp_path):
    target = write_tiny(tmp_path, "savee", modality="face")
    evidence = read_evidence(str(write_run(tmp_path / "run", target)))
    (table,) = paper_section(evidence).tables
    assert {row[0] for row in table.rows} == {"eNTERFACE'05 → SAVEE, face"}


def test_other_experiments_have_no_counterpart_in_the_paper(evidence, tmp_path):
    assert paper_section(evidence) is None
    source = write_tiny(tmp_path, "other", speakers=("e1", "e2"))
    target = write_tiny(tmp_path, "savee")
    run_dir = write_run(tmp_path / "run", target, source=source)
    assert paper_section(read_evidence(str(run_dir))) is None


def test_nothing_is_set_beside_the_paper_without_scores(savee):
    assert paper_section(dataclasses.replace(savee, rows=(), units=())) is None
