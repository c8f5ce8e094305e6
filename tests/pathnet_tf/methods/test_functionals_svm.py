import dataclasses

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from pathnet_tf.data.fold_inputs import divide
from pathnet_tf.features.functionals_file import FunctionalsSettings, read_functionals
from pathnet_tf.methods.baseline_task import BaselineTask
from pathnet_tf.methods.baselines import learn_baseline
from pathnet_tf.runtime.errors import DataError, UsageError
from tests.pathnet_tf.job_runs import fold_of


@pytest.fixture
def target(load):
    return load("target", speakers=("s1", "s2", "s3", "s4"), clips_per_cell=4)


def content(target, feature_set="egemaps", seed=0):
    """Functionals that tell the emotion, in another order than the dataset's."""
    rng = np.random.default_rng(seed)
    clips = target.clips[::-1]
    values = rng.standard_normal((len(clips), 5)).astype(np.float32)
    values[:, 0] += [3 * target.emotions.index(clip.emotion) for clip in clips]
    return {
        "keys": np.array([clip.key for clip in clips]),
        "sha256": np.array([clip.sha256 for clip in clips]),
        "feature_set": np.array(feature_set),
        "values": values,
    }


@pytest.fixture
def save(tmp_path):
    def write(arrays, name="functionals.npz"):
        np.savez(tmp_path / name, **arrays)
        return tmp_path / name

    return write


def test_clips_are_found_by_their_keys(target, save):
    arrays = content(target)
    got = read_functionals((save(arrays),), "egemaps", target)
    np.testing.assert_array_equal(got[:, 0], arrays["values"][::-1])
    assert got.shape[1] == 1


def test_the_file_of_the_wanted_set_is_taken(target, save):
    one = save(content(target, "egemaps"), "one.npz")
    other = content(target, "compare", seed=1)
    got = read_functionals((one, save(other, "two.npz")), "compare", target)
    np.testing.assert_array_equal(got[:, 0], other["values"][::-1])


def with_speeds(target, *, silence_db=35.0):
    arrays = content(target)
    faster = np.stack([arrays["values"] + 10, arrays["values"] + 20], axis=1)
    return arrays | {
        "silence_db": np.array(silence_db),
        "speeds": np.array([0.88, 1.14]),
        "values_at_speeds": faster,
    }


def test_speeds_are_found_in_the_order_that_is_asked_for(target, save):
    arrays = with_speeds(target)
    path = save(arrays)
    got = read_functionals(
        (path,), "egemaps", target, FunctionalsSettings(35, (1.14, 0.88))
    )
    plain = arrays["values"][::-1]
    np.testing.assert_array_equal(got, np.stack([plain, plain + 20, plain + 10], 1))
    got = read_functionals((path,), "egemaps", target, FunctionalsSettings(35, (0.88,)))
    np.testing.assert_array_equal(got, np.stack([plain, plain + 10], 1))
    # A baseline takes recordings as they are.
    got = read_functionals((path,), "egemaps", target)
    np.testing.assert_array_equal(got, plain[:, np.newaxis])


@pytest.mark.parametrize(
    "wanted",
    [
        FunctionalsSettings(0, (0.88,)),
        FunctionalsSettings(35, (0.9,)),
        FunctionalsSettings(30, ()),
    ],
)
def test_functionals_that_were_made_otherwise_are_refused(target, save, wanted):
    path = save(with_speeds(target))
    made = r"functionals.npz was made with --silence_db=35 --speeds=0.88,1.14; "
    with pytest.raises(UsageError, match=made + "make it again.*" + wanted.flags()):
        read_functionals((path,), "egemaps", target, wanted)


def test_a_set_that_no_file_has_is_refused(target, save):
    with pytest.raises(UsageError, match="--feature_set=compare"):
        read_functionals((save(content(target)),), "compare", target)


def test_a_clip_that_is_missing_is_named(target, save):
    arrays = content(target)
    arrays["keys"][3] = "another"
    with pytest.raises(
        DataError, match=r"Clip .* is not in .*make target's egemaps with"
    ):
        read_functionals((save(arrays),), "egemaps", target)


def test_another_recording_of_the_same_name_is_refused(target, save):
    arrays = content(target)
    arrays["sha256"][0] = "0" * 64
    with pytest.raises(DataError, match="of another recording"):
        read_functionals((save(arrays),), "egemaps", target)


