import shutil

import numpy as np
import pytest

from pathnet_tf.report.evidence.run_evidence import read_evidence
from pathnet_tf.report.evidence.run_records import Search
from pathnet_tf.runtime.errors import DataError
from tests.pathnet_tf.report.runs import FROZEN, write_run
from tests.tiny import write_tiny


@pytest.fixture
def stopped(tmp_path, datasets):
    """A run of which two units never came to an end."""
    source, target = datasets
    run_dir = write_run(tmp_path / "run", target, source=source, finished=False)
    for name in ("transfer repeat-0 fold-s1", "scratch repeat-0 fold-s2"):
        (run_dir / "units" / f"{name}.npz").unlink()
    return run_dir


def test_a_finished_run_is_read_from_its_own_files(evidence):
    assert evidence.is_finished
    assert evidence.missing == ()
    assert evidence.methods == ("transfer", "scratch")
    assert evidence.emotions == ("anger", "sadness")
    assert (evidence.source_corpora, evidence.target_corpus) == (("one",), "two")
    assert {table.fold for table in evidence.clips} >= {"s1", "s2"}
    assert [used.state for used in evidence.datasets] == ["unchanged"] * 2


def test_outcomes_give_what_predictions_hold(finished, evidence, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(finished, copy)
    (copy / "results.csv").unlink()
    scored = read_evidence(str(copy))
    assert not scored.is_finished
    assert scored.missing == ()
    assert scored.rows == evidence.rows
    for ours, theirs in zip(scored.clips, evidence.clips, strict=True):
        assert (ours.method, ours.fold) == (theirs.method, theirs.fold)
        assert ours.keys == theirs.keys
        assert ours.speakers == theirs.speakers
        np.testing.assert_array_equal(ours.truth, theirs.truth)
        np.testing.assert_array_equal(ours.prediction, theirs.prediction)
        np.testing.assert_allclose(ours.probabilities, theirs.probabilities, atol=1e-6)


def test_a_run_that_stopped_names_what_is_missing(stopped):
    evidence = read_evidence(str(stopped))
    assert evidence.missing == (
        "transfer, repeat 0, fold s1",
        "scratch, repeat 0, fold s2",
    )
    assert {(row.method, row.fold) for row in evidence.rows} >= {
        ("transfer", "s2"),
        ("scratch", "s1"),
    }
    assert ("transfer", "s1") not in {(row.method, row.fold) for row in evidence.rows}


def test_a_finished_run_needs_no_dataset(tmp_path):
    target = write_tiny(tmp_path, "two")
    run_dir = write_run(tmp_path / "run", target)
    shutil.rmtree(target)
    evidence = read_evidence(str(run_dir))
    assert evidence.target.state == "not there now"
    assert evidence.target.hash_then
    assert evidence.target_corpus == "two"
    assert evidence.rows
    assert evidence.clips


def test_a_stopped_run_without_its_dataset_says_so(tmp_path):
    target = write_tiny(tmp_path, "two")
    run_dir = write_run(tmp_path / "run", target, finished=False)
    shutil.rmtree(target)
    (run_dir / "units" / "scratch repeat-0 fold-s3.npz").unlink()
    evidence = read_evidence(str(run_dir))
    assert "No dataset at" in evidence.trouble
    assert evidence.missing == ("scratch, repeat 0, fold s3",)
    assert len(evidence.units) == 2
    assert evidence.rows == ()


def test_another_dataset_in_the_targets_place_is_not_scored(tmp_path):
    target = write_tiny(tmp_path, "two")
    run_dir = write_run(tmp_path / "run", target, finished=False)
    shutil.rmtree(target)
    write_tiny(tmp_path, "two", clips_per_cell=3)
    evidence = read_evidence(str(run_dir))
    assert evidence.target.state == "changed since"
    assert "is not the dataset" in evidence.trouble
    assert evidence.rows == ()


def test_a_leaky_run_is_known_by_its_protocol(leaky_evidence):
    assert leaky_evidence.is_leaky
    assert leaky_evidence.methods == ("transfer LEAKY", "scratch LEAKY")
    methods = {search.method for search in leaky_evidence.searches}
    assert methods == {"transfer", "scratch"}


def test_what_was_frozen_before_a_search(evidence):
    frozen = {search.method: evidence.frozen(search) for search in evidence.searches}
    assert frozen["scratch"] == []
    assert [pathway.genotype.tolist() for pathway in frozen["transfer"]] == [FROZEN]


def test_a_generation_that_is_being_written_is_left_out(tmp_path):
    path = tmp_path / "history.jsonl"
    path.write_text('{"generation": 0}\n{"generation": 1}\n{"gener')
    history = Search("scratch", "target", 0, "s1", path).history()
    assert history == [{"generation": 0}, {"generation": 1}]


def test_a_broken_history_is_named(tmp_path):
    path = tmp_path / "history.jsonl"
    path.write_text('{"gener\n{"generation": 1}\n')
    with pytest.raises(DataError, match="line 1 is broken"):
        Search("scratch", "target", 0, "s1", path).history()


@pytest.mark.parametrize("name", ["results.csv", "predictions.csv"])
def test_a_broken_table_is_named(finished, tmp_path, name):
    copy = tmp_path / "copy"
    shutil.copytree(finished, copy)
    (copy / name).write_text("method,repeat,fold\nx,y,z\n")
    with pytest.raises(DataError, match=f"{name} cannot be read"):
        read_evidence(str(copy))


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(DataError, match="no run has begun there"):
        read_evidence(str(tmp_path))
