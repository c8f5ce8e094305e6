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
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.storage import AnyPath, write_whole

PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn", "absl-py", "joblib")


def describe(*, seed: int | None, datasets: Mapping[str, str]) -> dict[str, Any]:
    """Describes the environment of a run.

    Args:
      seed: The experiment's seed, if anything is drawn.
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
    content = _read(path)
    if not isinstance(content.get("datasets"), dict):
        raise _unreadable(path, "no datasets")
    return dict(content["datasets"])


def recorded_functionals(path: AnyPath) -> dict[str, str]:
    """Reads which files of functionals a run used; see `recorded_datasets`.

    Returns:
      Hash of each file, by its path; none of a run of an earlier release.
    """
    return dict(_read(path).get("functionals", {}))


def require_same_versions(path: AnyPath) -> None:
    """Checks that a run goes on with the versions with which it was begun.

    Args:
      path: The run's `environment.json`.

    Raises:
      UsageError: Other versions, whose results may differ, are installed now.
    """
    begun = _read(path)
    now = {"pathnet_tf": pathnet_tf.__version__, "python": platform.python_version()}
    now |= {name: importlib.metadata.version(name) for name in PACKAGES}
    then = {name: begun.get(name) for name in ("pathnet_tf", "python")}
    then |= begun.get("packages", {})
    for name, version in now.items():
        if then.get(name) != version:
            raise UsageError(
                f"--run_dir={path.parent} was begun with {name} {then.get(name)}, this "
                f"is {version}; go on with that, begin anew with --overwrite, or name "
                "another --run_dir"
            )


def _read(path: AnyPath) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise _unreadable(path, repr(error)) from error


def _unreadable(path: AnyPath, why: str) -> DataError:
    return DataError(
        f"{path} cannot be read ({why}), so it is not known what its run learned from; "
        "run it again with --overwrite"
    )


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
