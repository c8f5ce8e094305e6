"""The fusion, from the folders of two runs to a folder of results."""

import csv
import dataclasses
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from pathnet_tf.evaluation.fold_scores import read_scores, write_scores
from pathnet_tf.experiment.settings import REPORT_FOLDER, REPORT_NAME
from pathnet_tf.fusion import run_fusion
from pathnet_tf.fusion.run_fusion import FusionSettings
from pathnet_tf.runtime.errors import UserError
from tests.binary import ROOT, run_here, transfer_here
from tests.finished import finish_run
from tests.pathnet_tf.test_transfer import QUICK
from tests.tiny import write_tiny


def fuse(*words):
    return subprocess.run(
        [sys.executable, "-m", "pathnet_tf.fuse", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def rows(path):
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def probabilities(path, method):
    return {
        row["clip"].rpartition(".")[0]: row["probability/anger"]
        for row in rows(path)
        if row["method"] == method
    }


def test_two_learned_runs_are_fused(tmp_path):
    """The fusion as a user runs it."""
    for modality in ("speech", "face"):
        target = write_tiny(tmp_path / modality, "one", modality=modality)
        done = transfer_here(
            *QUICK,
            "--generations=1",
            f"--target={target}",
            f"--run_dir={tmp_path / f'{modality} run'}",
            "--inner_folds=2",
        )
        assert done.returncode == 0, done.stderr
        assert "Inner folds: every fold's training speakers in 2 groups" in done.stdout
    done = fuse(
        f"--speech_run={tmp_path / 'speech run'}",
        f"--face_run={tmp_path / 'face run'}",
        f"--run_dir={tmp_path / 'fused'}",
    )
    assert done.returncode == 0, done.stderr
    assert "chosen on training speakers" in done.stdout
    assert f"Results: {tmp_path / 'fused' / 'results.csv'}" in done.stdout
    assert (tmp_path / "fused" / "report.html").exists()
    resolved = (tmp_path / "fused" / "resolved.flags").read_text().splitlines()
    assert f"--face_run={tmp_path / 'face run'}" in resolved
    assert "--weights=chosen" in resolved
    for modality in ("speech", "face"):
        own = tmp_path / f"{modality} run" / "predictions.csv"
        fused = tmp_path / "fused" / "predictions.csv"
        alone = probabilities(own, "scratch")
        assert len(alone) == 12
        assert probabilities(fused, f"scratch {modality}") == alone
        require_every_training_segment_once(tmp_path / f"{modality} run" / "units")


def require_every_training_segment_once(units):
    for fold in ("s1", "s2", "s3"):
        held_out = read_scores(units / f"scratch repeat-0 fold-{fold}.npz").test
        inner = [
            read_scores(path).test
            for path in units.glob(f"scratch repeat-0 fold-{fold}%2Finner_*.npz")
        ]
        assert len(inner) == 2
        everything = np.sort(np.concatenate([held_out, *inner]))
        np.testing.assert_array_equal(everything, np.arange(len(everything)))


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--face_run=f", "--run_dir=r"], 2, "--speech_run is missing"),
        (["--speech_run=s", "--face_run=f"], 2, "--run_dir is missing"),
        (["--weights=best"], 2, "--weights"),
    ],
)
def test_wrong_use_is_one_line(words, status, message):
    done = run_here("pathnet_tf.fuse", *words)
    assert done.returncode == status
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_answers_without_tensorflow():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pathnet_tf.fuse", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert "--speech_run" in done.stdout
    assert "--learning_rate" not in done.stdout
    assert "tensorflow" not in done.stderr


@pytest.fixture
def settings(tmp_path):
    """A fusion whose runs were drawn rather than learned; speech has more clips."""
    runs = {}
    for number, (modality, takes) in enumerate((("speech", 3), ("face", 2))):
        target = write_tiny(
            tmp_path / modality, "one", clips_per_cell=takes, modality=modality
        )
        runs[modality] = finish_run(
            tmp_path / f"{modality} run", target, draw_seed=number, inner_folds=2
        )
    return FusionSettings(**runs, run_dir=tmp_path / "fused")


def test_a_fusion_reports_each_alone_beside_it(settings):
    lines = []
    run_fusion.run(settings, resolved_flags="", report=lines.append)
    text = "\n".join(lines)
    columns = [f"scratch {part}" for part in ("fused", "speech", "face")]
    assert "".join(f"{column:>24}" for column in columns) in text
    assert "clip UAR" in text
    assert "segment" not in text
    assert "nan" not in text
    assert "speech run has them: 6 clip(s), one/s1/anger2.wav, one/s1/sadness2" in text
    assert "Protocol: leave one speaker out, 3 fold(s) of one, 12 clips" in text
    results = rows(settings.run_dir / "results.csv")
    keys = {
        (row["method"], row["fold"], row["level"], row["metric"]) for row in results
    }
    for column in columns:
        for fold in ("s1", "s2", "s3", "pooled"):
            assert (column, fold, "clip", "recall/anger") in keys
    assert {row["level"] for row in results} == {"clip"}


