import pytest

from pathnet_tf.data.confounding import measure_confounding


@pytest.mark.parametrize(
    ("speakers", "emotions", "num_single", "is_serious"),
    [
        ("aabb", ("anger", "fear", "anger", "fear"), 0, False),
        ("aabb", ("anger", "fear", "anger", "anger"), 1, True),
        ("aabbcc", ("anger", "fear", "anger", "fear", "fear", "fear"), 1, False),
        ("abcd", ("anger", "fear", "anger", "fear"), 4, True),
        ("aab", ("anger", "anger", "anger"), 0, False),
        ("", (), 0, False),
    ],
)
def test_speakers_of_one_emotion_are_counted(
    speakers, emotions, num_single, is_serious
):
    found = measure_confounding("mine", list(speakers), emotions)
    assert (found.num_single, found.is_serious) == (num_single, is_serious)


def test_an_emotion_of_speakers_who_show_no_other_is_named():
    speakers = ["a", "a", "b", "b", "c", "d", "e"]
    emotions = ["anger", "fear", "anger", "contempt", "contempt", "contempt", "fear"]
    found = measure_confounding("mine", speakers, emotions)
    assert found.given_away == {"contempt": (2, 3)}
    said = "2 of 3 clips of contempt in mine are of speakers who show no other emotion"
    assert found.remark == said
    assert measure_confounding("mine", speakers[:4], emotions[:4]).remark == ""
