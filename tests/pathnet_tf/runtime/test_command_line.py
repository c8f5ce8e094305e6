import os
import signal
import subprocess
import sys

import pytest

PROGRAM = '''
"""Does something.

  python example.py --size=3
"""
import os
import time
from absl import flags
from pathnet_tf.runtime import command_line
from pathnet_tf.runtime.errors import DataError, UsageError
flags.DEFINE_integer("size", 3, "How large.", lower_bound=1)
flags.DEFINE_multi_string("name", [], "Whose.")
WAYS = ["work", "fail", "misuse", "open", "bug", "wait", "fill", "fill_tf"]
flags.DEFINE_enum("do", "work", WAYS, "What.")
def main():
    do = flags.FLAGS.do
    if do == "fail":
        raise DataError("clip.wav is broken;\\nmend it")
    if do == "misuse":
        raise UsageError("--size is wrong")
    if do == "open":
        open("/nowhere/at/all")
    if do == "bug":
        raise RuntimeError("ours")
    if do == "fill":
        raise OSError(28, os.strerror(28), "/run/a.npz")
    if do == "fill_tf":
        raise RuntimeError("{{node Save}} /run/b.tmp; No space left on device [Op]")
    if do == "wait":
        print("waiting", flush=True)
        time.sleep(600)
    print(command_line.resolved_flags(__name__), end="")
command_line.run(main, doc=__doc__)
'''


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "example.py"
    path.write_text(PROGRAM)
    return path


@pytest.fixture
def run(program):
    def call(*words):
        return subprocess.run(
            [sys.executable, program, *words], capture_output=True, text=True
        )

    return call


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--do=fail"], 1, "example.py: clip.wav is broken; mend it\n"),
        (["--do=misuse"], 2, "example.py: --size is wrong\n"),
        (["--do=open"], 1, "example.py: /nowhere/at/all: No such file or directory\n"),
    ],
)
def test_a_users_mistake_is_one_line(words, status, message, run):
    done = run(*words)
    assert (done.returncode, done.stderr) == (status, message)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--size=0"], "flag --size=0"),
        (["--sice=4"], "Did you mean: size ?"),
        (["size"], "Unexpected argument: 'size'"),
        (["--do=nothing"], "--do=nothing"),
    ],
)
def test_a_wrong_flag_is_one_line(words, message, run):
    done = run(*words)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("word", "place"), [("fill", "/run/a.npz"), ("fill_tf", "/run/b.tmp")]
)
def test_a_full_disk_is_one_line_with_its_remedy(word, place, run):
    done = run(f"--do={word}")
    assert done.returncode == 1
    assert done.stderr == (
        f"example.py: {place}: No space left on device; make room, then give the same "
        "command again\n"
    )


def test_a_defect_of_ours_keeps_its_traceback(run):
    assert "Traceback" in run("--do=bug").stderr


@pytest.mark.parametrize("word", ["--help", "-h", "--helpfull"])
def test_help_shows_the_command_and_every_flag(word, run):
    done = run(word)
    assert done.returncode == 0
    assert "python example.py --size=3" in done.stdout
    assert "--size: How large." in done.stdout
    assert "<work|fail|" in done.stdout


def test_resolved_flags_are_a_flagfile(run, tmp_path):
    text = run("--size=5").stdout
    assert text == "--size=5\n--do=work\n"
    (tmp_path / "a.flags").write_text("# A comment.\n" + text)
    assert run(f"--flagfile={tmp_path / 'a.flags'}").stdout == text


@pytest.mark.parametrize(
    ("words", "size", "names"),
    [
        ("{file}", 5, ["a", "b", "c"]),
        ("{file} {more}", 6, ["a", "b", "c", "c"]),
        ("--name=x {file} --name y", 5, ["x", "y"]),
        ("--flagfile {path} --size=7 --name=x", 7, ["x"]),
        ("--size 7 --name=x {file}", 7, ["x"]),
    ],
)
def test_flags_of_the_command_line_replace_those_of_flagfiles(
    words, size, names, run, tmp_path
):
    path, more = tmp_path / "a.flags", tmp_path / "more.flags"
    path.write_text(f"--name=a\n--name=b\n--flagfile={more}\n--size=5\n")
    more.write_text("--name=c\n--size=6\n")
    given = {"path": path, "file": f"--flagfile={path}", "more": f"--flagfile={more}"}
    done = run(*words.format(**given).split())
    lines = [f"--size={size}", "--do=work", *(f"--name={name}" for name in names)]
    assert sorted(done.stdout.splitlines()) == sorted(lines)


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_an_interrupted_program_says_so_by_its_status(number, status, program):
    running = subprocess.Popen(
        [sys.executable, program, "--do=wait"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Background jobs of a shell ignore SIGINT, and so would this one.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    assert running.stdout.readline() == "waiting\n"
    running.send_signal(number)
    _, errors = running.communicate()
    assert running.returncode == status
    assert "Traceback" not in errors


@pytest.fixture
def shell(program):
    def call(redirection, **environment):
        return subprocess.run(
            f"'{sys.executable}' '{program}' --size=ä {redirection}",
            shell=True,
            capture_output=True,
            env=os.environ | environment,
        )

    return call


def test_a_locale_of_ascii_changes_nothing(shell):
    ascii_alone = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = shell("", **ascii_alone)
    assert done.returncode == 2
    assert "ä" in done.stderr.decode()
    assert done.stderr == shell("").stderr


@pytest.mark.parametrize("closed", ["2>&-", "<&-", ">&-", "<&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_as_dev_null(program, closed):
    done = subprocess.run(
        f"'{sys.executable}' '{program}' --do=fail {closed}",
        shell=True,
        capture_output=True,
    )
    assert done.returncode == 1
    assert done.stdout == b""
    error = b"" if "2>" in closed else b"example.py: clip.wav is broken; mend it\n"
    assert done.stderr == error


@pytest.mark.parametrize("closed", ["2>&-", "<&-", "<&- 2>&-"])
def test_the_answer_comes_though_streams_are_closed(program, closed):
    done = subprocess.run(
        f"'{sys.executable}' '{program}' {closed}", shell=True, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"--size=3" in done.stdout
