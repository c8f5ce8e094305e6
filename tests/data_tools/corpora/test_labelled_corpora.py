"""Corpora whose labels stand in files beside the recordings, and options of corpora."""

import pytest

from data_tools.corpora import CORPORA, CorpusSource
from pathnet_tf.runtime.errors import DataError, UsageError


def read(corpus, folder):
    return CorpusSource(corpus, folder).read()


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def reasons(remarks):
    return {remark.source: remark.reason for remark in remarks}


def facts(clip):
    return clip.key, clip.speaker, clip.emotion, clip.sex


@pytest.fixture
def iemocap(tmp_path, touch):
    def make(*lines):
        wavs = "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_"
        touch(
            tmp_path,
            *(f"{wavs}{turn}.wav" for turn in ("F000", "M000", "M001")),
            "Session1/dialog/wav/Ses01F_impro01.wav",
        )
        evaluation = "Session1/dialog/EmoEvaluation/"
        text = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
        for turn, code in lines:
            text += (
                f"[6.2901 - 8.2357]\tSes01F_impro01_{turn}\t{code}\t[2.5, 2.5, 2.5]\n"
            )
            text += "C-E2:\tNeutral;\t()\nA-E3:\tval 3; act 2; dom  2;\t()\n\n"
        write(tmp_path, f"{evaluation}Ses01F_impro01.txt", text)
        # What macOS and single raters left there.
        write(tmp_path, f"{evaluation}._Ses01F_impro01.txt", "\0")
        other = text.replace("\tneu\t", "\tang\t")
        write(tmp_path, f"{evaluation}Categorical/Ses01F_impro01_e1_cat.txt", other)
        return tmp_path

    return make


def test_iemocap_speaker_is_the_session_and_who_speaks_the_turn(iemocap):
    reading = read(
        "iemocap", iemocap(("F000", "neu"), ("M000", "exc"), ("M001", "hap"))
    )
    assert [facts(clip) for clip in reading.clips] == [
        ("iemocap/Ses01F/Ses01F_impro01_F000.wav", "Ses01F", "neutral", "female"),
        ("iemocap/Ses01M/Ses01F_impro01_M000.wav", "Ses01M", "excited", "male"),
        ("iemocap/Ses01M/Ses01F_impro01_M001.wav", "Ses01M", "happiness", "male"),
    ]
    assert not reading.problems
    assert reasons(reading.left_out) == {
        "Session1/dialog/wav/Ses01F_impro01.wav": "a whole dialog; its turns are read"
    }


def test_iemocap_turns_without_an_agreed_label_are_left_out(iemocap):
    reading = read(
        "iemocap", iemocap(("F000", "neu"), ("M000", "xxx"), ("M001", "oth"))
    )
    assert len(reading.clips) == 1
    told = reasons(reading.left_out)
    place = "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_"
    assert "do not agree" in told[f"{place}M000.wav"]
    assert "none of the names" in told[f"{place}M001.wav"]


def test_iemocap_label_and_recording_without_each_other_are_problems(iemocap):
    reading = read(
        "iemocap", iemocap(("F000", "neu"), ("M000", "neu"), ("M009", "ang"))
    )
    place = "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_"
    assert reasons(reading.problems) == {
        f"{place}M001.wav": "no label: no line in a file of dialog/EmoEvaluation "
        "names it",
        "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt": "turn "
        "Ses01F_impro01_M009 has no recording in sentences/wav",
    }


@pytest.fixture(params=["Evalution.txt", "Evaluation.txt"])
def msp_improv(request, tmp_path, touch):
    def make(*lines):
        text = ""
        for turn, code in lines:
            text += f"UTD-IMPROV-{turn}.avi; {code}; A:3.0; V:NaN; D:3.0 ; N:3.5;\n"
            text += "WORKER-1; Neutral; Sad (, ); A:3.0; V:3.0; D:3.0; N:4.0;\n\n"
        write(tmp_path, request.param, text)
        place = "Audio/session1/S01A"
        return touch(
            tmp_path,
            f"{place}/P/MSP-IMPROV-S01A-F01-P-FM01.wav",
            f"{place}/T/MSP-IMPROV-S01A-M01-T-MF01.wav",
        )

    return make


def test_msp_improv_labels_stand_under_the_names_of_the_videos(msp_improv):
    folder = msp_improv(("S01A-F01-P-FM01", "H"), ("S01A-M01-T-MF01", "A"))
    reading = read("msp_improv", folder)
    assert [(*facts(clip), clip.sentence) for clip in reading.clips] == [
        (
            "msp_improv/F01/MSP-IMPROV-S01A-F01-P-FM01.wav",
            "F01",
            "happiness",
            "female",
            "",
        ),
        (
            "msp_improv/M01/MSP-IMPROV-S01A-M01-T-MF01.wav",
            "M01",
            "anger",
            "male",
            "S01",
        ),
    ]
    assert not reading.problems


