import dataclasses

import numpy as np
import pytest
from sklearn.metrics import recall_score
from sklearn.model_selection import GroupKFold

from pathnet_tf.data.fold_inputs import Division, divide, normalize
from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.features.functionals import clip_functionals
from pathnet_tf.features.representation import represent
from pathnet_tf.features.settings import Representation
from pathnet_tf.methods import svm
from pathnet_tf.methods.baseline_task import BaselineTask
from pathnet_tf.methods.baselines import learn_baseline
from pathnet_tf.methods.learn_target import learn_target
from pathnet_tf.runtime.errors import DataError
from tests.pathnet_tf.job_runs import fold_of


@pytest.fixture
def target(load):
    return load("target", speakers=("s1", "s2", "s3", "s4"), clips_per_cell=6)


@pytest.fixture
def learn(job, target, rng):
    """Learns a fold by a baseline: what came of it, and the sides of the fold."""

    def learn_by(method, data=None, division=None):
        data = data or target
        division = division or divide(
            data, fold_of(data), validation_share=0, rng=np.random.default_rng(0)
        )
        task = BaselineTask(job, data, division, 0, np.random.default_rng(1))
        return learn_baseline(method, task), division

    return learn_by


@pytest.mark.parametrize("method", ["mel_svm", "majority", "chance"])
def test_segments_of_a_clip_are_alike_and_add_up_to_1(method, target, learn):
    got, division = learn(method)
    assert got.log_probabilities.shape == (len(division.test), 2)
    np.testing.assert_allclose(np.exp(got.log_probabilities).sum(axis=1), 1, rtol=1e-5)
    for clip in np.unique(target.clip[division.test]):
        rows = got.log_probabilities[target.clip[division.test] == clip]
        assert (rows == rows[0]).all()


def test_the_svm_recognizes_unheard_speakers(target, learn):
    got, division = learn("mel_svm")
    truth = target.labels[division.test]
    predicted = got.log_probabilities.argmax(axis=1)
    assert recall_score(truth, predicted, average="macro") > 0.8
    assert got.cost.trained_parameters == 7 * 6 * 3 + 1


def test_an_svm_that_has_one_speaker_to_choose_its_cost_on_is_refused(load, learn):
    pair = load("pair", speakers=("s1", "s2"))
    with pytest.raises(DataError, match="pair leaves a single speaker to train on"):
        learn("mel_svm", pair)


def test_held_out_labels_and_recordings_do_not_move_the_svm(target, learn):
    one, division = learn("mel_svm")
    labels = target.labels.copy()
    labels[division.test] = 1 - labels[division.test]
    two, _ = learn("mel_svm", dataclasses.replace(target, labels=labels), division)
    np.testing.assert_array_equal(one.log_probabilities, two.log_probabilities)
    first = target.clip[division.test] == target.clip[division.test][0]
    fewer = dataclasses.replace(division, test=division.test[first])
    alone, _ = learn("mel_svm", division=fewer)
    np.testing.assert_allclose(
        alone.log_probabilities, one.log_probabilities[first], rtol=1e-6
    )


def test_the_majority_is_that_of_training_clips(target, learn):
    _, division = learn("majority")
    train = division.train
    for emotion in (0, 1):
        # All clips of the one emotion, and every third of the other.
        kept = (target.labels[train] == emotion) | (target.clip[train] % 3 == 0)
        fewer = dataclasses.replace(division, train=train[kept])
        got, _ = learn("majority", division=fewer)
        assert (got.log_probabilities.argmax(axis=1) == emotion).all()


def test_chance_guesses_every_class(learn):
    got, _ = learn("chance")
    assert set(got.log_probabilities.argmax(axis=1)) == {0, 1}


def test_functionals_are_those_of_all_frames(rng):
    values = rng.standard_normal((5, 8, 6, 3)).astype(np.float32)
    clips, got = clip_functionals(SegmentInputs(values), np.array([4, 4, 9, 4, 9]))
    assert clips.tolist() == [4, 9]
    frames = values[[0, 1, 3]].reshape(24, 18).astype(np.float64)
    expected = np.concatenate(
        [
            frames.mean(axis=0),
            frames.std(axis=0),
            *np.percentile(frames, [5, 25, 50, 75, 95], axis=0),
        ]
    )
    np.testing.assert_allclose(got[0], expected, rtol=1e-5, atol=1e-6)


def test_a_job_of_a_baseline_has_scores_and_no_pathway(job, target):
    scores = learn_target(job, target, fold_of(target), method="mel_svm", repeat=0)
    assert scores.pathway is None
    assert scores.seconds > 0
    assert 0.5 < scores.fitness <= 1


