import pytest

from data_tools.corpora.known import enterface
from pathnet_tf.runtime.errors import DataError


def labels(reading):
    return {clip.key: (clip.speaker, clip.emotion) for clip in reading.clips}


@pytest.mark.parametrize(
    "subject", ["subject 7", "Subject 07", "subject_7", "SUBJECT7"]
)
def test_subject_folders_are_compared_as_numbers(tmp_path, touch, subject):
    touch(tmp_path, f"enterface database/{subject}/Anger/sentence 3/s7_an_3.avi")
    assert labels(enterface.read(tmp_path)) == {
        "enterface/7/Anger/sentence 3/s7_an_3.avi": ("7", "anger")
    }


@pytest.mark.parametrize(
    ("name", "speaker", "emotion"),
    [
        ("subject 11/fear/sentence 1/s12_fe_1.avi", "11", "fear"),
        ("subject 3/sadness/sentence 5/s_3_sa_5.avi", "3", "sadness"),
        ("subject 16/surprise/sentence 3/s16_su_3avi.avi", "16", "surprise"),
        ("subject 4/disgust/sentence 2/s4_an_2.avi", "4", "disgust"),
    ],
)
def test_trusts_folders(tmp_path, touch, name, speaker, emotion):
    touch(tmp_path, name)
    (clip,) = enterface.read(tmp_path).clips
    assert (clip.speaker, clip.emotion) == (speaker, emotion)


@pytest.mark.parametrize(
    ("name", "num_notes"),
    [
        ("subject 11/fear/sentence 1/s12_fe_1.avi", 1),
        ("subject 4/disgust/sentence 2/s4_an_2.avi", 1),
        ("subject 3/sadness/sentence 5/s_3_sa_5.avi", 0),
        ("subject 16/surprise/sentence 3/s16_su_3avi.avi", 0),
    ],
)
def test_notes_names_that_contradict_folders(tmp_path, touch, name, num_notes):
    touch(tmp_path, name)
    assert len(enterface.read(tmp_path).notes) == num_notes


@pytest.mark.parametrize(
    ("subjects", "speakers"),
    [
        ("no_s6", ["1", "23"]),
        ("all", ["1", "23", "6"]),
        ("clean42", ["1"]),
    ],
)
def test_subjects_left_out(tmp_path, touch, subjects, speakers):
    touch(
        tmp_path,
        "subject 1/anger/sentence 1/s1_an_1.avi",
        "subject 6/anger/s6_an.avi",
        "subject 23/anger/sentence 1/s23_an_1.avi",
    )
    reading = enterface.read(tmp_path, subjects=subjects)
    assert [clip.speaker for clip in reading.clips] == speakers
    assert len(reading.clips) + len(reading.left_out) == 3


@pytest.mark.parametrize(
    "name", ["s7_an_3.avi", "subject 45/anger/s45_an_1.avi", "subject 7/joyful/x.avi"]
)
def test_misplaced_file_is_a_problem(tmp_path, touch, name):
    touch(tmp_path, name)
    assert [remark.source for remark in enterface.read(tmp_path).problems] == [name]


def test_faces_are_in_the_videos_alone(tmp_path, touch):
    place = "subject 7/anger/sentence 3/s7_an_3"
    folder = touch(tmp_path, f"{place}.avi", f"{place}.wav", "subject 6/anger/s6.avi")
    reading = enterface.read(folder, modality="face")
    assert labels(reading) == {
        "enterface/7/anger/sentence 3/s7_an_3.avi": ("7", "anger")
    }
    assert {remark.reason for remark in reading.left_out} == {
        "a sound; the videos are read",
        "subject 6 (not in no_s6)",
    }


def test_sound_beside_its_video_is_refused(tmp_path, touch):
    stem = "subject 7/anger/sentence 3/s7_an_3"
    touch(tmp_path, f"{stem}.avi", f"{stem}.wav")
    with pytest.raises(DataError, match="more than once"):
        enterface.read(tmp_path)