def test_msp_improv_turns_without_label_or_recording_are_told(msp_improv):
    folder = msp_improv(("S01A-F01-P-FM01", "X"), ("S02A-F02-P-FM01", "A"))
    (folder / "MSP-IMPROV-S02A-F02-P-FM02.wav").touch()
    with (folder / "Evalution.txt").open("a") as file:
        file.write("UTD-IMPROV-S02A-F02-P-FM02.avi; S; A:3; V:3; D:3 ; N:3;\n")
    reading = read("msp_improv", folder)
    assert "do not agree" in reading.left_out[0].reason
    assert [problem.reason for problem in reading.problems] == [
        "no label: no line of Evalution.txt names it",
        "turn S02A-F02-P-FM01 has no recording",
    ]


@pytest.fixture(params=["labels_consensus.csv", "labels_concensus.csv"])
def msp_podcast(request, tmp_path, touch):
    def make(*rows):
        header = "FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set\n"
        lines = (
            f"MSP-PODCAST_{name}.wav,{code},5,4,4,{speaker},{sex},{part}\n"
            for name, code, speaker, sex, part in rows
        )
        write(tmp_path, f"Labels/{request.param}", header + "".join(lines))
        names = [f"Audios/MSP-PODCAST_{name}.wav" for name, *_ in rows]
        return touch(tmp_path, *names)

    return make


@pytest.mark.parametrize(
    ("part", "split"),
    [
        ("Train", "train"),
        ("Development", "train"),
        ("Test1", "test"),
        ("Test2", "test"),
    ],
)
def test_msp_podcast_keeps_the_parts_of_its_authors(msp_podcast, part, split):
    reading = read("msp_podcast", msp_podcast(("0001_1", "U", "127", "Male", part)))
    (clip,) = reading.clips
    assert facts(clip) == (
        "msp_podcast/127/MSP-PODCAST_0001_1.wav",
        "127",
        "surprise",
        "male",
    )
    assert clip.split == split


@pytest.mark.parametrize(
    ("row", "kind", "reason"),
    [
        (("1", "A", "Unknown", "Male", "Test2"), "left_out", "nobody knows who"),
        (("1", "X", "127", "Male", "Train"), "left_out", "do not agree"),
        (("1", "O", "127", "Male", "Train"), "left_out", "none of the names"),
        (("1", "Z", "127", "Male", "Train"), "problems", "EmoClass 'Z' is unknown"),
        (("1", "A", "127", "Male", "Test9"), "problems", "Split_Set 'Test9' is unkno"),
    ],
)
def test_msp_podcast_rows_that_are_no_clips(msp_podcast, row, kind, reason):
    folder = msp_podcast(("0", "N", "5", "Unknown", "Train"), row)
    reading = read("msp_podcast", folder)
    assert [clip.sex for clip in reading.clips] == [""]
    (remark,) = getattr(reading, kind)
    assert reason in remark.reason


def test_msp_podcast_files_without_a_row(msp_podcast, touch):
    folder = msp_podcast(("0", "N", "5", "Female", "Train"))
    touch(folder, "Audios/MSP-PODCAST_test3_0001.wav", "Audios/MSP-PODCAST_9.wav")
    reading = read("msp_podcast", folder)
    assert [remark.reason for remark in reading.left_out] == [
        "of Test3, whose labels are kept secret"
    ]
    assert [problem.source for problem in reading.problems] == [
        "Audios/MSP-PODCAST_9.wav"
    ]


def test_msp_podcast_without_its_table_is_refused(tmp_path, touch):
    touch(tmp_path, "Audios/MSP-PODCAST_0.wav")
    with pytest.raises(DataError, match=r"0 files labels_consensus\.csv.*get MSP-Pod"):
        read("msp_podcast", tmp_path)


@pytest.fixture
def meld(tmp_path, touch):
    folders = {
        "train": "train_splits",
        "dev": "dev_splits_complete",
        "test": "output_repeated_splits_test",
    }

    def make(*rows, more=()):
        header = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID\n"
        text = dict.fromkeys(folders, header)
        for number, (part, name, speaker, emotion) in enumerate(rows):
            dialog, utterance = name.removeprefix("dia").split("_utt")
            # \x85 ends a line in Unicode, but no row.
            cells = ("So\x85 um\x92, no", speaker, emotion, "neutral")
            quoted = ",".join(f'"{cell}"' for cell in cells)
            text[part] += f"{number},{quoted},{dialog},{utterance}\n"
            touch(tmp_path, f"MELD.Raw/{folders[part]}/{name}.mp4")
        for part, rows_of_part in text.items():
            write(tmp_path, f"MELD.Raw/{part}_sent_emo.csv", rows_of_part)
        return touch(tmp_path, *(f"MELD.Raw/{name}" for name in more))

    return make


