"""The binary, run as a user runs it."""

import csv
import json
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.search.tensorboard_log import FINAL_METRICS
from tests.binary import ROOT, transfer, transfer_here
from tests.summaries import read_tags
from tests.tiny import write_tiny

QUICK = (
    "--generations=4",
    "--population_size=4",
    "--num_modules=6",
    "--num_layers=2",
    "--module_units=6",
    "--num_active=2",
    "--learning_rate=0.1",
    "--batch_size=8",
)


def rows(folder, name):
    with (folder / name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def datasets(write_dataset):
    return write_dataset("one", seed=1), write_dataset("two")


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """One run with everything, which several tests look at."""
    tmp_path = tmp_path_factory.mktemp("ran")
    source, target = write_tiny(tmp_path, "one", seed=1), write_tiny(tmp_path, "two")
    done = transfer(
        *QUICK,
        f"--source={source}",
        f"--target={target}",
        f"--run_dir={tmp_path / 'run'}",
        f"--export_dir={tmp_path / 'model'}",
        "--scratch_control",
        "--num_workers=2",
    )
    assert done.returncode == 0, done.stderr
    return done, tmp_path / "run", tmp_path / "model"


def test_a_run_leaves_results_and_a_model(ran):
    done, run_dir, model_dir = ran
    assert "transfer" in done.stdout
    assert "scratch" in done.stdout
    assert "clip UAR" in done.stdout
    assert "clip UAR 95 %" in done.stdout
    assert "over 3 speaker(s); 3 speakers are few for an interval" in done.stdout
    assert "no evidence of a difference in UAR between transfer and sc" in done.stdout
    assert "Protocol: leave one speaker out, 3 fold(s) of two" in done.stdout
    assert "modules a layer are free" in done.stdout
    assert f"Report: {run_dir / 'report.html'}" in done.stdout
    assert "leave one speaker out" in (run_dir / "report.html").read_text()

    results = rows(run_dir, "results.csv")
    keys = {
        (r["method"], r["stage"], r["fold"], r["level"], r["metric"]) for r in results
    }
    for method in ("transfer", "scratch"):
        for fold in ("s1", "s2", "s3", "pooled"):
            for level in ("clip", "segment"):
                assert (method, "target", fold, level, "recall/anger") in keys
    predictions = rows(run_dir, "predictions.csv")
    assert len(predictions) == 2 * 12
    assert all(row["speaker"] == row["fold"] for row in predictions)

    environment = json.loads((run_dir / "environment.json").read_text())
    assert {Path(folder).name for folder in environment["datasets"]} == {"one", "two"}
    assert environment["seed"] == 0
    resolved = (run_dir / "resolved.flags").read_text()
    assert "--generations=4" in resolved
    assert "--mutation_boundary=wrap" in resolved
    assert (model_dir / "labels.txt").read_text().split() == ["anger", "sadness"]
    front_end = json.loads((model_dir / "front_end.json").read_text())
    assert front_end["num_mel_bands"] == 6


@pytest.mark.parametrize("method", ["transfer", "scratch"])
def test_tensorboard_ends_with_the_scores_of_the_results(ran, method):
    _, run_dir, _ = ran
    own = [r for r in rows(run_dir, "results.csv") if r["method"] == method]
    for fold in ("s1", "s2", "s3"):
        tags = read_tags(run_dir / f"logs/{method}/target/repeat-0/fold-{fold}")
        expected = {
            f"final/{row['level']}_{row['metric']}": float(row["value"])
            for row in own
            if row["fold"] == fold and row["metric"] in FINAL_METRICS
        }
        got = {tag: entries[0][1] for tag, entries in tags.items() if tag in expected}
        assert got == pytest.approx(expected)
    tags = read_tags(run_dir / f"logs/{method}/hparams")
    pooled = {
        f"pooled/clip_{row['metric']}": float(row["value"])
        for row in own
        if (row["fold"], row["level"]) == ("pooled", "clip")
    }
    for tag in ("pooled/clip_war", "pooled/clip_uar"):
        ((_, value),) = tags[tag]
        assert value == pytest.approx(pooled[tag])


@pytest.mark.parametrize("method", ["transfer", "scratch"])
def test_pooled_scores_follow_from_the_predictions(ran, method):
    _, run_dir, _ = ran
    clips = [r for r in rows(run_dir, "predictions.csv") if r["method"] == method]
    pooled = {
        row["metric"]: float(row["value"])
        for row in rows(run_dir, "results.csv")
        if (row["method"], row["fold"], row["level"]) == (method, "pooled", "clip")
    }
    right = [row for row in clips if row["truth"] == row["prediction"]]
    assert pooled["war"] == pytest.approx(len(right) / len(clips))
    recalls, precisions, areas = [], [], []
    for emotion in ("anger", "sadness"):
        own = [row for row in clips if row["truth"] == emotion]
        named = [row for row in clips if row["prediction"] == emotion]
        hits = [row for row in right if row["truth"] == emotion]
        recalls.append(len(hits) / len(own))
        precisions.append(len(hits) / max(len(named), 1))
        places = [
            float(one[f"probability/{emotion}"])
            - float(other[f"probability/{emotion}"])
            for one in own
            for other in clips
            if other["truth"] != emotion
        ]
        areas.append(np.mean(np.heaviside(places, 0.5)))
        assert pooled[f"recall/{emotion}"] == pytest.approx(recalls[-1])
        assert pooled[f"precision/{emotion}"] == pytest.approx(precisions[-1])
        # The file's probabilities are rounded, which may tie two of them.
        assert pooled[f"auc/{emotion}"] == pytest.approx(areas[-1], abs=0.02)
    assert pooled["uar"] == pytest.approx(np.mean(recalls))
    assert pooled["uap"] == pytest.approx(np.mean(precisions))
    assert pooled["auc_macro"] == pytest.approx(np.mean(areas), abs=0.02)


def test_the_resolved_flags_run_again_and_give_the_same_bytes(ran, tmp_path):
    _, run_dir, _ = ran
    again = tmp_path / "again"
    done = transfer_here(
        f"--flagfile={run_dir / 'resolved.flags'}",
        f"--run_dir={again}",
        f"--export_dir={tmp_path / 'model_again'}",
    )
    assert done.returncode == 0, done.stderr
    for name in ("results.csv", "predictions.csv"):
        assert (again / name).read_bytes() == (run_dir / name).read_bytes()


def test_the_model_classifies_a_waveform_with_tensorflow_alone(ran, tmp_path, rng):
    _, _, model_dir = ran
    path = tmp_path / "clip.wav"
    samples = (3000 * rng.standard_normal(16000)).astype("<i2")
    with wave.open(str(path), "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(16000)
        stream.writeframes(samples.tobytes())
    program = """
import sys
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
audio, rate = tf.audio.decode_wav(tf.io.read_file(sys.argv[2]))
answer = model.signatures["waveform"](tf.squeeze(audio, -1))
print(*answer["probabilities"].numpy())
assert not any(name.startswith("pathnet_tf") for name in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(model_dir), str(path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert sum(map(float, done.stdout.split())) == pytest.approx(1, abs=1e-5)


def test_repeats_and_protocol_without_a_source(datasets, tmp_path):
    _, target = datasets
    done = transfer_here(
        *QUICK,
        f"--target={target}",
        f"--run_dir={tmp_path / 'run'}",
        "--protocol=random_utterance",
        "--num_folds=2",
        "--repeats=2",
        "--fitness=train",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("LEAKY") >= 3
    assert not list((tmp_path / "run" / "logs").glob("[!L]*"))
    results = rows(tmp_path / "run", "results.csv")
    assert {row["method"] for row in results} == {"scratch LEAKY"}
    assert {row["repeat"] for row in results} == {"0", "1"}


def test_faces_are_learned_and_exported(write_dataset, tmp_path):
    source = write_dataset("one", seed=1, modality="face")
    target = write_dataset("two", modality="face")
    done = transfer_here(
        *QUICK,
        f"--source={source}",
        f"--target={target}",
        f"--run_dir={tmp_path / 'run'}",
        f"--export_dir={tmp_path / 'model'}",
        "--scratch_control",
    )
    assert done.returncode == 0, done.stderr
    assert "normalization: none (pixels / 255);" in done.stdout
    front_end = json.loads((tmp_path / "model" / "front_end.json").read_text())
    assert front_end["frame_stride"] == 1
    faces = np.full((3, 8, 6, 3), 128, np.uint8)
    model = tf.saved_model.load(str(tmp_path / "model"))
    answer = model.signatures["faces"](tf.constant(faces))
    np.testing.assert_allclose(np.sum(answer["probabilities"]), 1, rtol=1e-5)
    assert answer["frame_probabilities"].shape == (3, 2)


def test_speech_is_not_transferred_to_faces(write_dataset, tmp_path):
    done = transfer_here(
        f"--source={write_dataset('one')}",
        f"--target={write_dataset('two', modality='face')}",
        f"--run_dir={tmp_path / 'run'}",
    )
    assert done.returncode == 1
    assert "give datasets of one modality" in done.stderr


def test_sequential_sources_of_a_folder_with_validation_fitness(
    datasets, write_dataset, tmp_path
):
    source, target = datasets
    third = write_dataset("three", seed=2, emotions=("anger", "fear", "sadness"))
    done = transfer_here(
        *QUICK,
        f"--source={tmp_path}",
        f"--target={target}",
        f"--run_dir={tmp_path / 'run'}",
        "--source_mode=sequential",
        "--fitness=validation",
        "--normalization=utterance",
        "--aggregation=sum",
    )
    assert done.returncode == 0, done.stderr
    stages = {row["stage"] for row in rows(tmp_path / "run", "results.csv")}
    assert stages == {"source_1", "source_2", "target"}
    flags = (tmp_path / "run/resolved.flags").read_text()
    assert f"--source={source}\n--source={third}\n" in flags


def test_a_finished_run_is_not_overwritten_unasked(ran):
    _, run_dir, _ = ran
    before = (run_dir / "results.csv").read_bytes()
    done = transfer_here(f"--target={run_dir.parent / 'two'}", f"--run_dir={run_dir}")
    assert done.returncode == 2
    assert "--overwrite" in done.stderr
    assert (run_dir / "results.csv").read_bytes() == before


def test_help_answers_without_tensorflow():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pathnet_tf.transfer", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert "--scratch_control" in done.stdout
    assert "tensorflow" not in done.stderr
