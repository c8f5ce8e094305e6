"""Each corpus that is known by name: its layout, its quirks, its counts."""

import pytest

from data_tools.corpora import CORPORA, CorpusSource
from pathnet_tf.data.emotions import emotion_of
from pathnet_tf.data.sentences import CORPORA as SENTENCES
from pathnet_tf.data.sentences import sentence_of
from pathnet_tf.report import names
from pathnet_tf.runtime.errors import DataError

# Corpus, file, then speaker, emotion, sentence and sex of the clip.
CLIPS = [
    ("aesdd", "anger/a06 (5).wav", ("5", "anger", "6", "")),
    ("aesdd", "sadness/s6 (2)b.wav", ("2", "sadness", "6", "")),
    ("aesdd", "fear/f10 (01).wav", ("1", "fear", "10", "")),
    ("ased", "01Neutral/n2-03-01-01-07.wav", ("07", "neutral", "n03", "")),
    ("ased", "04Sad/S1-05-02-02-65.wav", ("65", "sadness", "s05", "")),
    ("cafe", "Col\u00e8re/Faible/01-C-1-4.wav", ("01", "anger", "4", "male")),
    ("cafe", "D\u0082go\u2013t/Fort/12-D-2-6.aiff", ("12", "disgust", "6", "female")),
    ("cafe", "Neutre/03-N-1-1.wav", ("03", "neutral", "1", "male")),
    ("cafe", "11-J-1-2.wav", ("11", "happiness", "2", "male")),
    ("cafe", "11-P-1-2.wav", ("11", "fear", "2", "male")),
    ("cafe", "11-S-1-2.wav", ("11", "surprise", "2", "male")),
    ("cafe", "11-T-1-2.wav", ("11", "sadness", "2", "male")),
    ("casia", "liuchanhg/angry/201.wav", ("liuchanhg", "anger", "201", "")),
    ("casia", "wangzhe/happy/250.wav", ("wangzhe", "happiness", "250", "")),
    ("cremad", "AudioWAV/1001_DFA_ANG_XX.wav", ("1001", "anger", "DFA", "")),
    ("cremad", "1091_IEO_FEA_HI.wav", ("1091", "fear", "IEO", "")),
    ("cremad", "1040_ITH_SAD_X.wav", ("1040", "sadness", "ITH", "")),
    ("emodb", "wav/03a01Fa.wav", ("03", "happiness", "a01", "male")),
    ("emodb", "16B10Td.wav", ("16", "sadness", "b10", "female")),
    ("emouerj", "w04a11.wav", ("w04", "anger", "", "female")),
    ("emouerj", "m01n02.wav", ("m01", "neutral", "", "male")),
    ("emovdb", "bea/Amused/amused_1-15_0001.wav", ("bea", "amused", "0001", "female")),
    ("emovdb", "sam_Sleepy/sleepiness_0028.wav", ("sam", "sleepy", "0028", "male")),
    ("emovdb", "josh/Neutral/odd.wav", ("josh", "neutral", "", "male")),
    ("emovo", "f1/dis-f1-b1.wav", ("f1", "disgust", "b1", "female")),
    ("emovo", "m3/gio-m3-n5.wav", ("m3", "happiness", "n5", "male")),
    ("enterface", "subject 7/anger/sentence 3/x.avi", ("7", "anger", "an3", "")),
    ("enterface", "subject 3/fear/s_3_fe_5.avi", ("3", "fear", "fe5", "")),
    ("enterface", "subject 11/fear/uncut.avi", ("11", "fear", "", "")),
    (
        "esd_english",
        "0011/Angry/0011_000351.wav",
        ("0011", "anger", "English 1", "male"),
    ),
    (
        "esd_english",
        "0015/Surprise/test/0015_001750.wav",
        ("0015", "surprise", "English 350", "female"),
    ),
    (
        "esd_mandarin",
        "0001/Neutral/train/0001_000350.wav",
        ("0001", "neutral", "Mandarin 350", "female"),
    ),
    (
        "jl_corpus",
        "JL(wav+txt)/female2_apologetic_10a_1.wav",
        ("female2", "apologetic", "10", "female"),
    ),
    ("jl_corpus", "male1_excited_1b_2.wav", ("male1", "excited", "1", "male")),
    ("nemo", "samples/SB0_surprised_12.wav", ("SB0", "surprise", "12", "")),
    ("oreau", "f/sessc/03a01Ca.wav", ("03", "anger", "a01", "female")),
    ("oreau", "m/sessd/07z03Sa.wav", ("07", "surprise", "z03", "male")),
    ("oreau", "32b10N.wav", ("32", "neutral", "b10", "")),
    ("polish", "m1.s_nie_1.wav", ("m1", "fear", "nie", "male")),
    (
        "ravdess",
        "Actor_02/03-01-05-02-01-01-02.wav",
        ("02", "anger", "statement 01", "female"),
    ),
    (
        "ravdess_song",
        "Actor_01/03-02-03-02-02-01-01.wav",
        ("01", "happiness", "statement 02", "male"),
    ),
    ("savee", "AudioData/DC/sa03.wav", ("DC", "sadness", "sa03", "male")),
    ("savee", "kl_a15.wav", ("KL", "anger", "a15", "male")),
    ("shemo", "female/F21W07.wav", ("F21", "surprise", "", "female")),
    ("shemo", "male/M02F01.wav", ("M02", "fear", "", "male")),
    ("subesco", "F_01_OISHI_S_1_ANGRY_1.wav", ("F_01", "anger", "1", "female")),
    ("subesco", "M_01_RASEL_S_10_SAD_3].wav", ("M_01", "sadness", "10", "male")),
    (
        "tess",
        "OAF_angry/OAF_back_angry.wav",
        ("OAF", "anger", "back", "female"),
    ),
    (
        "tess",
        "YAF_pleasant_surprised/YAF_back_ps.wav",
        ("YAF", "pleasant_surprise", "back", "female"),
    ),
    ("tess", "OAF_neutral/OA_bite_neutral.wav", ("OAF", "neutral", "bite", "female")),
    ("turev", "Calm/1157_sk_acik.wav", ("1157", "calm", "acik", "")),
    ("urdu", "Angry/SM1_F10_A010.wav", ("SM1", "anger", "", "male")),
    ("urdu", "Sad/SF11_F2_S099.wav", ("SF11", "sadness", "", "female")),
]
KEYS = [
    ("casia", "liuchanhg/angry/201.wav", "casia/liuchanhg/angry/201.wav"),
    ("emovdb", "bea/Amused/x_0001.wav", "emovdb/bea/Amused/x_0001.wav"),
    (
        "esd_english",
        "0011/Sad/test/0011_001072.wav",
        "esd_english/0011/0011_001072.wav",
    ),
    (
        "ravdess_song",
        "03-02-03-02-02-01-01.wav",
        "ravdess/01/03-02-03-02-02-01-01.wav",
    ),
    ("tess", "OAF_angry/OAF_back_angry.wav", "tess/OAF/OAF_back_angry.wav"),
    ("turev", "Sad/1157_uz_su.wav", "turev/1157/Sad/1157_uz_su.wav"),
    ("urdu", "Angry/SM1_F10_A010.wav", "urdu/SM1/SM1_F10_A010.wav"),
]
LEFT_OUT = [
    ("aesdd", "sadness/s05 (3).wav", "corrupt"),
    ("cremad", "AudioWAV/1076_MTI_SAD_XX.wav", "no signal"),
    ("cremad", "AudioMP3/1001_DFA_ANG_XX.mp3", "a copy as MP3"),
    ("emodb", "wav/03a01Faxx.wav", "raters did not agree"),
    ("emodb", "wav/03a01Fxx.wav", "raters did not agree"),
    ("esd_english", "0001/Sad/0001_001051.wav", "no speaker of English"),
    ("ravdess_song", "03-01-03-02-02-01-01.wav", "speech, not a song"),
]
PROBLEMS = [
    ("cafe", "13-C-1-1.wav"),
    ("casia", "liuchanhg/bored/201.wav"),
    ("cremad", "1092_DFA_ANG_XX.wav"),
    ("cremad", "1001_DFA_SUR_XX.wav"),
    ("esd_english", "0011/Sad/0012_001051.wav"),
    ("shemo", "female/F21X07.wav"),
    ("tess", "OAF_back_calm.wav"),
    ("urdu", "Angry/SX1_F10_A010.wav"),
]
NUM_CLIPS = {
    "aesdd": 604,
    "ased": 2474,
    "cafe": 936,
    "casia": 1200,
    "cremad": 7441,
    "emodb": 535,
    "emouerj": 377,
    "emovdb": 6887,
    "emovo": 588,
    "emozionalmente": 6902,
    "enterface": 1287,
    "esd_english": 17500,
    "esd_mandarin": 17500,
    "jl_corpus": 2400,
    "nemo": 4481,
    "oreau": 434,
    "polish": 450,
    "ravdess": 1440,
    "ravdess_song": 1012,
    "savee": 480,
    "shemo": 3000,
    "subesco": 7000,
    "tess": 2800,
    "turev": 1735,
    "urdu": 400,
}


