"""Runs the two binaries as a user would."""

import subprocess
import sys

import pytest

from data_tools.corpora import CORPORA
from pathnet_tf.data.dataset_card import read_card
from tests.binary import ROOT, run_forked


@pytest.fixture
def run(tmp_path):
    def call(program, *words):
        return run_forked(f"data_tools.{program}", *words, cwd=tmp_path)

    return call


@pytest.mark.parametrize(
    ("binary", "settings"),
    [
        (
            "write_mels",
            "all(w.FLAGS[n].default == getattr(FrontEnd(), n)"
            " for n in w.FRONT_END_FLAGS)",
        ),
        ("write_faces", "w.face_flags.front_end_from_flags() == FaceFrontEnd()"),
    ],
)
def test_flags_default_to_the_front_end(binary, settings):
    """In a process of its own: flags are global, and two binaries share names."""
    program = (
        f"from data_tools import {binary} as w\n"
        "from data_tools.cutters.face_front_end import FaceFrontEnd\n"
        "from pathnet_tf.features.front_end import FrontEnd\n"
        "w.FLAGS(['binary'])\n"
        f"print({settings})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-1] == "True"


def test_corpus_is_written_and_summed_up(run, tmp_path, speak):
    speak(tmp_path, "emodb/wav/03a01Wa.wav", "emodb/wav/08a01Fa.wav")
    done = run(
        "write_mels",
        "--corpus=emodb",
        "--corpus_dir=emodb",
        "--output_dir=out",
        "--num_mel_bands=32",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 clips, 2 segments, 2 speakers" in done.stdout
    assert read_card(tmp_path / "out").shape == (64, 32, 3)


def test_bad_files_end_in_one_line_and_status_1(run, tmp_path, speak):
    speak(tmp_path, "emodb/wav/03a01Wa.wav")
    (tmp_path / "emodb/wav/08a01Fa.wav").touch()
    done = run("write_mels", "--corpus=emodb", "--corpus_dir=emodb", "--output_dir=out")
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert lines[0] == "emodb/wav/08a01Fa.wav: is empty (0 bytes)"
    assert "--on_error=skip" in lines[1]
    assert len(lines) == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("program", ["write_mels", "check_corpus"])
def test_help_tells_flags(program):
    done = subprocess.run(
        [sys.executable, "-m", f"data_tools.{program}", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert "--corpus_option" in done.stdout
    assert "subjects: one of no_s6, all, clean42" in " ".join(done.stdout.split())


@pytest.mark.parametrize("program", ["write_mels", "check_corpus"])
def test_help_loads_nothing_heavy(program):
    script = (
        f"import sys, data_tools.{program}; "
        "print({'tensorflow', 'tensorflow_io', 'av', 'joblib'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    "words",
    [
        ["--output_dir=out"],
        ["--corpus=emodb", "--output_dir=out"],
        ["--corpus=emodb", "--corpus_dir=a", "--manifest=b", "--output_dir=out"],
        ["--manifest=b", "--corpus_dir=a", "--output_dir=out"],
        ["--corpus=emodb", "--corpus_dir=a", "--corpus_name=b", "--output_dir=out"],
        ["--manifest=b", "--corpus_name=a/b", "--output_dir=out"],
        ["--corpus=atlantis", "--corpus_dir=a", "--output_dir=out"],
        ["--manifest=b", "--corpus_option=table=a", "--output_dir=out"],
        ["--corpus=enterface", "--corpus_dir=a", "--corpus_option=subjects"],
        ["--corpus=emodb", "--corpus_dir=a", *["--corpus_option=a=b"] * 2],
        ["--corpus=emodb", "--corpus_dir=a"],
    ],
)
def test_wrong_use_is_one_line_and_status_2(run, words):
    done = run("write_mels", *words)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_check_prints_the_table(run, tmp_path, speak):
    speak(tmp_path, "03a01Wa.wav")
    done = run("check_corpus", "--corpus=emodb", "--corpus_dir=.")
    assert (done.returncode, done.stderr) == (0, "")
    assert "emodb: 1 clips, 1 speakers" in done.stdout


def test_check_fails_where_write_mels_would(run, tmp_path, speak):
    speak(tmp_path, "03a01Wa.wav", "holiday.wav")
    done = run("check_corpus", "--corpus=emodb", "--corpus_dir=.")
    assert done.returncode == 1
    assert "holiday.wav: no label" in done.stdout
    assert len(done.stderr.splitlines()) == 1


def test_list_describes_every_corpus_within_a_wide_terminal(run):
    lines = run("check_corpus", "--list").stdout.splitlines()
    table = lines[: lines.index("")]
    assert {line.split()[0] for line in table[1:]} == set(CORPORA)
    assert (
        "tess: two speakers cannot give an interval: a source, and no target" in lines
    )
    assert max(map(len, lines)) <= 150


def test_list_tells_more_of_one_corpus(run):
    done = run("check_corpus", "--list", "--corpus=Tess")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ps -> pleasant_surprise" in done.stdout
    assert "get TESS (https" in done.stdout
