import dataclasses

import numpy as np
import pytest

from pathnet_tf.data import dataset
from pathnet_tf.data.dataset_card import read_card
from pathnet_tf.data.fold_inputs import Division, divide, normalize
from pathnet_tf.data.normalization import measure
from pathnet_tf.data.speaker_folds import make_folds
from pathnet_tf.runtime.errors import DataError

EMOTIONS = ("anger", "sadness")


@pytest.fixture
def target(write_dataset):
    folder = write_dataset(speakers=("s1", "s2", "s3", "s4"))
    return dataset.load(str(folder), read_card(folder), EMOTIONS)


def read(inputs):
    """All segments, normalized, in the shape of a segment."""
    return inputs.block(0, len(inputs)).numpy().reshape(len(inputs), 8, 6, 3)


def scaled(values):
    """What training statistics of these values make of themselves."""
    statistics = measure(values)
    return (values - statistics.mean) / statistics.std


@pytest.fixture
def fold(target, rng):
    return make_folds(target.table, protocol="loso", num_folds=0, rng=rng)[1]


def test_statistics_come_from_training_speakers_only(target, fold, rng):
    division = divide(target, fold, validation_share=0, rng=rng)
    shifted = target.values[np.arange(len(target.labels))]
    shifted[division.test] += 1000
    changed = dataclasses.replace(target, values=shifted)
    one, two = (normalize(d, division, "train") for d in (target, changed))
    np.testing.assert_array_equal(one.statistics.mean, two.statistics.mean)
    np.testing.assert_array_equal(read(one.train), read(two.train))
    expected = measure(target.values[fold.train])
    np.testing.assert_array_equal(one.statistics.std, expected.std)


@pytest.fixture
def faces(write_dataset):
    folder = write_dataset("faces", speakers=("s1", "s2", "s3"), modality="face")
    return dataset.load(str(folder), read_card(folder), EMOTIONS)


def test_faces_stay_bytes_until_they_are_read(faces):
    assert faces.values.dtype == np.uint8
    division = Division(*np.split(np.arange(len(faces.labels)), [8, 8]))
    train = normalize(faces, division, "none").train
    assert train.block(0, 8).dtype == "float32"
    expected = faces.values[division.train] / 255
    np.testing.assert_allclose(read(train), expected, rtol=1e-6)


def test_z_scores_of_faces_come_from_the_training_speakers_colours(faces):
    division = Division(*np.split(np.arange(len(faces.labels)), [8, 8]))
    inputs = normalize(faces, division, "train")
    colours = read(inputs.train).reshape(-1, 3)
    np.testing.assert_allclose(colours.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(colours.std(axis=0), 1, atol=1e-5)
    values = faces.values[division.train].astype(float)
    np.testing.assert_allclose(
        inputs.statistics.mean[0], values.mean(axis=(0, 1, 2)), rtol=1e-6
    )


@pytest.mark.parametrize("normalization", ["utterance", "speaker"])
def test_z_scores_of_faces_by_clip_or_speaker_are_by_colour(faces, normalization):
    division = Division(*np.split(np.arange(len(faces.labels)), [8, 8]))
    train = read(normalize(faces, division, normalization).train)
    group = faces.clip[:8]
    if normalization == "speaker":
        group = np.asarray(faces.speakers)[group]
    for one in np.unique(group):
        colours = train[group == one].reshape(-1, 3)
        np.testing.assert_allclose(colours.mean(axis=0), 0, atol=1e-5)


def test_statistics_leave_validation_speakers_out(target, fold, rng):
    division = divide(target, fold, validation_share=0.3, rng=rng)
    assert len(division.validation)
    got = normalize(target, division, "train").statistics
    expected = measure(target.values[division.train])
    np.testing.assert_array_equal(got.mean, expected.mean)


def test_validation_speakers_neither_train_nor_test(target, fold, rng):
    division = divide(target, fold, validation_share=0.3, rng=rng)
    speakers = np.asarray(target.speakers)[target.clip]
    sides = [
        set(speakers[part])
        for part in (division.train, division.validation, division.test)
    ]
    assert not sides[0] & sides[1]
    assert not sides[1] & sides[2]
    assert set.union(*sides) == set(target.speakers)
    assert sides[2] == {"s2"}


@pytest.mark.parametrize("normalization", ["utterance", "speaker"])
def test_own_statistics_make_every_group_zero_mean(target, fold, rng, normalization):
    division = divide(target, fold, validation_share=0, rng=rng)
    test = read(normalize(target, division, normalization).test)
    group = target.clip[division.test] if normalization == "utterance" else None
    for members in (
        [group == g for g in np.unique(group)] if group is not None else [...]
    ):
        np.testing.assert_allclose(test[members].mean(axis=(0, 1)), 0, atol=1e-5)


def test_a_class_without_a_training_example_is_named(target, fold, rng):
    # Every sadness clip belongs to the held-out speaker.
    labels = target.labels.copy()
    labels[fold.train] = 0
    broken = dataclasses.replace(target, labels=labels)
    with pytest.raises(
        DataError, match=r"Emotion sadness has no training example in fold s2 of tiny"
    ):
        divide(broken, fold, validation_share=0, rng=rng)


def test_held_out_segments_are_scaled_by_the_training_statistics(target, fold, rng):
    division = divide(target, fold, validation_share=0, rng=rng)
    got = read(normalize(target, division, "train").test)
    statistics = measure(target.values[fold.train])
    expected = (target.values[fold.test] - statistics.mean) / statistics.std
    np.testing.assert_array_equal(got, expected)


def test_speaker_statistics_span_all_of_a_speakers_clips(target, fold, rng):
    division = divide(target, fold, validation_share=0, rng=rng)
    of_speaker = target.values[fold.test]  # One speaker is left out.
    got = read(normalize(target, division, "speaker").test)
    np.testing.assert_array_equal(got, scaled(of_speaker))


def test_speaker_means_are_taken_off_and_training_deviations_divide(target, fold, rng):
    division = divide(target, fold, validation_share=0.0, rng=rng)
    inputs = normalize(target, division, "speaker_mean")
    speakers = np.asarray(target.speakers)[target.clip]

    def centred(rows):
        values = np.asarray(target.values[rows], np.float64)
        for speaker in np.unique(speakers[rows]):
            own = speakers[rows] == speaker
            values[own] -= values[own].mean(axis=(0, 1))
        return values

    train = centred(division.train)
    deviation = np.sqrt(np.square(train).mean(axis=(0, 1)))
    for part, rows in ((inputs.train, division.train), (inputs.test, division.test)):
        np.testing.assert_allclose(read(part), centred(rows) / deviation, atol=1e-4)
    assert inputs.statistics is None


def test_an_unknown_normalization_is_refused(target, fold, rng):
    division = divide(target, fold, validation_share=0, rng=rng)
    with pytest.raises(ValueError, match="Received: normalization='trian'"):
        normalize(target, division, "trian")
