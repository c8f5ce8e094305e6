import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def synthesize(*flags):
    return subprocess.run(
        [sys.executable, "-m", "data_tools.synthesize", *flags],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


TINY = ("--num_speakers=1", "--clips_per_emotion=1", "--num_workers=1")


def test_writes_the_named_corpora(tmp_path):
    ended = synthesize(f"--output_dir={tmp_path}", "--corpora=savee,ravdess", *TINY)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "savee/AudioData/DC/sa01.wav").is_file()
    assert (tmp_path / "savee/AudioVisualClip/DC/sa01.avi").is_file()
    assert (tmp_path / "ravdess/Actor_01/03-01-05-01-01-01-01.wav").is_file()
    assert f"{tmp_path / 'savee'}: 16 files of 1 synthesized speakers" in ended.stdout


def test_nofaces_leaves_out_what_only_shows(tmp_path):
    ended = synthesize(
        f"--output_dir={tmp_path}", "--corpora=savee", "--nofaces", *TINY
    )
    assert ended.returncode == 0, ended.stderr
    assert f"{tmp_path / 'savee'}: 8 files of 1 synthesized speakers" in ended.stdout
    assert not list(tmp_path.rglob("*.avi"))


def test_stdout_has_the_summary_alone(tmp_path):
    ended = synthesize(
        f"--output_dir={tmp_path}", "--corpora=savee", "--nofaces", *TINY
    )
    assert ended.stdout.count("\n") == 1
    assert "8/8" not in ended.stdout


def test_flags_reach_the_corpus(tmp_path):
    ended = synthesize(
        f"--output_dir={tmp_path}",
        "--corpora=savee",
        "--savee_layout=flat",
        "--nofaces",
        *TINY,
    )
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "savee/DC_sa01.wav").is_file()


@pytest.mark.parametrize(
    ("flags", "status", "message"),
    [
        (("--corpora=iemocap",), 2, "--corpora takes"),
        (("--corpora=savee", "--num_speakers=5"), 2, "--num_speakers must be"),
        (("--seed=x",), 2, "seed"),
        (("--corpora=savee",), 2, "savee exists; name another --output_dir"),
    ],
)
def test_an_error_is_one_line(tmp_path, flags, status, message):
    (tmp_path / "savee").mkdir()
    (tmp_path / "savee/SYNTHESIZED.txt").touch()
    ended = synthesize(f"--output_dir={tmp_path}", *flags)
    assert ended.returncode == status
    assert message in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_help_imports_nothing_heavy():
    script = (
        "import sys, data_tools.synthesize\n"
        "print({'numpy', 'av', 'cv2', 'joblib', 'tensorflow'} & set(sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert ended.stdout == "set()\n", ended.stderr


def test_help_shows_a_command_that_works():
    ended = synthesize("--help")
    assert ended.returncode == 0
    assert "python -m data_tools.synthesize --output_dir=demo/corpora" in ended.stdout