def test_a_fusion_leaves_what_it_depends_on(settings):
    run_fusion.run(settings, resolved_flags="", report=[].append)
    fused = settings.run_dir
    # The report is what the binary adds.
    expected = set(run_fusion.FUSION_CONTENTS) - {REPORT_NAME, REPORT_FOLDER}
    assert {path.name for path in fused.iterdir()} == expected
    weights = rows(fused / "weights.csv")
    assert [row["fold"] for row in weights] == ["s1", "s2", "s3"]
    assert all(row["fused_training_uar"] for row in weights)
    left_out = rows(fused / "left_out.csv")
    assert len(left_out) == 6
    assert left_out[0] == {"clip": "one/s1/anger2.wav", "only_in": "speech"}
    environment = json.loads((fused / "environment.json").read_text())
    assert set(environment["runs"]) == {
        str(part.run_dir) for part in (settings.speech, settings.face)
    }
    assert len(environment["datasets"]) == 2


def without_results(settings):
    (settings.face.run_dir / "results.csv").unlink()


def without_a_job(settings):
    next((settings.face.run_dir / "units").glob("*s2%2Finner_1*")).unlink()


def without_its_dataset(settings):
    shutil.rmtree(settings.speech.data.target)


def with_another_dataset(settings):
    path = next((settings.face.run_dir / "units").glob("*fold-s2.npz"))
    scores = read_scores(path)
    write_scores(path, dataclasses.replace(scores, test=scores.test - 1))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without_results, r"face run has no results.csv, .* pathnet_tf.merge --run_d"),
        (without_a_job, r"lacks 1 of 9 jobs \(scratch, repeat 0, fold s2/inner_1\)"),
        (without_its_dataset, r"No dataset at"),
        (with_another_dataset, r"is not the dataset that .*--overwrite"),
    ],
)
def test_a_run_that_cannot_be_read_leaves_nothing(spoil, message, settings):
    spoil(settings)
    with pytest.raises(UserError, match=message) as caught:
        run_fusion.run(settings, resolved_flags="")
    assert caught.value.exit_status == 1
    assert "\n" not in str(caught.value)
    assert not settings.run_dir.exists()


def test_runs_of_the_other_modality_are_refused(settings):
    swapped = dataclasses.replace(settings, speech=settings.face, face=settings.speech)
    with pytest.raises(UserError, match=r"--speech_run=.* modality is face"):
        run_fusion.run(swapped, resolved_flags="")
    assert not settings.run_dir.exists()


def test_a_fusion_is_replaced_only_when_asked(settings):
    report = []
    run_fusion.run(settings, resolved_flags="1", report=report.append)
    with pytest.raises(UserError, match="--overwrite") as caught:
        run_fusion.run(settings, resolved_flags="2", report=report.append)
    assert caught.value.exit_status == 2
    assert (settings.run_dir / "resolved.flags").read_text() == "1"
    settings = dataclasses.replace(settings, overwrite=True)
    run_fusion.run(settings, resolved_flags="3", report=report.append)
    assert (settings.run_dir / "resolved.flags").read_text() == "3"


def test_a_run_is_no_fusion_to_be_replaced(settings, tmp_path):
    other = finish_run(tmp_path / "other", settings.speech.data.target)
    settings = dataclasses.replace(settings, run_dir=other.run_dir, overwrite=True)
    with pytest.raises(UserError, match="is not replaced"):
        run_fusion.run(settings, resolved_flags="")
    assert (other.run_dir / "units").is_dir()


@pytest.mark.parametrize("place", ["", "fused"])
def test_results_do_not_go_into_a_run(place, settings):
    folder = settings.face.run_dir / place
    with pytest.raises(UserError, match="would lie in the run"):
        dataclasses.replace(settings, run_dir=folder)


def test_leaky_fusions_say_so(tmp_path):
    runs = {}
    data = {"protocol": "random_utterance", "num_folds": 2}
    for modality in ("speech", "face"):
        target = write_tiny(tmp_path / modality, "one", modality=modality)
        run_dir = tmp_path / f"{modality} run"
        runs[modality] = finish_run(run_dir, target, inner_folds=2, data=data)
    settings = FusionSettings(**runs, run_dir=tmp_path / "fused")
    lines = []
    run_fusion.run(settings, resolved_flags="", report=lines.append)
    assert "LEAKY" in "\n".join(lines)
    for name in ("results.csv", "predictions.csv", "weights.csv"):
        methods = {row["method"] for row in rows(settings.run_dir / name)}
        assert methods
        assert all(method.endswith(" LEAKY") for method in methods)


def test_equal_weights_leave_no_uar_on_training_speakers(settings):
    lines = []
    settings = dataclasses.replace(settings, weights="equal")
    run_fusion.run(settings, resolved_flags="", report=lines.append)
    weights = rows(settings.run_dir / "weights.csv")
    assert {row["speech_weight"] for row in weights} == {"0.5"}
    assert {row["fused_training_uar"] for row in weights} == {""}
    assert "equal weights" in "\n".join(lines)
