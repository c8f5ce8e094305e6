import pytest

from pathnet_tf.data.sentences import CORPORA, sentence_of


@pytest.mark.parametrize(
    ("corpus", "file", "sentence"),
    [
        ("emodb", "wav/03a01Fa.wav", "a01"),
        ("emodb", "16b10Tb.flac", "b10"),
        ("ravdess", "Actor_01/03-01-05-02-01-02-01.wav", "statement 01"),
        ("savee", "AudioData/DC/sa03.wav", "sa03"),
        ("savee", "DC_sa3.wav", "sa03"),
        ("savee", "JE/a01.wav", "a01"),
        ("enterface", "subject 7/anger/sentence 3/s7_an_3.avi", "an3"),
        # Folders are believed, as names contradict them here and there.
        ("enterface", "subject 7/fear/sentence 2/s7_an_3.avi", "fe2"),
        ("enterface", "s_3_di_1.avi", "di1"),
        ("enterface", "s16_su_3avi.avi", "su3"),
    ],
)
def test_names_tell_the_sentence(corpus, file, sentence):
    assert sentence_of(corpus, file) == sentence


@pytest.mark.parametrize("corpus", CORPORA)
def test_other_names_tell_nothing(corpus):
    assert sentence_of(corpus, "folder/holiday.wav") == ""
