"""What a run depended on: versions, revision, seed and data, for `environment.json`."""

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pathnet_tf
from pathnet_tf.errors import DataError
from pathnet_tf.storage import AnyPath, write_whole

PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn", "absl-py", "joblib")


def describe(*, seed: int | None, datasets: Mapping[str, str]) -> dict[str, Any]:
    """Describes the environment of a run.

    Args:
      seed: The experiment's seed; none where nothing is drawn.
      datasets: Hash of each dataset, by its folder.

    Returns:
      Plain values for a JSON file.
    """
    return {
        "pathnet_tf": pathnet_tf.__version__,
        "git_revision": git_revision(Path(__file__).parent),
        "command": sys.argv,
        "seed": seed,
        "datasets": dict(datasets),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "num_cores": os.cpu_count(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def write(path: AnyPath, content: Mapping[str, Any]) -> None:
    """Writes `environment.json`."""
    write_whole(path, (json.dumps(content, indent=1) + "\n").encode())


def recorded_datasets(path: AnyPath) -> dict[str, str]:
    """Reads which datasets a run learned from.

    Args:
      path: The run's `environment.json`.

    Returns:
      Hash of each dataset, by its folder.

    Raises:
      DataError: The file is missing or cannot be parsed.
    """
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["datasets"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} cannot be read ({error!r}), so nobody can tell what its run "
            "learned from; run it again"
        ) from error


def git_revision(folder: Path) -> str | None:
    """Revision of the checkout that holds `folder`, `+` after it where it was changed.

    Returns:
      None where there is no git or no checkout, as in an installed package.
    """
    try:
        revision = _git(folder, "rev-parse", "HEAD")
        changes = _git(folder, "status", "--porcelain", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return None
    return revision + ("+" if changes else "")


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
