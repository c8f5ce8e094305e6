"""The binary as a user runs it: a clean table, and tables leaked on purpose."""

import subprocess
import sys

import pytest

from tests.binary import ROOT

SPEAKERS = ("ann", "bob", "eve", "joe")
EMOTIONS = ("anger", "sadness")


def audit_splits(*words):
    return subprocess.run(
        [sys.executable, "-m", "pathnet_tf.audit_splits", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def clean(tmp_path):
    """Rows of a split without a leak, whose files are there."""
    rows = []
    for number, speaker in enumerate(SPEAKERS):
        split = "train" if number < 3 else "test"
        (tmp_path / speaker).mkdir()
        for emotion in EMOTIONS:
            file = f"{speaker}/{emotion}.wav"
            (tmp_path / file).write_text(f"{file:20}")
            rows.append([file, speaker, split, emotion, f"{split} {emotion}"])
    return rows


@pytest.fixture
def write(tmp_path):
    def write_table(rows, columns="file,speaker,split,emotion,sentence"):
        path = tmp_path / "split.csv"
        path.write_text("\n".join([columns, *map(",".join, rows)]) + "\n")
        return path

    return write_table


def leaks(done, text):
    """Whether the report and the error name what leaks."""
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert text in done.stdout
    return done.stderr


def test_a_clean_table_is_no_error(clean, write):
    done = audit_splits(f"--table={write(clean)}")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "No leak"
    assert "8 rows, 8 files, 4 speakers, 1 division(s)" in done.stdout
    assert "train 6 rows of 3 speaker(s), test 2 rows of 1 speaker(s)" in done.stdout
    assert done.stdout.count("no overlap") == 4


def test_a_speaker_on_both_sides_is_named(clean, write):
    clean[-1][1] = "ann"
    done = audit_splits(f"--table={write(clean)}")
    error = leaks(done, "speaker   LEAK: 1 in train and test: ann")
    assert "leaks: speaker in split;" in error


def test_a_file_on_both_sides_is_named(clean, write):
    clean[-1][0] = "joe/../ann/anger.wav"
    done = audit_splits(f"--table={write(clean)}")
    assert "leaks: file in split;" in leaks(done, "file      LEAK: 1 in train and test")
    assert "ann/anger.wav" in done.stdout


def test_a_copy_under_another_name_is_named(clean, write, tmp_path):
    (tmp_path / "joe/anger.wav").write_bytes((tmp_path / "ann/anger.wav").read_bytes())
    done = audit_splits(f"--table={write(clean)}")
    text = "content   LEAK: 1 in train and test: ann/anger.wav = joe/anger.wav"
    assert "leaks: content in split;" in leaks(done, text)


def test_a_sentence_on_both_sides_is_a_leak_where_it_must_not_be(clean, write):
    clean[-1][4] = "train anger"
    done = audit_splits(f"--table={write(clean)}", "--sentences_must_differ")
    error = leaks(done, "sentence  LEAK: 1 in train and test: train anger")
    assert "leaks: sentence in split;" in error


def test_a_sentence_on_both_sides_is_a_warning_else(clean, write):
    clean[-1][4] = "train anger"
    done = audit_splits(f"--table={write(clean)}")
    assert done.returncode == 0
    assert "sentence  warning: 1 in train and test: train anger" in done.stdout
    assert done.stdout.splitlines()[-1] == "No leak; 1 warning(s)"


def test_a_leak_of_one_fold_names_the_fold(clean, write):
    rows = [[file, speaker, speaker] for file, speaker, *_ in clean]
    rows[0][2] = "bob"
    done = audit_splits(f"--table={write(rows, 'file,speaker,fold')}")
    error = leaks(done, "fold ann: train 7 rows")
    assert "leaks: speaker in fold bob, fold ann;" in error


def test_sentences_come_from_the_names_of_a_corpus(write):
    rows = [["wav/03a01Fa.wav", "03", "train"], ["wav/08a01Wa.wav", "08", "test"]]
    table = write(rows, "file,speaker,split")
    done = audit_splits(f"--table={table}", "--corpus=emodb")
    assert done.returncode == 0
    assert "sentence  warning: 1 in train and test: a01" in done.stdout
    assert "2 of 2 files (wav/03a01Fa.wav, wav/08a01Wa.wav)" in done.stdout
    words = ("--corpus=emodb", "--sentences_must_differ")
    assert audit_splits(f"--table={table}", *words).returncode == 1


def test_files_are_found_under_root(clean, write, tmp_path):
    table = write(clean).rename(tmp_path / "ann" / "split.csv")
    done = audit_splits(f"--table={table}", f"--root={tmp_path}")
    assert done.returncode == 0
    assert "Missing" not in done.stdout


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ([], 2, "--table is missing"),
        (["--table=nothing.csv"], 1, "nothing.csv cannot be read"),
        (["--table={table}", "--root=nowhere"], 1, "No folder at nowhere; --root"),
        (["--table={table}", "--corpus=iemocap"], 2, "--corpus"),
        (["--table={table}", "--sentences_must_differ"], 2, "tells none; add a column"),
    ],
)
def test_mistakes_are_one_line(words, status, message, write):
    table = write([["a", "ann", "train"], ["b", "bob", "test"]], "file,speaker,split")
    done = audit_splits(*(word.format(table=table) for word in words))
    assert done.returncode == status
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_help_shows_a_command():
    done = audit_splits("--help")
    assert done.returncode == 0
    assert "python -m pathnet_tf.audit_splits --table=split.csv" in done.stdout
    assert "--sentences_must_differ" in done.stdout
