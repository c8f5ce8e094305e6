import numpy as np
import pytest
import soundfile

from data_tools.corpora import CorpusSource
from data_tools.cutters.face_cutter import FaceCutter
from data_tools.cutters.face_front_end import FaceFrontEnd
from data_tools.cutters.mel_cutter import MelCutter
from data_tools.datasets.corpus_check import check_corpus, count_table
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.runtime.errors import DataError
from tests.data_tools.film import filmed, numbered, write_film


@pytest.fixture
def check(tmp_path):
    def run(corpus="emodb"):
        source = CorpusSource(corpus, tmp_path)
        return check_corpus(source, MelCutter(FrontEnd()), num_workers=1)

    return run


def test_faces_are_looked_for_where_faces_are_to_be_written(tmp_path, photograph):
    write_film(tmp_path / "AudioVisualClip/DC/a01.avi", [filmed(photograph)] * 2)
    write_film(tmp_path / "AudioVisualClip/DC/h01.avi", numbered(2, size=(160, 120)))
    source = CorpusSource("savee", tmp_path, modality="face")
    report = check_corpus(source, FaceCutter(FaceFrontEnd()), num_workers=1)
    (refused,) = report.refused
    assert refused.startswith(
        f"{tmp_path / 'AudioVisualClip/DC/h01.avi'}: has no frame"
    )
    with pytest.raises(DataError, match="write_faces would refuse 1 files"):
        report.raise_if_refused()


def test_table_counts_speakers_and_emotions(tmp_path, speak, check):
    speak(tmp_path, "03a01Wa.wav", "03a02Wa.wav", "08a01Fa.wav")
    assert check().table.splitlines() == [
        "emodb: 3 clips, 2 speakers",
        "",
        "speaker  anger  happiness  total",
        "03           2          0      2",
        "08           0          1      1",
        "total        2          1      3",
    ]


@pytest.mark.parametrize(
    "note",
    [
        "3 clips; the published corpus has 535",
        "speakers missing: 09, 10, 11, 12, 13, 14, 15, 16",
        "anger: 2 clips of 127",
        "boredom: 0 clips of 81",
        "speaker 03: no happiness",
    ],
)
def test_differences_from_the_published_counts_are_notes(tmp_path, speak, check, note):
    speak(tmp_path, "03a01Wa.wav", "03a02Wa.wav", "08a01Fa.wav")
    report = check()
    assert note in report.notes
    assert report.refused == ()


def test_cell_that_lacks_a_clip_is_a_note(tmp_path, speak, check):
    speak(tmp_path, *(f"DC/a{number:02d}.wav" for number in range(1, 15)))
    (note,) = (note for note in check("savee").notes if note.startswith("speaker DC"))
    assert note.startswith("speaker DC: anger 14 of 15, disgust 0 of 15, ")


def test_speaker_of_other_length_is_no_note(tmp_path, speak, check):
    speak(
        tmp_path,
        *(
            f"subject 23/{emotion}/sentence {number}/{number}.wav"
            for emotion in ("anger", "disgust", "fear", "happiness", "sadness")
            for number in range(1, 6)
        ),
        "subject 23/surprise/sentence 1/1.wav",
        "subject 23/surprise/sentence 2/2.wav",
    )
    assert not any(note.startswith("speaker 23") for note in check("enterface").notes)


def test_files_left_out_are_counted(tmp_path, speak, check):
    song = "Actor_01/03-02-05-02-01-01-01.wav"
    speak(
        tmp_path,
        "Actor_01/03-01-05-02-01-01-01.wav",
        song,
        "Actor_01/03-02-05-02-01-02-01.wav",
    )
    note = f"left out: {song} and 1 alike: a song, not speech"
    assert note in check("ravdess").notes


def test_names_that_contradict_folders_are_notes(tmp_path, speak, check):
    name = "subject 11/fear/sentence 1/s12_fe_1.wav"
    speak(tmp_path, name)
    note = f"{name}: the name says subject 12; the folder says 11 and is used"
    assert note in check("enterface").notes


def test_an_ending_that_does_not_match_the_content_is_a_note(tmp_path, rng, check):
    samples = rng.uniform(-0.5, 0.5, 8000)
    soundfile.write(tmp_path / "03a01Wa.wav", samples, 16000, format="AIFF")
    report = check()
    assert any("03a01Wa.wav: the content is AIFF" in note for note in report.notes)
    assert report.refused == ()


def test_same_content_is_a_note(tmp_path, speak, check):
    speak(tmp_path, "03a01Wa.wav")
    (tmp_path / "08a01Wa.wav").write_bytes((tmp_path / "03a01Wa.wav").read_bytes())
    assert "03a01Wa.wav: has the same content as 08a01Wa.wav" in check().notes