TRAIN = ("train", "dia0_utt0", "Joey", "joy")
TEST = ("test", "dia0_utt0", "Ross/Rachel", "fear")
DEV = ("dev", "dia0_utt0", "Phoebe", "neutral")


def test_meld_reads_three_parts_whose_names_repeat(meld):
    reading = read("meld", meld(TRAIN, DEV, TEST))
    assert not reading.problems
    assert [(*facts(clip)[:3], clip.split) for clip in reading.clips] == [
        ("meld/Joey/train/dia0_utt0.mp4", "Joey", "happiness", "train"),
        ("meld/Phoebe/dev/dia0_utt0.mp4", "Phoebe", "neutral", "train"),
        ("meld/Ross and Rachel/test/dia0_utt0.mp4", "Ross and Rachel", "fear", "test"),
    ]


def test_meld_takes_the_better_of_two_cuts(meld):
    folder = "output_repeated_splits_test"
    more = [f"{folder}/final_videos_testdia0_utt0.mp4"]
    reading = read("meld", meld(TRAIN, DEV, TEST, more=more))
    assert reading.clips[2].path.name == "final_videos_testdia0_utt0.mp4"
    assert reasons(reading.left_out) == {
        f"MELD.Raw/{folder}/dia0_utt0.mp4": "there is a better cut, "
        "final_videos_test..."
    }


def test_meld_recordings_that_nobody_has_are_left_out(meld):
    broken = ("train", "dia125_utt3", "Joey", "joy")
    missing = ("dev", "dia110_utt7", "Joey", "joy")
    folder = meld(TRAIN, DEV, TEST, broken, missing)
    (folder / "MELD.Raw/dev_splits_complete/dia110_utt7.mp4").unlink()
    reading = read("meld", folder)
    assert len(reading.clips) == 3
    assert reasons(reading.left_out) == {
        "MELD.Raw/train_splits/dia125_utt3.mp4": "broken in every copy",
        "dev_sent_emo.csv row 3": "missing from every copy",
    }


def test_meld_label_and_recording_without_each_other_are_problems(meld):
    folder = meld(TRAIN, DEV, TEST, ("train", "dia1_utt0", "Joey", "glee"))
    path = folder / "MELD.Raw/train_splits/dia0_utt0.mp4"
    path.rename(path.with_name("dia0_utt1.mp4"))
    assert reasons(read("meld", folder).problems) == {
        "train_sent_emo.csv row 2": "dia0_utt0 has no recording",
        "train_sent_emo.csv row 3": "no label: its Emotion 'glee' is unknown",
        "MELD.Raw/train_splits/dia0_utt1.mp4": "no label: no row of train names it",
    }


def test_meld_without_a_table_is_refused(meld):
    folder = meld(TRAIN, DEV, TEST)
    (folder / "MELD.Raw/dev_sent_emo.csv").unlink()
    with pytest.raises(DataError, match=r"holds 0 files dev_sent_emo\.csv.*get MELD"):
        read("meld", folder)


@pytest.mark.parametrize(
    ("corpus", "options", "message"),
    [
        ("emodb", {"subjects": "all"}, "emodb has no options"),
        ("enterface", {"table": "a"}, "enterface has the options subjects"),
        ("enterface", {"subjects": "7"}, "it must be one of no_s6, all, clean42"),
    ],
)
def test_wrong_options_of_a_corpus_are_refused(tmp_path, corpus, options, message):
    with pytest.raises(UsageError, match=message):
        CorpusSource(corpus, tmp_path, options=options).read()


@pytest.mark.parametrize(
    ("corpus", "num_clips"),
    [
        # Busso et al.: 10,039 turns, of which 2,507 without agreement and 3 others.
        ("iemocap", 10039 - 2507 - 3),
        ("msp_improv", 7798),
        # 13,708 labels, of which two have no recording.
        ("meld", 13706),
        ("ckplus", 327),
        ("jaffe", 213),
        ("fer2013", 35887),
    ],
)
def test_published_counts_add_up(corpus, num_clips):
    assert CORPORA[corpus].published.num_clips == num_clips