def test_the_cost_of_the_svm_is_chosen_on_speakers_left_out(target, learn, monkeypatch):
    """None of those that are held out, and none on both sides of a choice."""
    seen = []

    class Watched(GroupKFold):
        def split(self, vectors, labels=None, groups=None):
            for train, test in super().split(vectors, labels, groups):
                seen.append((set(groups[train]), set(groups[test])))
                yield train, test

    monkeypatch.setattr(svm, "GroupKFold", Watched)
    _, division = learn("mel_svm")
    speakers = np.asarray(target.speakers)[target.clip]
    held_out = set(speakers[division.test])
    assert len(seen) == len(set(speakers[division.train]))
    for train, test in seen:
        assert not train & test
        assert not (train | test) & held_out


@pytest.fixture
def faces(load, rng):
    """Pictures of bars across or along, and noise."""
    speakers = ("s1", "s2", "s3", "s4")
    data = load(
        "faces", speakers=speakers, clips_per_cell=6, modality="face", shape=(16, 16, 3)
    )
    bars = 128 + 40 * np.sin(np.mgrid[:16, :16, :3][:2] / 2)
    values = bars[data.labels] + rng.normal(0, 20, (len(data.labels), 16, 16, 3))
    return dataclasses.replace(data, values=np.clip(values, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("method", ["hog_svm", "pixel_svm", "svm"])
@pytest.mark.parametrize("normalization", ["train", "speaker"])
def test_svms_recognize_unseen_faces(job, faces, method, normalization):
    job = dataclasses.replace(job, normalization=normalization)
    division = divide(faces, fold_of(faces), validation_share=0, rng=None)
    task = BaselineTask(job, faces, division, 0, np.random.default_rng(1))
    got = learn_baseline(method, task)
    truth = faces.labels[division.test]
    predicted = got.log_probabilities.argmax(axis=1)
    assert recall_score(truth, predicted, average="macro") > 0.8
    num_values = {"hog_svm": 36, "pixel_svm": 16 * 16, "svm": 16 * 16 * 3}[method]
    assert got.cost.trained_parameters == num_values + 1


def test_an_svm_of_vectors_is_that_of_the_same_vectors_of_faces(learn, faces):
    vectors = represent(faces, Representation("hog"))
    of_faces, division = learn("hog_svm", faces)
    of_vectors, _ = learn("svm", vectors)
    _, first = np.unique(faces.clip[division.test], return_index=True)
    np.testing.assert_allclose(
        of_vectors.log_probabilities, of_faces.log_probabilities[first], atol=1e-3
    )


def test_an_svm_learns_a_clip_at_each_of_its_speeds(target, learn, monkeypatch):
    seen = []
    classify = svm.classify

    def watched(task, train_clips, train, test):
        seen.append((train_clips, train, test))
        return classify(task, train_clips, train, test)

    monkeypatch.setattr(svm, "classify", watched)
    number = len(target.clips)
    labels = np.zeros(number, np.int32)
    labels[target.clip] = target.labels
    at_speeds = dataclasses.replace(
        target,
        values=np.random.default_rng(0).normal(size=(2 * number, 1, 5, 1)),
        labels=np.repeat(labels, 2),
        clip=np.repeat(np.arange(number), 2),
        version=np.tile([0, 1], number),
        is_of_vectors=True,
    )
    got, division = learn("svm", at_speeds)
    ((clips, train, test),) = seen
    assert clips.tolist() == at_speeds.clip[division.train].tolist()
    inputs = normalize(at_speeds, division, "train")
    np.testing.assert_array_equal(train, inputs.train.block(0, len(train)))
    np.testing.assert_array_equal(test, inputs.test.block(0, len(test)))
    assert len(got.log_probabilities) == len(division.test)


def test_segments_are_the_mean_of_a_clip_to_an_svm(target, learn):
    got, division = learn("svm")
    whole = normalize(target, division, "train")
    means = [
        part.block(0, len(part)).numpy()[target.clip[rows] == clip].mean(axis=0)
        for part, rows in ((whole.train, division.train), (whole.test, division.test))
        for clip in np.unique(target.clip[rows])
    ]
    labels = np.zeros(len(target.clips), np.int32)
    labels[target.clip] = target.labels
    clips = [np.unique(target.clip[rows]) for rows in (division.train, division.test)]
    order = np.concatenate(clips)
    vectors = dataclasses.replace(
        target,
        values=np.array(means, np.float32)[:, np.newaxis, :, np.newaxis],
        labels=labels[order],
        clip=order,
        is_of_vectors=True,
    )
    places = np.arange(len(order))
    halves = Division(places[: len(clips[0])], places[:0], places[len(clips[0]) :])
    expected, _ = learn("svm", vectors, halves)
    _, first = np.unique(target.clip[division.test], return_index=True)
    np.testing.assert_allclose(
        got.log_probabilities[first], expected.log_probabilities, atol=1e-3
    )