def facts(clip):
    return clip.speaker, clip.emotion, clip.sentence, clip.sex


@pytest.mark.parametrize(("corpus", "file", "expected"), CLIPS)
def test_names_tell_speaker_emotion_sentence_and_sex(
    tmp_path, touch, corpus, file, expected
):
    reading = CorpusSource(corpus, touch(tmp_path, file)).read()
    assert [facts(clip) for clip in reading.clips] == [expected]
    assert reading.problems == ()
    if corpus != "enterface":
        assert reading.notes == ()


@pytest.mark.parametrize(
    ("corpus", "file", "sentence"),
    [(corpus, file, facts[2]) for corpus, file, facts in CLIPS if corpus in SENTENCES],
)
def test_the_audit_of_splits_tells_the_same_sentence(corpus, file, sentence):
    assert sentence_of(corpus, file) == sentence


def test_a_folder_that_contradicts_the_name_is_noted(tmp_path, touch):
    touch(tmp_path, "Angry/SM1_F10_H010.wav", "Angry/SM1_F10_A010.wav")
    reading = CorpusSource("urdu", tmp_path).read()
    assert [clip.emotion for clip in reading.clips] == ["anger", "happiness"]
    (note,) = reading.notes
    assert note.source == "Angry/SM1_F10_H010.wav"
    assert note.reason == "its folder says anger; its name says happiness and is used"


