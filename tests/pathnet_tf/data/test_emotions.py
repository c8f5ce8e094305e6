import pytest

from pathnet_tf.data import emotions
from pathnet_tf.runtime.errors import UsageError


def test_every_word_means_one_emotion():
    words = [word for known in emotions.ALIASES.values() for word in known]
    assert len({*words, *emotions.EMOTIONS}) == len(words) + len(emotions.EMOTIONS)


def test_emotions_are_sorted():
    assert list(emotions.EMOTIONS) == sorted(emotions.EMOTIONS)


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("Angry", "anger"),
        ("ps", "pleasant_surprise"),
        ("Pleasant Surprise", "pleasant_surprise"),
        ("excited", "excited"),
        ("low arousal", "low_arousal"),
        ("Apologetic", "apologetic"),
        ("bad", "bad"),
    ],
)
def test_word_becomes_a_label(word, label):
    assert emotions.emotion_of(word) == label


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("hapiness", "did you mean happiness"),
        ("sadnes", "did you mean sadness"),
        ("Wut", "did you mean anger"),
        ("gioia", "did you mean happiness"),
        ("03", "is a code; .*emotion_map=03:"),
        ("W", "is a code"),
        ("a/b", "is no label"),
        ("", "is no label"),
    ],
)
def test_word_that_cannot_be_meant_is_refused(word, message):
    with pytest.raises(ValueError, match=message):
        emotions.emotion_of(word)


def test_mapping_is_asked_before_everything_else():
    mapping = emotions.parse_emotion_map(
        ["03:anger", "exc:happiness", "wut:wut", "joy:delight", "arousal 1:low"]
    )
    words = ["03", "excited", "exc", "Wut", "joy", "happy", "Arousal-1"]
    assert [emotions.emotion_of(word, mapping) for word in words] == [
        *("anger", "excited", "happiness", "wut", "delight", "happiness", "low")
    ]


def test_mapping_of_an_emotion_takes_its_other_words_along():
    mapping = emotions.parse_emotion_map(["excited:happiness"])
    assert emotions.emotion_of("exc", mapping) == "happiness"


def test_wrong_mappings_are_all_named():
    with pytest.raises(UsageError) as error:
        emotions.parse_emotion_map(["anger", "ps:suprise", "a:fear", "a:calm"])
    for part in ("'anger' is no word:label", "did you mean surprise", "both fear and"):
        assert part in str(error.value)


def test_labels_of_a_corpus_are_renamed():
    mapping = emotions.parse_emotion_map(["ps:surprise"])
    assert emotions.renamed(["pleasant_surprise", "fear"], mapping) == [
        *("surprise", "fear")
    ]


def test_mapping_must_name_what_occurs():
    with pytest.raises(UsageError, match="names exited, which no clip is"):
        emotions.require_used({"exited": "happiness"}, ["excited", "fear"])


@pytest.mark.parametrize(("word", "meant"), [("joy", "happiness"), ("Sad", "sadness")])
def test_a_word_that_means_another_emotion_cannot_be_kept(word, meant):
    with pytest.raises(UsageError, match=f"'{word}' means {meant} .* cannot be kept"):
        emotions.parse_emotion_map([f"{word}:{word}"])


def test_an_emotion_may_be_kept():
    assert emotions.parse_emotion_map(["calm:calm"]) == {"calm": "calm"}


def test_flag_takes_words_for_emotions_and_any_other_as_it_is():
    assert emotions.read_labels(["Sad", "happy", "Freude", "low arousal", "hapy"]) == (
        *("freude", "happiness", "hapy", "low_arousal", "sadness"),
    )


@pytest.mark.parametrize("words", [["fear"], ["fear", "scared"], ["fear", ""]])
def test_flag_wants_two_different_emotions(words):
    with pytest.raises(ValueError, match="at least two different"):
        emotions.read_labels(words)


def test_words_that_are_absent_are_named_with_what_was_meant():
    told = emotions.with_guesses(["hapy", "angst", "xyz"], ["fear", "happiness"])
    assert told == "hapy (did you mean happiness?), angst (did you mean fear?), xyz"
