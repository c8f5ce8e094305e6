"""Runs binaries as a user runs them, or in this process."""

import contextlib
import importlib
import io
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from multiprocessing import forkserver
from pathlib import Path
from unittest import mock

from matplotlib.figure import Figure
from PIL import Image

from data_tools.workers import run_tasks
from pathnet_tf.runtime import command_line

ROOT = Path(__file__).resolve().parents[1]


def _one_pixel_png():
    stream = io.BytesIO()
    Image.new("RGB", (1, 1)).save(stream, "png")
    return stream.getvalue()


ONE_PIXEL = {
    "png": _one_pixel_png(),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
}


def transfer(*words):
    """Gives exit status, stdout and stderr as text."""
    return subprocess.run(
        [sys.executable, "-m", "pathnet_tf.transfer", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def transfer_here(*words):
    """Gives the same, without the seconds that imports and pictures take.

    Runs of a test's own process have one worker, which is this process.
    """
    with one_pixel_pictures():
        return run_here("pathnet_tf.transfer", "--num_workers=1", *words)


def run_forked(name, *words, cwd=ROOT):
    """Runs any binary in a process of its own, where what it imports is already there.

    As a user's, it has flags of its own, and native code prints into the outcome.
    """
    with tempfile.TemporaryDirectory() as folder:
        process = multiprocessing.get_context("forkserver").Process(
            target=_run_as_main, args=(folder, cwd, name, *map(str, words))
        )
        process.start()
        process.join()
        output, errors = (Path(folder, one).read_text() for one in ("1", "2"))
    return subprocess.CompletedProcess(words, process.exitcode, output, errors)


def _run_as_main(folder, cwd, name, *words):
    for stream in (1, 2):
        os.dup2(os.open(f"{folder}/{stream}", os.O_WRONLY | os.O_CREAT), stream)
    os.chdir(cwd)
    sys.argv = [name, *words]
    # Its watched workers come from where it comes from, rather than import once more.
    forkserver._forkserver.ensure_running = lambda: None
    # On a slow machine too, work of moments leaves no line of progress.
    run_tasks._LOG_DELAY_S = 600.0
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def one_pixel_pictures():
    """Draws every figure as one pixel: drawing takes longer than a tiny run learns."""

    def savefig(figure, stream, *, format, **options):
        stream.write(ONE_PIXEL[format])

    return mock.patch.object(Figure, "savefig", savefig)


def run_here(name, *words):
    """Runs any binary in this process.

    What native code prints and what imports print is not in the outcome, so that one
    test of every kind takes a process of its own.
    """
    module = importlib.import_module(name)
    values = module.FLAGS
    argv = [module.__file__, *map(str, words)]
    output, errors, status = io.StringIO(), io.StringIO(), 0
    # Both are the process's: what another test has left in them, and what this leaves.
    values.unparse_flags()
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with (
            mock.patch.object(sys, "argv", argv),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(errors),
        ):
            command_line.run(
                module.main,
                doc=module.__doc__,
                values=values,
                takes_words=getattr(module, "TAKES_WORDS", False),
            )
    except SystemExit as end:
        status = end.code
    finally:
        values.unparse_flags()
        signal.signal(signal.SIGTERM, handler)
    return subprocess.CompletedProcess(
        argv, status, output.getvalue(), errors.getvalue()
    )
