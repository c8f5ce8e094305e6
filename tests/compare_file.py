"""Functionals of a moment, of the ComParE set by their name."""

import json
from pathlib import Path

import numpy as np


def write_compare(folder: Path, seed: int = 0) -> None:
    """Puts them beside a dataset."""
    clips = json.loads((folder / "dataset.json").read_text())["clips"]
    values = np.random.default_rng(seed).normal(size=(len(clips), 20))
    np.savez(
        folder.with_name(f"{folder.name}.compare.npz"),
        keys=np.array([clip["key"] for clip in clips]),
        sha256=np.array([clip["sha256"] for clip in clips]),
        feature_set=np.array("compare"),
        values=values.astype(np.float32),
    )