def test_bad_files_are_refused(tmp_path, speak, check):
    speak(tmp_path, "03a01Wa.wav", "holiday.wav")
    soundfile.write(tmp_path / "03a02Wa.wav", np.zeros(8000), 16000)
    report = check()
    assert [line.split(": ")[0] for line in report.refused] == [
        str(tmp_path / "03a02Wa.wav"),
        str(tmp_path / "holiday.wav"),
    ]
    with pytest.raises(DataError, match="would refuse 2 files"):
        report.raise_if_refused()


def test_caution_and_number_of_speakers_are_notes(tmp_path, speak, check):
    speak(tmp_path, "Angry/SM1_F10_A010.wav")
    notes = check("urdu").notes
    assert notes[0].startswith("caution: many speakers have one emotion only")
    assert "1 speakers of 29" in notes


def test_published_counts_follow_the_names_that_the_user_gives(tmp_path):
    source = CorpusSource("tess", tmp_path, emotion_map={"pleasant_surprise": "fear"})
    assert source.published.clips_per_cell["fear"] == 400
    assert source.published.num_clips == 2800


def test_lookalikes_and_files_passed_over_are_notes(tmp_path, speak, check):
    speak(tmp_path, "03a01Wa.wav")
    for name in ("a.xyz", "b.xyz", "SYNTHESIZED.txt"):
        (tmp_path / name).touch()
    assert check().notes[-1].endswith(": 2 .xyz (such as a.xyz)")
    table = tmp_path / "clips.csv"
    rows = ["file,speaker,emotion", "03a01Wa.wav,1,anger", "a.xyz,1.0,anger"]
    table.write_text("\n".join(rows))
    report = check_corpus(CorpusSource("", table), MelCutter(FrontEnd()), num_workers=1)
    assert "Warning: are these one speaker? 1, 1.0" in report.notes
    assert not any("passed over" in note for note in report.notes)


def test_speakers_of_any_digits_are_counted(tmp_path, speak):
    speak(tmp_path, "a.wav", "b.wav", "c.wav")
    names = ["s10", "s2", "\u00b2" + "7" * 5000]
    table = tmp_path / "clips.csv"
    rows = [f"{f}.wav,{name},joy" for f, name in zip("abc", names, strict=True)]
    table.write_text("\n".join(["file,speaker,emotion", *rows]), encoding="utf-8")
    text = count_table(CorpusSource("", table).read().clips, "mine")
    assert text.index("s2 ") < text.index("s10 ")


def test_what_is_odd_about_recordings_is_grouped(tmp_path, speak, check, rng):
    speak(tmp_path, "03a01Fa.wav", "03a01Wa.wav", "08a01Fa.wav")
    noise = rng.uniform(-0.5, 0.5, (8000, 2))
    noise[:, 1] = 0
    for name in ("09a01Fa.wav", "09a01Wa.wav"):
        soundfile.write(tmp_path / name, noise * rng.uniform(0.8, 1), 16000)
    soundfile.write(tmp_path / "10a01Fa.wav", noise[:4000, 0], 8000)
    quiet = noise[:, 0] * 10 ** (-40 / 20)
    soundfile.write(tmp_path / "10a01Wa.wav", quiet, 16000, subtype="PCM_24")
    notes = check().notes
    assert "09a01Fa.wav and 1 alike: has a dead channel, which is left out" in notes
    assert "10a01Fa.wav: has no sound above 6 kHz, like telephone speech" in notes
    (low,) = (note for note in notes if "below the usual level" in note)
    assert low.startswith("10a01Wa.wav: ")


@pytest.mark.parametrize(("kind", "name"), [("RF64", "RF64"), ("W64", "W64")])
def test_content_is_named(tmp_path, rng, check, kind, name):
    samples = rng.uniform(-0.5, 0.5, 8000)
    soundfile.write(tmp_path / "03a01Wa.wav", samples, 16000, format=kind)
    assert any(f"03a01Wa.wav: the content is {name}" in note for note in check().notes)


@pytest.mark.parametrize("corpus", ["emodb", "ravdess", "tess", "urdu"])
def test_nothing_is_odd_about_the_sound_of_real_corpora(real_corpus, corpus):
    source = CorpusSource(corpus, real_corpus(corpus))
    notes = check_corpus(source, MelCutter(FrontEnd()), num_workers=1).notes
    odd = ("channel", "no sound above", "full scale", "usual level")
    assert not [note for note in notes if any(words in note for words in odd)]
