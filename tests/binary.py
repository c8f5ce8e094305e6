"""Runs the transfer binary as a user runs it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def transfer(*words):
    """Gives exit status, stdout and stderr as text."""
    return subprocess.run(
        [sys.executable, "-m", "pathnet_tf.transfer", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
