"""Folders of the user's own clips."""

import re

import pytest

from data_tools.corpora import CorpusSource
from pathnet_tf.data.dataset_card import read_card
from pathnet_tf.runtime.errors import DataError, UsageError
from tests.binary import run_forked


def read(folder, **options):
    return CorpusSource("", folder, are_folders=True, **options).read()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            ["Ann/Joy/a.wav", "Bob/sad/b.mp4"],
            {("Ann", "happiness", ""), ("Bob", "sadness", "")},
        ),
        (
            ["joy/Ann/a.wav", "sad/Joy/b.wav"],
            {("Ann", "happiness", ""), ("Joy", "sadness", "")},
        ),
        # Both may be emotions: then the innermost is one.
        (["Joy/anger/a.wav"], {("Joy", "anger", "")}),
        (
            ["Train/Ann/joy/a.wav", "test/Bob/sad/b.wav"],
            {("Ann", "happiness", "train"), ("Bob", "sadness", "test")},
        ),
        (["lab/Ann/joy/a.wav"], {("lab Ann", "happiness", "")}),
    ],
    ids=["person first", "emotion first", "both", "split", "deep"],
)
def test_folders_tell_person_emotion_and_split(tmp_path, touch, names, expected):
    reading = read(touch(tmp_path, *names), corpus_name="own")
    assert {(one.speaker, one.emotion, one.split) for one in reading.clips} == expected
    assert sorted(one.key for one in reading.clips) == sorted(
        f"own/{one.speaker}/{one.path.relative_to(tmp_path)}" for one in reading.clips
    )
    assert not reading.problems


def test_people_may_be_unknown(tmp_path, touch):
    folder = touch(tmp_path, "train/joy/a.wav", "test/sad/x/b.wav", "test/sad/c.wav")
    source = CorpusSource("", folder, are_folders=True, has_people=False)
    facts = {(one.speaker, one.emotion, one.split) for one in source.read().clips}
    assert facts == {
        ("unknown_speaker", "happiness", "train"),
        ("unknown_speaker", "sadness", "test"),
    }
    assert "no target of folds by speaker" in source.caution


def test_folders_without_people_must_be_said_to_be_so(tmp_path, touch):
    folder = touch(tmp_path, "joy/a.wav", "joy/b.wav", "sad/Ann/b.wav")
    with pytest.raises(
        DataError, match=r"in 2 files, such as joy/a\.wav; .*--no_people"
    ):
        read(folder)


def test_words_of_the_users_own_are_emotions(tmp_path, touch):
    folder = touch(tmp_path, "bliss/Ann/a.wav", "7/Ann/b.wav", "zeal/Ann/c.wav")
    words = {"bliss": "happiness", "7": "anger", "zeal": "zeal"}
    emotions = {clip.emotion for clip in read(folder, emotion_map=words).clips}
    assert emotions == set(words.values())
    with pytest.raises(UsageError, match="--emotion_map names blis, which no clip is"):
        read(folder, emotion_map={"blis": "happiness"})


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "train/Ann/bliss/b.wav",
            "in the folder of an emotion; .*=bliss:anger",
        ),
        ("train/b.wav", "not lie in the folder of an emotion"),
        ("val/Ann/joy/b.wav", "lies beside the folders train and test"),
        ("train/unknown/joy/b.wav", "its person is 'unknown', a missing value"),
    ],
)
def test_files_that_tell_nothing_are_problems(tmp_path, touch, name, reason):
    reading = read(touch(tmp_path, "train/Ann/joy/a.wav", name))
    (problem,) = reading.problems
    assert problem.source == name
    assert re.search(reason, problem.reason)
    assert len(reading.clips) == 1


def test_the_modality_chooses_the_files(tmp_path, touch):
    names = ["a.wav", "b.png", "c.avi", "d.xyz"]
    folder = touch(tmp_path, *(f"Ann/joy/{name}" for name in names))
    for modality, expected in (("speech", "ac"), ("face", "bc")):
        reading = read(folder, modality=modality)
        assert "".join(clip.path.stem for clip in reading.clips) == expected
        assert "1 .xyz" in reading.passed_over


def test_a_folder_without_clips_says_what_to_give(tmp_path):
    with pytest.raises(DataError, match=r"No recordings under .*PERSON/EMOTION/file"):
        read(tmp_path)
    with pytest.raises(DataError, match="No corpus folder at"):
        read(tmp_path / "gone")


def test_a_dataset_of_unknown_people_is_no_target(tmp_path, speak):
    names = [f"{emotion}/{n}.wav" for emotion in ("joy", "sad") for n in "12"]
    folder = speak(tmp_path / "own", *names, seconds=1)
    words = [f"--clips={folder}", f"--output_dir={tmp_path / 'out'}"]
    refused = run_forked("data_tools.write_mels", "--num_workers=1", *words)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "say --no_people" in refused.stderr
    done = run_forked("data_tools.write_mels", "--num_workers=1", "--no_people", *words)
    assert done.returncode == 0, done.stderr
    assert "caution: nobody knows who is seen or heard" in done.stdout
    card = read_card(tmp_path / "out")
    assert (card.corpus, card.speakers) == ("own", ("unknown_speaker",))
    run = run_forked(
        "pathnet_tf.transfer",
        f"--target={tmp_path / 'out'}",
        f"--run_dir={tmp_path / 'run'}",
        "--method=scratch",
    )
    assert run.returncode == 1
    assert "needs at least 2 speakers in the target, it has 1" in run.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--clips=a", "--manifest=b"], "Name one corpus"),
        (["--manifest=b", "--no_people"], "--no_people is for --clips"),
    ],
)
def test_wrong_use_is_one_line(words, message):
    done = run_forked("data_tools.check_corpus", *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert message in done.stderr
