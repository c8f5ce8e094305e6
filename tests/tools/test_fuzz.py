"""Some mutated files through the whole tools, as `tools/fuzz` does with thousands."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_mutated_files_are_read_or_named():
    done = subprocess.run(
        [sys.executable, "tools/fuzz.py", "--files=120", "--seed=1"],
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=f"{ROOT / 'tools'}:{ROOT}"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()[1:]]
    assert [line[0] for line in lines] == [
        "wav",
        "flac",
        "avi",
        "avi",
        "png",
        "tfrecord",
    ]
    for _, _, files, read, refused, crashed, still, swelled, unnamed, *_ in lines:
        assert int(read) + int(refused) == int(files) == 21
        assert int(read) >= 1
        assert int(refused) >= 1
        assert int(unnamed) == 0
        # Told here if a version of a decoder brings such a thing.
        assert int(crashed) + int(still) + int(swelled) <= 1
