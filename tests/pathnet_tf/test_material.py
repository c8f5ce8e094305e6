import dataclasses
import shutil

import pytest

from pathnet_tf.errors import DataError
from pathnet_tf.material import DataSettings, read_material, target_emotions
from pathnet_tf.records import read_card

SIX = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")


def read(sources, target, **settings):
    return read_material(
        DataSettings(tuple(map(str, sources)), str(target), **settings)
    )


def test_pooled_sources_share_their_emotions(write_dataset):
    one = write_dataset("one", emotions=("anger", "fear", "sadness"))
    two = write_dataset("two", emotions=("anger", "neutral", "sadness"))
    material = read([one, two], write_dataset("three"))
    (source,) = material.sources
    assert source.emotions == ("anger", "sadness")
    assert source.name == "one+two"


def test_sequential_sources_keep_their_own_emotions(write_dataset):
    one = write_dataset("one", emotions=("anger", "fear", "sadness"))
    two = write_dataset("two", emotions=("anger", "neutral", "sadness"))
    material = read([one, two], write_dataset("three"), source_mode="sequential")
    assert [source.emotions for source in material.sources] == [
        ("anger", "fear", "sadness"),
        ("anger", "neutral", "sadness"),
    ]


def test_sources_that_share_too_little_cannot_be_pooled(write_dataset):
    one = write_dataset("one", emotions=("anger", "fear"))
    two = write_dataset("two", emotions=("neutral", "sadness"))
    with pytest.raises(DataError, match=r"share 0 emotions.*sequential"):
        read([one, two], write_dataset("three"))


@pytest.mark.parametrize(
    ("corpus", "source_emotions", "expected"),
    [
        ("savee", [SIX], SIX),
        ("savee", [(*SIX, "neutral")], (*SIX, "neutral")),
        ("savee", [], (*SIX, "neutral")),
        ("emodb", [SIX], (*SIX, "neutral")),
    ],
)
def test_neutral_is_dropped_from_savee_alone(
    corpus, source_emotions, expected, write_dataset
):
    card = read_card(write_dataset())
    target = dataclasses.replace(card, corpus=corpus, emotions=(*SIX, "neutral"))
    sources = [dataclasses.replace(card, emotions=e) for e in source_emotions]
    assert target_emotions(target, sources, ()) == expected


def test_emotions_that_are_named_are_taken(write_dataset):
    folder = write_dataset(emotions=("anger", "fear", "sadness"))
    material = read([], folder, emotions=("anger", "fear"))
    assert material.target.emotions == ("anger", "fear")


def test_a_source_that_holds_a_held_out_recording_is_refused(write_dataset, tmp_path):
    target = write_dataset("one")
    shutil.copytree(target, tmp_path / "copy")
    with pytest.raises(DataError, match=r"Source one holds .*one/s1/anger0.wav"):
        read([tmp_path / "copy"], target)


def test_a_source_with_a_held_out_speaker_is_refused(write_dataset):
    target = write_dataset("one")

    def rename(card):
        clips = tuple(
            dataclasses.replace(clip, key=clip.key.replace("two/", "one/", 1))
            for clip in card.clips
        )
        return dataclasses.replace(card, clips=clips)

    source = write_dataset("two", change_card=rename)
    with pytest.raises(DataError, match=r"holds .*that the target holds out|a shard"):
        read([source], target)


def test_a_split_from_the_table_makes_one_fold(write_dataset):
    folder = write_dataset(split_of=lambda s: "test" if s == "s2" else "train")
    (fold,) = read([], folder, protocol="split").folds
    assert (len(fold.train), len(fold.test)) == (20, 10)