@pytest.mark.parametrize(("corpus", "file", "key"), KEYS)
def test_keys(tmp_path, touch, corpus, file, key):
    (clip,) = CorpusSource(corpus, touch(tmp_path, file)).read().clips
    assert clip.key == key


@pytest.mark.parametrize(("corpus", "file", "reason"), LEFT_OUT)
def test_files_that_are_no_clips_in_any_copy_are_left_out(
    tmp_path, touch, corpus, file, reason
):
    folder = touch(tmp_path, file)
    reading = CORPORA[corpus].read(folder)
    assert [remark.source for remark in reading.left_out] == [file]
    assert reason in reading.left_out[0].reason
    assert reading.clips == reading.problems == ()


@pytest.mark.parametrize(("corpus", "file"), PROBLEMS)
def test_a_name_that_is_not_understood_is_a_problem(tmp_path, touch, corpus, file):
    (problem,) = CORPORA[corpus].read(touch(tmp_path, file)).problems
    assert (problem.source, problem.reason[:8]) == (file, "no label")


@pytest.mark.parametrize(("corpus", "num_clips"), NUM_CLIPS.items())
def test_published_counts_add_up(corpus, num_clips):
    published = CORPORA[corpus].published
    assert published.num_clips == num_clips
    assert published.num_speakers > 1


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=CORPORA)
def test_labels_can_be_named_by_flags(corpus):
    assert [emotion_of(label) for label in corpus.labels] == list(corpus.labels)
    assert set(corpus.labels) <= set(corpus.emotions.values())


@pytest.mark.parametrize("corpus", ["casia", "emovdb"])
def test_the_folder_of_one_speaker_can_be_given(tmp_path, touch, corpus):
    example = CORPORA[corpus].example
    speaker = example.split("/")[0]
    touch(tmp_path, example)
    (clip,) = CorpusSource(corpus, tmp_path / speaker).read().clips
    assert clip.key == f"{corpus}/{example}"


def test_cremad_has_sex_and_age_in_a_table(tmp_path, touch):
    touch(tmp_path, "AudioWAV/1001_DFA_ANG_XX.wav", "AudioWAV/1002_DFA_ANG_XX.wav")
    table = "ActorID,Age,Sex,Race,Ethnicity\n1001,51,Male,Caucasian,Not Hispanic\n"
    (tmp_path / "VideoDemographics.csv").write_text(table)
    for folder in (tmp_path, tmp_path / "AudioWAV"):
        known, unknown = CorpusSource("cremad", folder).read().clips
        assert (known.sex, known.age) == ("male", "51")
        assert (unknown.sex, unknown.age) == ("", "")


def test_faces_of_cremad_are_in_its_videos(tmp_path, touch):
    stem = "1001_DFA_ANG_XX"
    touch(tmp_path, f"AudioWAV/{stem}.wav", f"VideoFlash/{stem}.flv")
    for modality, ending in (("speech", "wav"), ("face", "flv")):
        (clip,) = CorpusSource("cremad", tmp_path, modality=modality).read().clips
        assert clip.key == f"cremad/1001/{stem}.{ending}"


