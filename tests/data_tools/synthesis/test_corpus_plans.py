import re
from pathlib import Path

import pytest

from data_tools.synthesis.corpus_layouts import ENTERFACE_SUBJECTS
from data_tools.synthesis.corpus_plans import CORPORA, plan_corpus
from pathnet_tf.data.emotions import EMOTIONS
from pathnet_tf.runtime.errors import UsageError

NAMES = {
    "enterface": (
        r"subject \d+/[a-z]+/(sentence [1-5]/)?s_?\d+_[a-z]{2}(_\d(avi)?)?\.avi"
    ),
    "savee": r"AudioData/(DC|JE|JK|KL)/(a|d|f|h|n|sa|su)[0-3]\d\.wav",
    "emodb": r"wav/(0[389]|1[0-6])[ab]\d\d[WLEAFTN][a-f]\.wav",
    "ravdess": r"Actor_(\d\d)/03-01-0[1-8]-0[12]-0[12]-0[12]-\1\.wav",
}


VIDEOS = {
    "enterface": NAMES["enterface"],
    "savee": r"AudioVisualClip/(DC|JE|JK|KL)/(a|d|f|h|n|sa|su)[0-3]\d\.avi",
    "emodb": "",
    "ravdess": "",
}


def paths(corpus, **settings):
    return [clip.path for clip in plan_corpus(corpus, **settings)]


@pytest.mark.parametrize("corpus", CORPORA)
def test_every_path_follows_the_corpus(corpus):
    planned = paths(corpus, num_speakers=len(CORPORA[corpus].speakers))
    assert [path for path in planned if not re.fullmatch(NAMES[corpus], path)] == []


@pytest.mark.parametrize("corpus", CORPORA)
def test_every_path_and_name_stands_once(corpus):
    most = CORPORA[corpus]
    clips = plan_corpus(
        corpus, num_speakers=len(most.speakers), clips_per_emotion=most.max_clips
    )
    assert len({clip.path for clip in clips}) == len(clips)
    assert len({(clip.speaker, clip.name) for clip in clips}) == len(clips)


@pytest.mark.parametrize("corpus", CORPORA)
def test_every_video_follows_the_corpus(corpus):
    planned = [clip.video for clip in plan_corpus(corpus)]
    assert [path for path in planned if not re.fullmatch(VIDEOS[corpus], path)] == []


@pytest.mark.parametrize("corpus", CORPORA)
def test_every_file_stands_once(corpus):
    files = [file for clip in plan_corpus(corpus) for file in clip.files]
    assert len(set(files)) == len(files)


@pytest.mark.parametrize("corpus", CORPORA)
def test_a_small_corpus_is_a_part_of_the_large_one(corpus):
    small = plan_corpus(corpus, num_speakers=2, clips_per_emotion=1)
    assert set(small) < set(plan_corpus(corpus))


@pytest.mark.parametrize("corpus", CORPORA)
def test_emotions_are_labels_of_the_project(corpus):
    assert {clip.emotion for clip in plan_corpus(corpus)} <= set(EMOTIONS)


@pytest.mark.parametrize(
    ("corpus", "num_emotions"),
    [("enterface", 6), ("savee", 7), ("emodb", 7), ("ravdess", 8)],
)
def test_every_speaker_has_every_emotion(corpus, num_emotions):
    clips = plan_corpus(corpus, clips_per_emotion=1)
    cells = {(clip.speaker, clip.emotion) for clip in clips}
    speakers = {clip.speaker for clip in clips}
    assert len(cells) == num_emotions * len(speakers)


@pytest.mark.parametrize("corpus", ["enterface", "savee", "ravdess"])
def test_a_few_files_are_stereo(corpus):
    clips = plan_corpus(corpus)
    num_stereo = sum(clip.num_channels == 2 for clip in clips)
    assert 0 < num_stereo < len(clips) / 4


@pytest.mark.parametrize(
    ("corpus", "rate_hz"),
    [("enterface", 48000), ("savee", 44100), ("emodb", 16000), ("ravdess", 48000)],
)
def test_sample_rates_are_the_corpora_s(corpus, rate_hz):
    assert {clip.sample_rate_hz for clip in plan_corpus(corpus)} == {rate_hz}


def test_enterface_has_an_ordinary_name():
    assert "subject 7/anger/sentence 3/s7_an_3.avi" in paths("enterface")


def test_enterface_subject_11_is_named_12():
    names = {
        clip.path.split("/")[-1][:4]
        for clip in plan_corpus("enterface")
        if clip.speaker == "11"
    }
    assert names == {"s12_"}


