import pytest

from data_tools.corpora import CORPORA, CorpusSource
from data_tools.corpora.known import enterface, ravdess, savee
from pathnet_tf.runtime.errors import DataError, UsageError

EMODB = CORPORA["emodb"]


def labels(reading):
    return {clip.key: (clip.speaker, clip.emotion) for clip in reading.clips}


def read_any(corpus, folder):
    """Reads a corpus for the modality that it has."""
    modality = CORPORA[corpus].modalities[0]
    return CorpusSource(corpus, folder, modality=modality).read()


@pytest.mark.parametrize("corpus", sorted(CORPORA))
def test_missing_folder_says_what_to_get(tmp_path, corpus):
    with pytest.raises(DataError, match=r"No corpus folder at .*absent; get .*give"):
        read_any(corpus, tmp_path / "absent")


@pytest.mark.parametrize("corpus", sorted(CORPORA))
def test_folder_without_recordings_says_what_to_get(tmp_path, touch, corpus):
    other = "face.jpg" if "speech" in CORPORA[corpus].modalities else "sound.wav"
    touch(tmp_path, "readme.txt", ".DS_Store", "._sa03.wav", other)
    with pytest.raises(DataError, match=r"No recordings under .*; get "):
        read_any(corpus, tmp_path)


@pytest.mark.parametrize(
    ("published", "num_clips"),
    [
        (enterface.published("all"), 1293),
        (enterface.published("no_s6"), 1287),
        (enterface.published("clean42"), 1260),
    ],
)
def test_published_counts_depend_on_subjects(published, num_clips):
    assert published.num_clips == num_clips


@pytest.mark.parametrize("prefix", ["", "wav/"])
def test_emodb_finds_files_in_either_place(tmp_path, touch, prefix):
    touch(tmp_path, f"{prefix}03a01Fa.wav")
    assert labels(EMODB.read(tmp_path)) == {"emodb/03/03a01Fa.wav": ("03", "happiness")}


@pytest.mark.parametrize(
    ("code", "emotion"),
    [
        ("W", "anger"),
        ("L", "boredom"),
        ("E", "disgust"),
        ("A", "fear"),
        ("F", "happiness"),
        ("T", "sadness"),
        ("N", "neutral"),
    ],
)
def test_emodb_emotion_codes(tmp_path, touch, code, emotion):
    touch(tmp_path, f"16b10{code}d.wav")
    assert EMODB.read(tmp_path).clips[0].emotion == emotion


@pytest.mark.parametrize("name", ["03a01Xa.wav", "99a01Fa.wav", "hello.wav"])
def test_emodb_misnamed_file_is_a_problem(tmp_path, touch, name):
    touch(tmp_path, "03a01Fa.wav", name)
    (problem,) = EMODB.read(tmp_path).problems
    assert problem.source == name
    assert problem.reason.startswith("no label")


def test_two_copies_are_refused(tmp_path, touch):
    touch(tmp_path, "wav/03a01Fa.wav", "03a01Fa.wav")
    with pytest.raises(DataError, match=r"more than once, such as .*03a01Fa.wav and"):
        EMODB.read(tmp_path)


@pytest.mark.parametrize("prefix", ["", "Audio_Speech_Actors_01-24/"])
def test_ravdess_reads_emotion_and_actor(tmp_path, touch, prefix):
    touch(tmp_path, f"{prefix}Actor_01/03-01-05-02-01-01-01.wav")
    assert labels(ravdess.read(tmp_path)) == {
        "ravdess/01/03-01-05-02-01-01-01.wav": ("01", "anger")
    }


@pytest.mark.parametrize(
    ("code", "emotion"),
    [
        (1, "neutral"),
        (2, "calm"),
        (3, "happiness"),
        (4, "sadness"),
        (5, "anger"),
        (6, "fear"),
        (7, "disgust"),
        (8, "surprise"),
    ],
)
def test_ravdess_emotion_codes(tmp_path, touch, code, emotion):
    touch(tmp_path, f"Actor_24/03-01-{code:02d}-01-01-01-24.wav")
    assert ravdess.read(tmp_path).clips[0].emotion == emotion


@pytest.mark.parametrize(
    "name", ["03-02-05-02-01-01-01.wav", "01-01-05-02-01-01-01.mp4"]
)
def test_ravdess_leaves_out_songs_and_videos(tmp_path, touch, name):
    touch(tmp_path, "Actor_01/03-01-05-02-01-01-01.wav", f"Actor_01/{name}")
    reading = ravdess.read(tmp_path)
    assert len(reading.clips) == 1
    assert [remark.source for remark in reading.left_out] == [f"Actor_01/{name}"]


