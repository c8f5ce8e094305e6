import dataclasses

import numpy as np
import pytest

from pathnet_tf.data import dataset
from pathnet_tf.data.dataset_card import read_card
from pathnet_tf.runtime.errors import DataError


def load(folder, emotions=("anger", "sadness")):
    return dataset.load(str(folder), read_card(folder), emotions)


def test_load_keeps_the_classes_asked_for(write_dataset):
    folder = write_dataset(emotions=("anger", "fear", "sadness"))
    got = load(folder, ("sadness", "anger"))
    assert got.emotions == ("anger", "sadness")
    assert {clip.emotion for clip in got.clips} == {"anger", "sadness"}
    assert len(got.values) == len(got.labels) == 30
    labels = [got.emotions.index(got.clips[clip].emotion) for clip in got.clip]
    assert labels == got.labels.tolist()


def test_load_names_a_class_that_is_not_there(write_dataset):
    folder = write_dataset()
    with pytest.raises(DataError, match="no clip of emotion fear, only anger, sadness"):
        load(folder, ("anger", "fear"))


def test_load_refuses_a_clip_that_the_card_does_not_list(write_dataset):
    folder = write_dataset(
        change_card=lambda card: dataclasses.replace(card, clips=card.clips[1:])
    )
    with pytest.raises(DataError, match=r"a shard holds clip tiny/s1/anger0.wav"):
        load(folder)


def test_load_refuses_segments_that_the_card_counts_otherwise(write_dataset):
    def move_one(card):
        first = dataclasses.replace(card.clips[0], num_segments=3)
        second = dataclasses.replace(card.clips[1], num_segments=2)
        return dataclasses.replace(card, clips=(first, second, *card.clips[2:]))

    with pytest.raises(DataError, match=r"do not hold the segments that dataset.json"):
        load(write_dataset(change_card=move_one))


def test_pool_joins_segments_and_keeps_speakers_apart(write_dataset):
    one, two = load(write_dataset("one")), load(write_dataset("two", seed=1))
    both = dataset.pool([one, two])
    assert both.name == "one+two"
    assert len(set(both.speakers)) == 6
    for rows in (range(len(one.labels)), [3, 0, 3]):
        np.testing.assert_array_equal(both.values[rows], one.values[rows])
    shifted = np.arange(len(two.labels)) + len(one.labels)
    np.testing.assert_array_equal(
        both.values[shifted], two.values[np.arange(len(two.labels))]
    )
    keys = [both.clips[clip].key for clip in both.clip[len(one.labels) :]]
    assert keys == [two.clips[clip].key for clip in two.clip]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layout": "channel,mel_band,frame"}, "differ in layout"),
        ({"scaling": "decibel"}, "differ in scaling: natural log power and decibel"),
        ({"shape": (6, 8, 3)}, r"differ in shape: \(8, 6, 3\) and \(6, 8, 3\)"),
        ({"front_end": {"hop_ms": 12}}, "hop_ms 10.0 and 12"),
        ({"modality": "face"}, "give datasets of one modality"),
        ({"dtype": "float16"}, "differ in dtype: float32 and float16"),
    ],
)
def test_datasets_made_differently_do_not_go_together(change, message, write_dataset):
    one = write_dataset("one")
    two = write_dataset(
        "two", change_card=lambda card: dataclasses.replace(card, **change)
    )
    with pytest.raises(DataError, match=message):
        dataset.read_cards([str(one), str(two)])


def test_load_names_every_class_that_is_not_there(write_dataset):
    folder = str(write_dataset("one", emotions=("anger", "excited")))
    (card,) = dataset.read_cards([folder])
    message = r"no clip of emotion calm, exited \(did you mean excited\?\), only"
    with pytest.raises(DataError, match=message):
        dataset.load(folder, card, ("anger", "calm", "exited"))


def test_every_dataset_is_compared_not_the_first_two_alone(write_dataset):
    alike = [str(write_dataset(name)) for name in ("one", "two")]
    other = write_dataset(
        "three", change_card=lambda card: dataclasses.replace(card, scaling="decibel")
    )
    with pytest.raises(DataError, match=r"three differ in scaling"):
        dataset.read_cards([*alike, str(other)])


def test_load_refuses_a_label_that_was_changed_in_the_card(write_dataset):
    def relabel(card):
        first = dataclasses.replace(card.clips[0], emotion="sadness")
        return dataclasses.replace(card, clips=(first, *card.clips[1:]))

    with pytest.raises(DataError, match=r"anger0.wav is sadness .* but anger in its"):
        load(write_dataset(change_card=relabel))