def test_enterface_names_alone_would_merge_two_speakers():
    clips = plan_corpus("enterface")
    speakers = {clip.speaker for clip in clips if "/s12_" in clip.path}
    assert speakers == {"11", "12"}


def test_enterface_subject_3_has_one_more_underscore():
    assert "subject 3/disgust/sentence 1/s_3_di_1.avi" in paths("enterface")


def test_enterface_subject_16_has_a_misspelt_name():
    assert "subject 16/surprise/sentence 3/s16_su_3avi.avi" in paths("enterface")


def test_enterface_subject_6_is_six_uncut_files():
    uncut = [clip for clip in plan_corpus("enterface") if clip.speaker == "6"]
    assert [len(clip.sentences) for clip in uncut] == [5] * 6
    assert uncut[0].path == "subject 6/anger/s6_an.avi"


def test_enterface_subject_23_lacks_three():
    num_clips = [clip.speaker for clip in plan_corpus("enterface")].count("23")
    assert num_clips == 27


def test_enterface_has_44_subjects():
    assert sorted(map(int, ENTERFACE_SUBJECTS)) == list(range(1, 45))


def test_enterface_whole_has_1293_files():
    assert len(paths("enterface", num_speakers=44)) == 1293


def test_enterface_text_gives_the_emotion_away():
    said = {}
    for clip in plan_corpus("enterface"):
        for sentence in clip.sentences:
            said.setdefault(sentence, set()).add(clip.emotion)
    assert {len(emotions) for emotions in said.values()} == {1}


def test_savee_whole_has_480_files():
    assert len(paths("savee", clips_per_emotion=15)) == 480


def test_savee_neutral_has_twice_the_clips():
    emotions = [clip.emotion for clip in plan_corpus("savee")]
    assert emotions.count("neutral") == 2 * emotions.count("anger")


def test_savee_flat_moves_the_speaker_into_the_name():
    clips = plan_corpus("savee", savee_layout="flat")
    assert ("DC_sa03.wav", "DC_sa03.avi") in {clip.files for clip in clips}


@pytest.mark.parametrize("savee_layout", ["nested", "flat"])
def test_savee_without_faces_is_sound_alone(savee_layout):
    clips = plan_corpus("savee", savee_layout=savee_layout, has_faces=False)
    assert {Path(file).suffix for clip in clips for file in clip.files} == {".wav"}


def test_enterface_without_faces_is_video_all_the_same():
    assert plan_corpus("enterface", has_faces=False) == plan_corpus("enterface")


def test_savee_layouts_differ_in_paths_alone():
    nested, flat = (
        [(clip.speaker, clip.name, clip.num_channels) for clip in clips]
        for clips in (
            plan_corpus("savee"),
            plan_corpus("savee", savee_layout="flat"),
        )
    )
    assert nested == flat


def test_emodb_has_the_ten_speakers():
    speakers = {clip.speaker for clip in plan_corpus("emodb")}
    assert speakers == {"03", *["08", "09", "10", "11", "12", "13", "14", "15", "16"]}


def test_emodb_takes_every_sentence():
    sentences = {clip.sentences[0] for clip in plan_corpus("emodb")}
    assert sentences == set(
        ["a01", "a02", "a04", "a05", "a07", "b01", "b02", "b03", "b09", "b10"]
    )


def test_ravdess_neutral_is_never_strong():
    strong = {
        clip.path.split("-")[2]
        for clip in plan_corpus("ravdess", clips_per_emotion=8)
        if clip.path.split("-")[3] == "02"
    }
    assert strong == {f"0{code}" for code in range(2, 9)}


def test_ravdess_whole_has_1440_files():
    assert len(paths("ravdess", num_speakers=24, clips_per_emotion=8)) == 1440


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"corpus": "iemocap"}, "--corpora takes enterface, savee.*'iemocap'"),
        ({"corpus": "savee", "num_speakers": 5}, "--num_speakers.* 4 for savee.* 5"),
        ({"corpus": "savee", "num_speakers": -1}, "--num_speakers.*Received: -1"),
        (
            {"corpus": "enterface", "clips_per_emotion": 6},
            "--clips_per_emotion.* 5 for enterface.* 6",
        ),
        ({"corpus": "savee", "savee_layout": "deep"}, "--savee_layout.*'deep'"),
    ],
)
def test_plan_corpus_refuses_what_the_corpus_lacks(settings, message):
    with pytest.raises(UsageError, match=message):
        plan_corpus(**settings)