@pytest.mark.parametrize(
    "name",
    [
        "03-01-09-02-01-01-01.wav",
        "03-01-05-02-01-01-25.wav",
        "03-01-05-02-01-01-02.wav",
        "03-03-05-02-01-01-01.wav",
        "03-01-05.wav",
    ],
)
def test_ravdess_misnamed_file_is_a_problem(tmp_path, touch, name):
    touch(tmp_path, f"Actor_01/{name}")
    (problem,) = ravdess.read(tmp_path).problems
    assert problem.reason.startswith("no label")


@pytest.mark.parametrize("prefix", ["", "AudioData/"])
def test_savee_nested(tmp_path, touch, prefix):
    touch(tmp_path, f"{prefix}DC/sa03.wav", f"{prefix}JE/sa03.wav")
    assert labels(savee.read(tmp_path)) == {
        "savee/DC/sa03.wav": ("DC", "sadness"),
        "savee/JE/sa03.wav": ("JE", "sadness"),
    }


def test_savee_flat(tmp_path, touch):
    touch(tmp_path, "DC_sa03.wav", "kl_a15.wav")
    assert labels(savee.read(tmp_path)) == {
        "savee/DC/sa03.wav": ("DC", "sadness"),
        "savee/KL/a15.wav": ("KL", "anger"),
    }


@pytest.mark.parametrize(
    ("stem", "emotion"),
    [
        ("a01", "anger"),
        ("d01", "disgust"),
        ("f01", "fear"),
        ("h01", "happiness"),
        ("n30", "neutral"),
        ("sa01", "sadness"),
        ("su01", "surprise"),
    ],
)
def test_savee_emotion_codes(tmp_path, touch, stem, emotion):
    touch(tmp_path, f"JK/{stem}.wav")
    assert savee.read(tmp_path).clips[0].emotion == emotion


@pytest.mark.parametrize("name", ["AudioVisualClip/DC/sa03.avi", "DC_sa03.avi"])
def test_savee_videos_are_heard_where_there_is_no_audio(tmp_path, touch, name):
    touch(tmp_path, name)
    assert [clip.emotion for clip in savee.read(tmp_path).clips] == ["sadness"]


def test_savee_videos_beside_audio_are_left_out(tmp_path, touch):
    touch(tmp_path, "AudioData/DC/sa03.wav", "AudioVisualClip/DC/sa03.avi")
    reading = savee.read(tmp_path)
    assert list(labels(reading)) == ["savee/DC/sa03.wav"]
    assert len(reading.left_out) == 1


@pytest.mark.parametrize(
    ("video", "audio"),
    [
        ("AudioVisualClip/DC/sa03.avi", "AudioData/DC/sa03.wav"),
        ("DC_sa03.avi", "DC_sa03.wav"),
    ],
)
def test_savee_faces_are_in_the_videos(tmp_path, touch, video, audio):
    reading = savee.read(touch(tmp_path, video, audio), modality="face")
    (clip,) = reading.clips
    assert (reading.source_of(clip.path), clip.emotion) == (video, "sadness")
    assert [remark.source for remark in reading.left_out] == [audio]


def test_savee_mixed_layouts_of_videos_are_refused(tmp_path, touch):
    folder = touch(tmp_path, "AudioVisualClip/DC/a01.avi", "DC_h01.avi", "DC_h01.wav")
    with pytest.raises(DataError, match=r"mixes SAVEE's two layouts .*a01\.avi and DC"):
        savee.read(folder, modality="face")


def test_savee_mixed_layouts_are_refused(tmp_path, touch):
    touch(tmp_path, "AudioData/DC/sa03.wav", "DC_sa03.wav")
    with pytest.raises(DataError, match=r"mixes SAVEE's two layouts .*DC/sa03.wav and"):
        savee.read(tmp_path)


@pytest.mark.parametrize("name", ["DC/s03.wav", "XY/sa03.wav", "sa03.wav", "DC_x1.wav"])
def test_savee_misplaced_file_is_a_problem(tmp_path, touch, name):
    touch(tmp_path, name)
    assert [remark.source for remark in savee.read(tmp_path).problems] == [name]


@pytest.mark.parametrize("corpus", ["emodb", "tess"])
def test_faces_of_a_corpus_that_is_read_for_speech_are_refused(tmp_path, corpus):
    with pytest.raises(UsageError, match=r"faces are read from .*enterface, .*savee"):
        CorpusSource(corpus, tmp_path, modality="face")
