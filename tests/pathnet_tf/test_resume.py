"""A run that was interrupted, as a user interrupts it and starts it again."""

import glob
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import pytest

from pathnet_tf.report import write_report
from tests.binary import ROOT, transfer_here
from tests.tiny import write_tiny

SEARCH = (
    "--generations=4",
    "--population_size=4",
    "--num_modules=6",
    "--num_layers=2",
    "--module_units=6",
    "--num_active=2",
    "--learning_rate=0.1",
    "--batch_size=8",
    "--checkpoint_every=1",
)


# The binary but for its report, which takes longer than such a run.
DRIVER = """
import sys
from pathnet_tf import transfer
from pathnet_tf.report import write_report
from pathnet_tf.runtime import command_line
from tests.binary import one_pixel_pictures
write_report.write_report = lambda folders: "left out"
sys.argv[0] = "transfer.py"
with one_pixel_pictures():
    command_line.run(transfer.main, doc="")
"""

# What all processes of a run import as they start: once a file of the name that is
# asked for stands, they stop, however fast or slow they are.
SITE = """
import fnmatch, os, signal, sys
is_written = False

def stop(event, arguments):
    global is_written
    if is_written:
        is_written = False
        try:
            os.mkdir(os.environ["STOPPED"])
        except FileExistsError:
            return
        os.killpg(0, signal.SIGSTOP)
    elif event == "os.rename":
        is_written = fnmatch.fnmatch(arguments[1], os.environ["STOP_AT"])

sys.addaudithook(stop)
"""


def words_of(folder, name, *more):
    return [
        *SEARCH,
        f"--source={folder / 'one'}",
        f"--target={folder / 'two'}",
        f"--run_dir={folder / name}",
        f"--export_dir={folder / f'{name}_model'}",
        *more,
    ]


def results(folder, name):
    """Bytes of everything that must not depend on interruptions."""
    run_dir, model = folder / name, folder / f"{name}_model"
    paths = [run_dir / "results.csv", run_dir / "predictions.csv"]
    paths += run_dir.rglob("history.jsonl")
    paths += run_dir.rglob("network.*")
    paths += (model / "variables").iterdir()
    return {str(p.relative_to(folder))[len(name) :]: p.read_bytes() for p in paths}


def start(words, largest_file=resource.RLIM_INFINITY, **environment):
    """Starts a run, which may write no file of more bytes."""
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, *map(str, words)],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # As a terminal does it: all of its processes in a group of their own.
        start_new_session=True,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (largest_file, resource.RLIM_INFINITY)
        ),
    )


def transfer(*words, **limits):
    process = start(words, **limits)
    out, errors = process.communicate()
    return subprocess.CompletedProcess(words, process.returncode, out, errors)


def found(folder, pattern):
    # Unlike pathlib, it bears folders that vanish while it looks.
    return set(glob.glob(str(folder / "**" / pattern), recursive=True))


def start_until(folder, words, pattern):
    """Starts a run, whose processes stop as soon as one has written such a file."""
    site = folder / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(SITE)
    stopped = folder / "stopped"
    stopped.rmdir() if stopped.exists() else None
    process = start(
        words, PYTHONPATH=f"{site}:{ROOT}", STOP_AT=pattern, STOPPED=str(stopped)
    )
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), process.communicate()[1]
    return process


def learn_here(*words):
    """Runs all of it in this process."""
    with mock.patch.object(write_report, "write_report", return_value="left out"):
        return transfer_here(*words)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resume")
    write_tiny(folder, "one", seed=1)
    write_tiny(folder, "two")
    return folder


@pytest.fixture(scope="module")
def whole(folder):
    """The results of a run that nothing interrupted."""
    done = learn_here(*words_of(folder, "whole"))
    assert done.returncode == 0, done.stderr
    return results(folder, "whole")


@pytest.fixture(scope="module")
def ordeal(folder):
    """A run that is interrupted four times; what each of its lives said."""
    lives = {}

    def live(name, workers, pattern, number, *, to_group=False, beside=None):
        words = words_of(folder, "run", f"--num_workers={workers}")
        process = start_until(folder, words, str(folder / "run" / pattern))
        if beside:
            lives["beside"] = process.pid, learn_here(*words_of(folder, "run"))
        (os.killpg if to_group else os.kill)(process.pid, number)
        os.killpg(process.pid, signal.SIGCONT)
        errors = process.communicate()[1]
        lives[name] = process.returncode, errors

    target = "checkpoints/transfer/target/*.checkpoint"
    live("source", 1, "checkpoints/*.checkpoint", signal.SIGKILL)
    assert not found(folder, "checkpoints/transfer/target/**/*.checkpoint")
    live("ctrl-c", 2, target, signal.SIGINT, to_group=True)
    live("kill", 1, "units/transfer*.npz", signal.SIGTERM)
    assert not (folder / "run/results.csv").exists()
    live("export", 1, "predictions.csv", signal.SIGKILL, beside=True)
    lives["last"] = learn_here(f"--flagfile={folder / 'run/resolved.flags'}")
    return lives


def test_a_run_that_was_interrupted_comes_to_the_same_bytes(folder, whole, ordeal):
    assert ordeal["last"].returncode == 0, ordeal["last"].stderr
    assert results(folder, "run") == whole
    assert not (folder / "run/checkpoints").exists()


def test_neither_workers_nor_cache_change_what_every_switch_makes(folder):
    switches = (
        "--num_layers=1",
        "--module=time_conv",
        "--pooling=attention",
        "--classify=clip",
        "--segments_per_clip=2",
        "--optimizer=adam",
        "--learning_rate=0.01",
        "--mixup=0.2",
        "--dropout=0.2",
        "--time_mask=2",
        "--final_steps=4",
        "--schedule=cosine",
        "--ensemble=2",
    )
    found = []
    for name, learn, *how in (
        ("alone", learn_here, "--cache=memory"),
        ("pair", transfer, "--num_workers=2", "--cache=disk"),
    ):
        done = learn(*words_of(folder, name, *switches, *how))
        assert done.returncode == 0, done.stderr
        found.append(results(folder, name))
    assert found[0] == found[1]


@pytest.mark.parametrize(("life", "status"), [("ctrl-c", 130), ("kill", 143)])
def test_a_signal_ends_a_run_that_says_how_to_go_on(folder, ordeal, life, status):
    code, errors = ordeal[life]
    assert code == status, errors
    assert "Traceback" not in errors
    assert errors.splitlines()[-1] == (
        "transfer.py: interrupted; go on with: python -m pathnet_tf.transfer "
        f"--flagfile={folder / 'run/resolved.flags'}"
    )


def test_a_run_that_may_write_no_more_ends_in_one_line_and_goes_on(folder, whole):
    words = words_of(folder, "full", "--num_workers=1")
    done = transfer(*words, largest_file=60_000)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        "File too large; make room, then give the same command again"
    )
    assert "Traceback" not in done.stderr
    assert learn_here(*words).returncode == 0
    assert results(folder, "full") == whole


def _workers_of(pid):
    """Processes that were started to work for it."""
    owner = f"PATHNET_TF_STOP_OWNER={pid}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name != str(pid) and owner in (entry / "environ").read_bytes():
                command = (entry / "cmdline").read_bytes()
                found += [entry.name] * (b"popen_loky" in command)
        except OSError:
            continue
    return found


@pytest.mark.parametrize("wait_s", [0.0, 0.7, 2.0])
def test_a_run_that_is_killed_as_it_starts_leaves_no_worker(folder, wait_s):
    process = start(words_of(folder, f"early-{wait_s}", "--num_workers=2"))
    while not _workers_of(process.pid):
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.01)
    time.sleep(wait_s)
    process.kill()
    # Until nobody holds its output any more.
    process.communicate()
    assert not _workers_of(process.pid)


def test_a_second_process_on_the_folder_is_refused(ordeal):
    pid, second = ordeal["beside"]
    assert second.returncode == 2
    assert f"is being written by process {pid} on" in second.stderr


def test_damaged_outcomes_of_a_finished_run_are_learned_again(folder, whole, ordeal):
    scores = folder / "run/units/transfer repeat-0 fold-s2.npz"
    content = bytearray(scores.read_bytes())
    content[len(content) // 2] ^= 1
    scores.write_bytes(content)
    network = folder / "run/sources/repeat-0/network.weights.h5"
    network.write_bytes(network.read_bytes()[:-1])
    done = learn_here(*words_of(folder, "run"))
    assert done.returncode == 0, done.stderr
    assert "transfer, repeat 0, fold s2 is run again" in done.stdout
    assert "network.weights.h5 is damaged" in done.stdout
    assert results(folder, "run") == whole


def test_other_flags_are_refused_by_name(folder, whole):
    words = words_of(folder, "whole", "--generations=3", "--scratch_control")
    done = learn_here(*words)
    assert done.returncode == 2
    assert (
        "holds a run with other flags (--noscratch_control there, --scratch_control "
        "here; --generations=4 there, --generations=3 here); name another --run_dir, "
        "or begin anew with --overwrite" in done.stderr
    )
    assert results(folder, "whole") == whole
