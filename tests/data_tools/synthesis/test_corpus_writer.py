import functools
import wave
from pathlib import Path

import av
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score

from data_tools.corpora.known import savee
from data_tools.synthesis import avi_writer, corpus_writer
from data_tools.synthesis.corpus_plans import plan_corpus
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.features.log_mel import log_mel
from pathnet_tf.runtime.errors import UsageError
from tests.data_tools.demo_folders import hashes, settings_for


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Gives the folder and the plans of corpora, written once for all who read them."""

    @functools.cache
    def write(**changes):
        folder = tmp_path_factory.mktemp("corpora")
        return folder, corpus_writer.write_corpora(settings_for(folder, **changes))

    return write


SAVEE = {"corpora": ("savee",), "num_speakers": 1}


def test_write_corpora_writes_what_was_planned(written):
    folder, plans = written(corpora=("emodb", "savee"), num_speakers=1)
    planned = {
        f"{corpus}/{file}"
        for corpus, clips in plans.items()
        for clip in clips
        for file in clip.files
    }
    notices = {"emodb/SYNTHESIZED.txt", "savee/SYNTHESIZED.txt"}
    assert set(hashes(folder)) == planned | notices


@pytest.mark.parametrize("corpus", ["enterface", "savee"])
def test_same_seed_gives_the_same_bytes(written, tmp_path, corpus):
    first, _ = written(corpora=(corpus,), num_speakers=1)
    corpus_writer.write_corpora(
        settings_for(tmp_path, corpora=(corpus,), num_speakers=1)
    )
    assert hashes(first) == hashes(tmp_path)


def test_another_seed_gives_other_files(written):
    first, second = (hashes(written(seed=seed)[0]) for seed in (0, 1))
    assert set(first) == set(second)
    assert not set(first.values()) & set(second.values())


@pytest.mark.parametrize("corpus", ["emodb", "enterface"])
def test_number_of_workers_changes_no_file(written, corpus):
    settings = {"corpora": (corpus,), "num_speakers": 1}
    alone, _ = written(**settings)
    pair, _ = written(**settings, num_workers=2)
    assert hashes(alone) == hashes(pair)


def test_choice_of_corpora_and_sizes_changes_no_file(written):
    small, _ = written(seed=0)
    large, _ = written(
        corpora=("savee", "emodb"),
        num_speakers=3,
        clips_per_emotion=2,
        has_faces=False,
    )
    assert hashes(small).items() <= hashes(large).items()


def test_savee_layouts_hold_the_same_recordings(written):
    nested, flat = (
        hashes(folder)
        for folder, _ in (written(**SAVEE), written(**SAVEE, savee_layout="flat"))
    )
    assert sorted(nested.values()) == sorted(flat.values())


def test_faces_change_no_sound(written):
    heard, seen = (
        hashes(folder)
        for folder, _ in (written(**SAVEE, has_faces=False), written(**SAVEE))
    )
    assert heard.items() <= seen.items()
    assert {Path(name).suffix for name in set(seen) - set(heard)} == {".avi"}


def test_video_beside_a_sound_file_has_its_sound(written):
    folder, _ = written(**SAVEE)
    with wave.open(str(folder / "savee/AudioData/DC/sa01.wav")) as file:
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    with av.open(str(folder / "savee/AudioVisualClip/DC/sa01.avi")) as file:
        parts = [frame.to_ndarray().ravel() for frame in file.decode(audio=0)]
        num_samples = len(heard) // file.streams.audio[0].channels
    np.testing.assert_array_equal(np.concatenate(parts), heard)
    with av.open(str(folder / "savee/AudioVisualClip/DC/sa01.avi")) as file:
        pictures = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    assert len(pictures) == avi_writer.num_frames(num_samples, 44100)
    assert pictures[0].shape == (240, 320, 3)


def test_without_faces_videos_are_grey(tmp_path):
    corpus_writer.write_corpora(
        settings_for(tmp_path, corpora=("enterface",), num_speakers=1, has_faces=False)
    )
    path = tmp_path / "enterface/subject 7/anger/sentence 1/s7_an_1.avi"
    with av.open(str(path)) as file:
        picture = next(file.decode(video=0)).to_ndarray(format="rgb24")
    assert picture.std() < 2


@pytest.mark.parametrize("layout", [{}, {"savee_layout": "flat"}], ids=str)
def test_savee_reader_takes_the_sound_files(written, layout):
    folder, plans = written(**SAVEE, **layout)
    reading = savee.read(folder / "savee")
    assert len(reading.clips) == len(plans["savee"])
    assert {clip.path.suffix for clip in reading.clips} == {".wav"}
    assert len(reading.left_out) == len(plans["savee"])


def test_a_speaker_has_the_same_face_in_every_clip():
    faces = {}
    for clip in plan_corpus("enterface", num_speakers=3):
        speaker, *_ = corpus_writer.perform_clip("enterface", clip, np.ones(10), seed=0)
        faces.setdefault(clip.speaker, set()).add(speaker.face.texture_seed)
    assert [len(seeds) for seeds in faces.values()] == [1, 1, 1]
    assert len(set.union(*faces.values())) == 3


def test_face_and_voice_tell_the_same_emotion():
    clips = [clip for clip in plan_corpus("savee") if clip.emotion == "surprise"]
    for clip in clips:
        speaker, *_ = corpus_writer.perform_clip("savee", clip, np.ones(10), seed=0)
        habit = speaker.face.habits["surprise"]
        assert speaker.apex.brow_height == pytest.approx(habit.brow_height, abs=0.5)


def test_wav_header_names_rate_width_and_channels(written):
    folder, _ = written(**SAVEE)
    with wave.open(str(folder / "savee/AudioData/DC/sa01.wav")) as file:
        assert (file.getframerate(), file.getsampwidth()) == (44100, 2)


def test_stereo_clip_has_two_different_channels():
    clip = next(clip for clip in plan_corpus("savee") if clip.num_channels == 2)
    left, right = corpus_writer.synthesize_clip("savee", clip, seed=0).T
    assert (left != right).any()
    assert np.corrcoef(left, right)[0, 1] > 0.99


def test_uncut_recording_holds_five_sentences():
    clip = next(clip for clip in plan_corpus("enterface") if clip.speaker == "6")
    samples = corpus_writer.synthesize_clip("enterface", clip, seed=0)
    assert len(samples) > 5 * clip.sample_rate_hz


def test_notice_says_what_the_recordings_are(tmp_path):
    corpus_writer.write_corpora(settings_for(tmp_path, num_speakers=1, seed=7))
    notice = (tmp_path / "emodb/SYNTHESIZED.txt").read_text()
    assert "synthesized voices, with drawn faces" in notice
    assert "No person speaks or is seen here" in notice
    assert "--seed=7" in notice
    assert "never report it as a corpus result" in notice


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": -1}, "--seed must not be negative. Received: -1"),
        ({"num_workers": -2}, "--num_workers must not be negative. Received: -2"),
        ({"corpora": ()}, "--corpora names no corpus"),
    ],
)
def test_settings_are_checked(tmp_path, changes, message):
    with pytest.raises(UsageError, match=message):
        settings_for(tmp_path, **changes)


def test_emotions_of_an_unheard_speaker_are_recognizable_but_not_trivial():
    clips = plan_corpus("emodb", clips_per_emotion=1)
    front_end = FrontEnd()
    features = []
    for clip in clips:
        samples = corpus_writer.synthesize_clip("emodb", clip, seed=0)[:, 0]
        spectrogram = log_mel(np.float32(samples / 32768), front_end=front_end).numpy()
        features.append(np.r_[spectrogram.mean(0), spectrogram.std(0)])
    features = np.array(features)
    emotions = np.array([clip.emotion for clip in clips])
    speakers = np.array([clip.speaker for clip in clips])
    predicted = np.empty_like(emotions)
    for speaker in np.unique(speakers):
        is_test = speakers == speaker
        mean, std = features[~is_test].mean(0), features[~is_test].std(0)
        scaled = (features - mean) / std
        classifier = LogisticRegression(max_iter=1000)
        classifier.fit(scaled[~is_test], emotions[~is_test])
        predicted[is_test] = classifier.predict(scaled[is_test])
    # Seven emotions: chance is 0.14.
    assert 0.4 < recall_score(emotions, predicted, average="macro") < 0.9
