"""Small settings of the synthesizer, and what it left in a folder."""

import hashlib
from pathlib import Path

from data_tools.synthesis.corpus_writer import DemoSettings


def settings_for(folder, **changes):
    values = {
        "output_dir": folder,
        "corpora": ("emodb",),
        "num_speakers": 2,
        "clips_per_emotion": 1,
        "num_workers": 1,
    }
    return DemoSettings(**(values | changes))


def hashes(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }
