"""Functionals of a moment, of the ComParE set by their name."""

import json
from pathlib import Path

import numpy as np


def write_compare(
    folder: Path,
    seed: int = 0,
    *,
    silence_db: float = 0.0,
    speeds: tuple[float, ...] = (),
) -> None:
    """Puts them beside a dataset."""
    clips = json.loads((folder / "dataset.json").read_text())["clips"]
    shape = (len(clips), 1 + len(speeds), 20)
    values = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    np.savez(
        folder.with_name(f"{folder.name}.compare.npz"),
        keys=np.array([clip["key"] for clip in clips]),
        sha256=np.array([clip["sha256"] for clip in clips]),
        feature_set=np.array("compare"),
        values=values[:, 0],
        silence_db=np.array(silence_db),
        speeds=np.array(speeds),
        values_at_speeds=values[:, 1:],
    )
