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