def test_nemo_has_sex_and_age_in_a_table(tmp_path, touch):
    touch(tmp_path, "samples/SB0_anger_01.wav")
    (tmp_path / "data.tsv").write_text(
        "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage\n"
        "SB0_anger_01\tanger\tTak, tak.\ttak tak\tSB0\tfemale\t24\n"
    )
    (clip,) = CorpusSource("nemo", tmp_path).read().clips
    assert (clip.sex, clip.age) == ("female", "24")


def test_a_table_of_speakers_without_its_columns_is_refused(tmp_path, touch):
    touch(tmp_path, "AudioWAV/1001_DFA_ANG_XX.wav")
    (tmp_path / "VideoDemographics.csv").write_text("ActorID,Age\n1001,51\n")
    with pytest.raises(DataError, match=r"VideoDemographics.csv row 1 has no column"):
        CorpusSource("cremad", tmp_path).read()


@pytest.fixture
def emozionalmente(tmp_path, touch):
    touch(tmp_path, "audio/a.wav", "audio/b.wav")
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata/samples.csv").write_text(
        "id,timestamp,actor,sentence,emotion_expressed,file_name\n"
        '1,9,anna,"Vado, torno",joy,a.wav\n2,9,bob,Ciao,neutrality,b.wav\n'
    )
    (tmp_path / "metadata/users.csv").write_text(
        "username,age,gender\nanna,31,f\nbob,,Male\n"
    )
    return tmp_path


def test_emozionalmente_is_read_from_its_tables(emozionalmente):
    reading = CorpusSource("emozionalmente", emozionalmente).read()
    assert {clip.key: (*facts(clip), clip.age) for clip in reading.clips} == {
        "emozionalmente/anna/a.wav": (
            "anna",
            "happiness",
            "Vado, torno",
            "female",
            "31",
        ),
        "emozionalmente/bob/b.wav": ("bob", "neutral", "Ciao", "male", ""),
    }


def test_emozionalmente_files_and_rows_without_each_other_are_problems(
    emozionalmente, touch
):
    (emozionalmente / "audio/a.wav").unlink()
    touch(emozionalmente, "audio/c.wav")
    reading = CorpusSource("emozionalmente", emozionalmente).read()
    assert {problem.source for problem in reading.problems} == {
        "audio/a.wav",
        "audio/c.wav",
    }


def test_emozionalmente_rows_that_are_short_or_repeat_are_problems(emozionalmente):
    with (emozionalmente / "metadata/samples.csv").open("a") as table:
        table.write("3,9,bob,Ciao,joy\n4,9,bob,Ciao,fear,a.wav\n")
    reading = CorpusSource("emozionalmente", emozionalmente).read()
    assert [clip.emotion for clip in reading.clips] == ["happiness", "neutral"]
    assert {(problem.source, problem.reason) for problem in reading.problems} == {
        ("samples.csv row 5", "names a.wav, as a row before it does"),
        ("samples.csv row 4", "names no file"),
    }


def test_emozionalmente_without_its_table_says_what_to_give(tmp_path, touch):
    touch(tmp_path, "audio/a.wav")
    with pytest.raises(DataError, match=r"samples.csv cannot be read .*holds audio"):
        CorpusSource("emozionalmente", tmp_path).read()


def test_a_copy_inside_a_copy_is_refused_with_the_folder_to_give(tmp_path, touch):
    inner = "TESS Toronto emotional speech set data"
    for folder in ("", f"{inner}/"):
        touch(tmp_path, f"{folder}OAF_angry/OAF_back_angry.wav")
    with pytest.raises(DataError, match=rf"holds one copy, such as .*/{inner}$"):
        CorpusSource("tess", tmp_path).read()


@pytest.mark.parametrize(
    ("corpus", "num_clips", "num_speakers", "emotions"),
    [
        ("emodb", 430, 10, 7),
        ("ravdess", 720, 12, 8),
        ("tess", 406, 2, 7),
        ("urdu", 400, 29, 4),
    ],
)
def test_real_recordings_are_all_understood(
    real_corpus, corpus, num_clips, num_speakers, emotions
):
    reading = CorpusSource(corpus, real_corpus(corpus)).read()
    assert (len(reading.clips), reading.problems, reading.left_out) == (
        num_clips,
        (),
        (),
    )
    assert len({clip.speaker for clip in reading.clips}) == num_speakers
    assert len({clip.emotion for clip in reading.clips}) == emotions


def test_reports_call_corpora_by_their_titles():
    titles = {c.name: c.title for c in CORPORA.values() if not c.is_format}
    assert titles == names.CORPORA
