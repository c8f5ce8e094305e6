"""Corpora of faces: videos beside the sound, and pictures."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data_tools.corpora import CORPORA, CorpusSource
from data_tools.corpora.known import ravdess
from data_tools.datasets.corpus_check import count_notes
from pathnet_tf.data.dataset_card import read_card
from tests.binary import run_forked


def read(corpus, folder):
    return CorpusSource(corpus, folder, modality="face").read()


def facts(clip):
    return clip.key, clip.speaker, clip.emotion, clip.path.name


def write_label(folder, picture, number):
    person, sequence, _ = picture.split("_")
    path = folder / "Emotion" / person / sequence / f"{picture}_emotion.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"   {number}\n")


def place_of(picture):
    person, sequence, _ = picture.split("_")
    return f"cohn-kanade-images/{person}/{sequence}/{picture}.png"


@pytest.mark.parametrize("number", range(1, 8))
def test_ckplus_takes_the_picture_at_the_peak(tmp_path, touch, number):
    for last in range(1, 4):
        touch(tmp_path, place_of(f"S005_001_{last:08d}"))
    write_label(tmp_path, "S005_001_00000003", f"{number}.0000000e+00")
    reading = read("ckplus", tmp_path)
    emotions = ["anger", "contempt", "disgust", "fear"]
    emotions += ["happiness", "sadness", "surprise"]
    assert list(map(facts, reading.clips)) == [
        (
            "ckplus/S005/S005_001_00000003.png",
            "S005",
            emotions[number - 1],
            "S005_001_00000003.png",
        )
    ]
    assert not reading.problems + reading.left_out


def test_ckplus_leaves_out_sequences_without_a_label(tmp_path, touch):
    touch(tmp_path, *map(place_of, ("S005_001_00000001", "S005_002_00000001")))
    write_label(tmp_path, "S005_001_00000001", "3.0000000e+00")
    (remark,) = read("ckplus", tmp_path).left_out
    assert remark.source == "cohn-kanade-images/S005/002"


@pytest.mark.parametrize("number", ["9.0000000e+00", "2.5000000e+00", "disgust", ""])
def test_ckplus_label_that_is_no_emotion_is_a_problem(tmp_path, touch, number):
    touch(tmp_path, place_of("S005_001_00000001"))
    write_label(tmp_path, "S005_001_00000001", number)
    (problem,) = read("ckplus", tmp_path).problems
    assert "S005_001_00000001_emotion.txt says" in problem.reason


def test_ckplus_label_without_its_picture_is_a_problem(tmp_path, touch):
    touch(tmp_path, place_of("S005_001_00000001"))
    write_label(tmp_path, "S005_001_00000002", "3.0")
    (problem,) = read("ckplus", tmp_path).problems
    assert problem.reason == "there is no picture S005_001_00000002"


def test_real_ckplus_is_understood_in_its_original_layout(real_corpus, tmp_path):
    pictures = real_corpus("ckplus")
    numbers = {word: code for code, word in CORPORA["ckplus"].emotions.items()}
    with (pictures / "clips.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        picture = row["file"].removeprefix("images/").removesuffix(".jpg")
        link = tmp_path / place_of(picture)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to((pictures / row["file"]).resolve())
        write_label(tmp_path, picture, f"{numbers[row['emotion']]}.0000000e+00")
    reading = read("ckplus", tmp_path)
    assert Counter((one.speaker, one.emotion) for one in reading.clips) == Counter(
        (row["speaker"], row["emotion"]) for row in rows
    )
    published = CORPORA["ckplus"].published
    assert len({clip.speaker for clip in reading.clips}) == published.num_speakers
    of_whole = [x for x in count_notes(reading.clips, published) if " of " in x]
    assert not of_whole


def test_jaffe_names_tell_person_and_emotion(tmp_path, touch):
    touch(tmp_path, "KA.AN1.39.tiff", "jaffe/YM.SU3.60.tiff", "KA.XX1.40.tiff")
    reading = read("jaffe", tmp_path)
    assert list(map(facts, reading.clips)) == [
        ("jaffe/KA/KA.AN1.39.tiff", "KA", "anger", "KA.AN1.39.tiff"),
        ("jaffe/YM/YM.SU3.60.tiff", "YM", "surprise", "YM.SU3.60.tiff"),
    ]
    assert [problem.source for problem in reading.problems] == ["KA.XX1.40.tiff"]


@pytest.mark.parametrize(
    ("place", "split"),
    [
        ("train/angry/Training_3908.jpg", "train"),
        ("test/angry/PrivateTest_3908.jpg", "test"),
        ("test/angry/im0.png", "test"),
        ("angry/PublicTest_3908.jpg", "test"),
        ("angry/im0.png", ""),
    ],
)
def test_fer2013_folders_and_names_tell_emotion_and_split(
    tmp_path, touch, place, split
):
    (clip,) = read("fer2013", touch(tmp_path, place)).clips
    assert (clip.speaker, clip.emotion) == ("unknown_speaker", "anger")
    assert (clip.key, clip.split) == (f"fer2013/unknown_speaker/{place}", split)


def test_fer2013_picture_in_no_folder_of_an_emotion_is_a_problem(tmp_path, touch):
    reading = read("fer2013", touch(tmp_path, "sad/a.jpg", "train/b.jpg"))
    assert [problem.source for problem in reading.problems] == ["train/b.jpg"]


def test_fer2013_folder_of_an_emotion_may_be_the_working_folder(
    tmp_path, touch, monkeypatch
):
    touch(tmp_path, "sad/a.jpg")
    monkeypatch.chdir(tmp_path / "sad")
    (clip,) = read("fer2013", Path()).clips
    assert clip.emotion == "sadness"


def test_real_fer2013_is_understood(real_corpus):
    reading = read("fer2013", real_corpus("fer2013"))
    assert (len(reading.clips), reading.problems) == (7178, ())
    assert {clip.split for clip in reading.clips} == {"test"}


def test_ravdess_faces_are_in_the_videos_without_sound(tmp_path, touch):
    names = [f"{kind}-01-05-02-01-01-01" for kind in ("01", "02", "03")]
    endings = [".mp4", ".mp4", ".wav"]
    touch(tmp_path, *(f"Actor_01/{n}{e}" for n, e in zip(names, endings, strict=True)))
    touch(
        tmp_path,
        "Actor_02/01-01-03-02-01-01-02.mp4",
        "Actor_02/02-02-03-02-01-01-02.mp4",
    )
    reading = read("ravdess", tmp_path)
    # The keys are those of the sound, but for the ending.
    assert list(map(facts, reading.clips)) == [
        (
            "ravdess/01/03-01-05-02-01-01-01.mp4",
            "01",
            "anger",
            "02-01-05-02-01-01-01.mp4",
        ),
        (
            "ravdess/02/03-01-03-02-01-01-02.mp4",
            "02",
            "happiness",
            "01-01-03-02-01-01-02.mp4",
        ),
    ]
    assert {remark.reason for remark in reading.left_out} == {
        "a video with sound; the one without sound shows the same",
        "a sound; the videos are read",
        "a song, not speech",
    }
    assert [clip.path.suffix for clip in ravdess.read(tmp_path).clips] == [".wav"]


@pytest.mark.parametrize(
    ("words", "status"), [([], 0), (["--faces=find"], 1)], ids=["cut", "look"]
)
def test_pictures_of_fer2013_are_taken_whole(tmp_path, rng, words, status):
    folder = tmp_path / "fer" / "happy"
    folder.mkdir(parents=True)
    pixels = rng.integers(0, 256, (48, 48), np.uint8)
    for name in ("a", "b"):
        Image.fromarray(pixels).save(folder / f"{name}.png")
    done = run_forked(
        "data_tools.write_faces",
        "--num_workers=1",
        "--corpus=fer2013",
        f"--corpus_dir={folder.parent}",
        f"--output_dir={tmp_path / 'out'}",
        *words,
    )
    assert done.returncode == status, done.stderr
    if status:
        assert "--faces=cut" in done.stderr
    else:
        assert "faces: whole pictures" in done.stdout
        assert read_card(tmp_path / "out").finding["faces"] == "cut"
