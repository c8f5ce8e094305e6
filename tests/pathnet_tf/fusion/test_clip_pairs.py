import pytest

from pathnet_tf.fusion.clip_pairs import pair_keys


@pytest.mark.parametrize(
    ("speech", "face"),
    [
        ("savee/DC/sa03.wav", "savee/DC/sa03.avi"),
        ("enterface/7/anger/sentence 3/s7_an_3.avi",) * 2,
        ("enterface/16/s16_su_3avi.avi",) * 2,
        ("mine/a/x.wav#1.0-2.5", "mine/a/x.mp4#1.0-2.5"),
        ("mine/a/x.wav#1e-05-", "mine/a/x.mp4#1e-05-"),
        ("mine/a/x.y.wav", "mine/a/x.y.avi"),
        ("mine/a/take#2.wav", "mine/a/take#2.avi"),
        ("mine/a/x", "mine/a/x.avi"),
        ("mine/a/audio/x.wav", "mine/a/video/x.avi"),
        ("mine/a/x.wav", "mine/a/video/one/x.avi"),
    ],
)
def test_keys_that_differ_in_ending_or_folder_are_paired(speech, face):
    assert pair_keys([speech], [face]) == [(0, 0)]


@pytest.mark.parametrize(
    ("speech", "face"),
    [
        ("savee/DC/sa03.wav", "savee/JE/sa03.avi"),
        ("savee/DC/sa03.wav", "savee/DC/sa04.avi"),
        ("mine/a/x.wav#1.0-2.5", "mine/a/x.avi#2.5-4.0"),
        ("mine/a/x.wav#1.0-2.5", "mine/a/x.avi"),
        ("mine/a/x.y.wav", "mine/a/x.z.avi"),
        ("mine/a/x.wav", "yours/a/x.wav"),
    ],
)
def test_other_recordings_are_not_paired(speech, face):
    assert pair_keys([speech], [face]) == []


def test_the_same_folder_goes_before_another_one():
    speech = ["m/a/one/x.wav", "m/a/two/x.wav", "m/a/three/y.wav"]
    face = ["m/a/four/y.avi", "m/a/two/x.avi", "m/a/five/x.avi"]
    assert pair_keys(speech, face) == [(0, 2), (1, 1), (2, 0)]


def test_what_could_be_paired_in_two_ways_is_not():
    assert pair_keys(["m/a/x.wav", "m/a/x.mp3"], ["m/a/x.avi"]) == []
    assert pair_keys(["m/a/x.wav"], ["m/a/1/x.avi", "m/a/2/x.avi"]) == []
