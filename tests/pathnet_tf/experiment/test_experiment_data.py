import dataclasses
import shutil
from pathlib import Path

import pytest

from pathnet_tf.data.dataset_card import read_card
from pathnet_tf.experiment.experiment_data import (
    read_experiment_data,
    target_emotions,
)
from pathnet_tf.experiment.settings import DataSettings, ExperimentSettings
from pathnet_tf.runtime.errors import DataError
from tests.tiny import write_tiny

SIX = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")


def read(sources, target, **settings):
    sources = tuple(map(str, sources))
    data = DataSettings(sources=sources, target=str(target), **settings)
    return read_experiment_data(ExperimentSettings(data=data, run_dir=Path("run")))


def test_pooled_sources_share_their_emotions(write_dataset):
    one = write_dataset("one", emotions=("anger", "fear", "sadness"))
    two = write_dataset("two", emotions=("anger", "neutral", "sadness"))
    data = read([one, two], write_dataset("three"))
    (source,) = data.sources
    assert source.emotions == ("anger", "sadness")
    assert source.name == "one+two"


def test_pooled_sources_give_the_named_emotions_that_any_has(write_dataset):
    one = write_dataset("one", emotions=("anger", "fear", "sadness"))
    two = write_dataset("two", emotions=("anger", "neutral"))
    target = write_dataset("three", emotions=("anger", "fear", "neutral"))
    data = read([one, two], target, emotions=("anger", "fear", "neutral"))
    (source,) = data.sources
    assert source.emotions == ("anger", "fear", "neutral")
    said = [source.emotions[label] for label in source.labels]
    assert said == [source.clips[clip].emotion for clip in source.clip]


def test_source_emotions_that_no_pooled_source_has_are_named(write_dataset):
    one = write_dataset("one", emotions=("anger", "fear"))
    two = write_dataset("two", emotions=("anger", "sadness"))
    with pytest.raises(DataError, match=r"None of .* has calm; leave it out"):
        read([one, two], write_dataset("three"), source_emotions=("anger", "calm"))


def test_pooled_source_without_a_named_emotion_is_refused(write_dataset):
    one = write_dataset("one", emotions=("anger", "fear"))
    two = write_dataset("two", emotions=("neutral", "sadness"))
    with pytest.raises(DataError, match=r"two has none of anger, fear"):
        read([one, two], write_dataset("three"), source_emotions=("anger", "fear"))


@pytest.mark.parametrize("role", ["source", "target"])
def test_scaling_by_speakers_of_one_emotion_must_be_insisted_on(write_dataset, role):
    def split_speakers(card):
        clips = (
            dataclasses.replace(clip, speaker=f"{clip.speaker}_{clip.emotion}")
            for clip in card.clips
        )
        return dataclasses.replace(card, clips=tuple(clips))

    odd = write_dataset("odd", change_card=split_speakers)
    even = write_dataset("even")
    source, target = (odd, even) if role == "source" else (even, odd)
    data = DataSettings(sources=(str(source),), target=str(target))
    settings = ExperimentSettings(
        data=data, run_dir=Path("run"), normalization="speaker"
    )
    with pytest.raises(DataError, match=r"speakers of odd show one emotion.*insist"):
        read_experiment_data(settings)
    read_experiment_data(dataclasses.replace(settings, allow_confounded=True))


def test_sequential_sources_keep_their_own_emotions(write_dataset):
    one = write_dataset("one", emotions=("anger", "fear", "sadness"))
    two = write_dataset("two", emotions=("anger", "neutral", "sadness"))
    data = read([one, two], write_dataset("three"), source_mode="sequential")
    assert [source.emotions for source in data.sources] == [
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
    data = read([], folder, emotions=("anger", "fear"))
    assert data.target.emotions == ("anger", "fear")


def test_a_source_that_holds_a_held_out_recording_is_refused(write_dataset, tmp_path):
    target = write_dataset("one")
    shutil.copytree(target, tmp_path / "copy")
    with pytest.raises(DataError, match=r"Source one holds .*one/s1/anger0.wav"):
        read([tmp_path / "copy"], target)


def other_recordings(card):
    """The same speakers' clips, as if recorded on another day."""
    clips = tuple(dataclasses.replace(clip, sha256=clip.key) for clip in card.clips)
    return dataclasses.replace(card, clips=clips)


@pytest.mark.parametrize("speaker", ["s1", "s3"])
def test_a_source_with_a_held_out_speaker_is_refused(speaker, write_dataset, tmp_path):
    target = write_dataset("one")
    source = write_tiny(
        tmp_path / "elsewhere", "one", speakers=[speaker], change_card=other_recordings
    )
    with pytest.raises(DataError, match=f"holds out: one/{speaker}/anger0.wav"):
        read([source], target)


def test_a_source_with_a_held_out_recording_under_another_name_is_refused(
    write_dataset,
):
    target = write_dataset("one")

    def same_recordings(card):
        clips = tuple(
            dataclasses.replace(clip, sha256=known.sha256)
            for clip, known in zip(card.clips, read_card(target).clips, strict=True)
        )
        return dataclasses.replace(card, clips=clips)

    source = write_dataset("two", speakers=("x", "y", "z"), change_card=same_recordings)
    with pytest.raises(DataError, match="Source two holds"):
        read([source], target)


def test_every_source_of_a_chain_is_checked(write_dataset, tmp_path):
    target = write_dataset("one")
    leaking = write_tiny(tmp_path / "elsewhere", "one")
    with pytest.raises(DataError, match="Source one holds"):
        read([write_dataset("two"), leaking], target, source_mode="sequential")


def test_a_source_made_differently_from_the_target_is_refused(write_dataset):
    source = write_dataset(
        "one", change_card=lambda card: dataclasses.replace(card, scaling="decibel")
    )
    with pytest.raises(DataError, match="differ in scaling"):
        read([source], write_dataset("two"))


def test_a_split_from_the_table_makes_one_fold(write_dataset):
    folder = write_dataset(split_of=lambda s: "test" if s == "s2" else "train")
    (fold,) = read([], folder, protocol="split").folds
    assert (len(fold.train), len(fold.test)) == (20, 10)


@pytest.mark.parametrize(
    ("corpus", "expected"), [("enterface", "speaker_kfold"), ("emodb", "loso")]
)
def test_the_usual_protocol_is_the_corpus_s(corpus, expected, write_dataset):
    folder = write_dataset(corpus)
    assert read([], folder, num_folds=2).protocol == expected
    assert read([], folder, num_folds=2, protocol="loso").protocol == "loso"


@pytest.mark.parametrize("name", ["pooled", "all_speakers"])
def test_a_speaker_called_like_a_row_of_the_results_is_refused(name, write_dataset):
    with pytest.raises(DataError, match=f"is called {name}"):
        read([], write_dataset(speakers=("s1", name)))


def test_one_class_is_nothing_to_recognize(write_dataset):
    with pytest.raises(DataError, match="nothing to tell apart but anger"):
        read([], write_dataset(emotions=("anger",)))


def test_corpora_of_the_same_name_cannot_be_pooled(write_dataset, tmp_path):
    one = write_dataset("one")
    same = write_tiny(tmp_path / "elsewhere", "one", change_card=other_recordings)
    with pytest.raises(DataError, match="--corpus_name"):
        read([one, same], write_dataset("two"))
