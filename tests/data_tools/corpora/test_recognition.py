import pytest

from data_tools.corpora import CORPORA, CorpusSource
from data_tools.corpora.recognition import corpus_named
from pathnet_tf.runtime.errors import DataError, UsageError


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("emodb", "emodb"),
        ("EmoDB", "emodb"),
        ("EMO-DB", "emodb"),
        ("emodb2.0", "emodb"),
        ("crema", "cremad"),
        ("CREMA-D", "cremad"),
        ("JL Corpus", "jl_corpus"),
        ("eNTERFACE'05", "enterface"),
        ("ravdess_song", "ravdess_song"),
    ],
)
def test_words_that_people_type(word, name):
    assert corpus_named(word, CORPORA.values()).name == name


@pytest.mark.parametrize(
    ("word", "guess"),
    [
        ("ravdes", "did you mean ravdess"),
        ("esd", "did you mean esd_english or esd_mandarin?"),
        ("tes", "did you mean tess?"),
        ("zzz", "known here; python -m data_tools.check_corpus --list"),
    ],
)
def test_a_word_for_no_corpus_is_refused(word, guess):
    with pytest.raises(UsageError, match=guess):
        corpus_named(word, CORPORA.values())


def test_no_word_stands_for_two_corpora():
    for corpus in CORPORA.values():
        for word in (corpus.name, corpus.title, *corpus.other_names):
            assert corpus_named(word, CORPORA.values()) == corpus


@pytest.mark.parametrize("asked", ["emodb", "urdu", "savee", "enterface", "ravdess"])
def test_another_corpus_is_recognized(tmp_path, touch, asked):
    files = [f"AudioWAV/{speaker}_DFA_ANG_XX.wav" for speaker in range(1001, 1004)]
    touch(tmp_path, *files, "AudioWAV/odd.wav")
    message = (
        f"{tmp_path} looks like CREMA-D: 3 files such as AudioWAV/1001_DFA_ANG_XX.wav; "
        "use --corpus=cremad"
    )
    with pytest.raises(DataError) as error:
        CorpusSource(asked, tmp_path).read()
    assert str(error.value) == message


def test_songs_are_recognized_though_they_are_left_out(tmp_path, touch):
    touch(tmp_path, "Actor_01/03-02-03-02-02-01-01.wav")
    with pytest.raises(DataError, match=r"looks like RAVDESS songs.*ravdess_song$"):
        CorpusSource("ravdess", tmp_path).read()


def test_a_few_odd_files_do_not_make_another_corpus(tmp_path, touch):
    touch(tmp_path, "03a01Fa.wav", "03a01Wa.wav", "odd.wav", "1001_DFA_ANG_XX.wav")
    reading = CorpusSource("emodb", tmp_path).read()
    assert (len(reading.clips), len(reading.problems)) == (2, 2)


def test_files_of_no_corpus_are_problems_as_ever(tmp_path, touch):
    touch(tmp_path, "one.wav", "other.wav")
    with pytest.raises(DataError, match=r"None of 2 recordings under .* has a label"):
        CorpusSource("emodb", tmp_path).read()