@pytest.mark.parametrize("spoil", ["text", "key", "pickle"])
def test_a_broken_file_is_one_line(target, save, tmp_path, spoil):
    arrays = content(target)
    if spoil == "key":
        del arrays["values"]
    if spoil == "pickle":
        arrays["values"] = arrays["values"].astype(object)
    path = save(arrays)
    if spoil == "text":
        path.write_text("no zip")
    with pytest.raises(DataError, match=r"\.npz cannot be read"):
        read_functionals((path,), "egemaps", target)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda arrays: arrays | {"values": arrays["values"][1:]},
        lambda arrays: arrays | {"sha256": arrays["sha256"][1:]},
        lambda arrays: arrays | {"values": arrays["values"][:, 0]},
        lambda arrays: arrays | {"values": arrays["values"] * np.nan},
        lambda arrays: arrays | {"values": arrays["keys"]},
        lambda arrays: arrays | {"speeds": np.array([0.9])},
        lambda arrays: arrays | {"silence_db": np.array("loud")},
        lambda arrays: (
            arrays
            | {"speeds": np.ones(1)}
            | {"values_at_speeds": arrays["values"][:, np.newaxis] * np.nan}
        ),
    ],
)
def test_functionals_that_cannot_be_are_refused(target, save, spoil):
    with pytest.raises(DataError, match=r"functionals.npz cannot be read"):
        read_functionals((save(spoil(content(target))),), "egemaps", target)


@pytest.mark.parametrize("normalization", ["train", "speaker"])
def test_the_svm_learns_from_them(job, target, save, normalization):
    job = dataclasses.replace(
        job, functionals=(save(content(target)),), normalization=normalization
    )
    rng = np.random.default_rng(0)
    division = divide(target, fold_of(target), validation_share=0, rng=rng)
    task = BaselineTask(job, target, division, 0, rng)
    got = learn_baseline("egemaps_svm", task).log_probabilities
    assert np.mean(got.argmax(axis=1) == target.labels[division.test]) > 0.8


def test_speaker_normalization_takes_a_speakers_offset_and_scale_away(
    job, target, save
):
    plain = content(target)
    moved = {name: value.copy() for name, value in plain.items()}
    for place, clip in enumerate(target.clips[::-1]):
        number = int(clip.speaker.removeprefix("s"))
        moved["values"][place] = moved["values"][place] * number + 10 * number
    scores = []
    for name, arrays in (("plain", plain), ("moved", moved)):
        settings = dataclasses.replace(
            job,
            functionals=(save(arrays, f"{name}.npz"),),
            normalization="speaker",
        )
        rng = np.random.default_rng(0)
        division = divide(target, fold_of(target), validation_share=0, rng=rng)
        task = BaselineTask(settings, target, division, 0, rng)
        scores.append(learn_baseline("egemaps_svm", task).log_probabilities)
    np.testing.assert_allclose(*scores, rtol=1e-3, atol=1e-3)


def test_the_svm_tells_emotions_apart_two_by_two(job, load, save, monkeypatch):
    monkeypatch.setattr("pathnet_tf.methods.svm.SVM_COSTS", (0.01,))
    target = load(
        "target",
        emotions=("anger", "fear", "neutral", "sadness"),
        speakers=("s1", "s2", "s3"),
        clips_per_cell=4,
    )
    arrays = content(target)
    arrays["values"][:, 0] *= 0.5  # So that none of them is sure.
    job = dataclasses.replace(job, functionals=(save(arrays),))
    rng = np.random.default_rng(0)
    division = divide(target, fold_of(target), validation_share=0, rng=rng)
    # One emotion has fewer clips, which the SVM is to make up for.
    is_rare = (target.labels == 0) & (target.clip % 2 == 0)
    few = division.train[~is_rare[division.train]]
    division = dataclasses.replace(division, train=few)
    task = BaselineTask(job, target, division, 0, rng)
    got = learn_baseline("egemaps_svm", task)

    values = arrays["values"][::-1]  # In the dataset's order.
    emotions = np.array([target.emotions.index(clip.emotion) for clip in target.clips])
    train = np.unique(target.clip[division.train])
    plain = make_pipeline(
        StandardScaler(),
        SVC(kernel="linear", C=0.01, class_weight="balanced", break_ties=True),
    ).fit(values[train], emotions[train])
    answers = plain.predict(values[target.clip[division.test]])
    np.testing.assert_array_equal(got.log_probabilities.argmax(axis=1), answers)
    assert 0.3 < np.mean(answers == target.labels[division.test]) < 1
    assert got.cost.trained_parameters == 6 * (values.shape[1] + 1)
