"""TFRecords are the wall between the two halves, and NumPy-only files stay so."""

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "pathnet_tf"
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")


def loaded_after_importing(modules):
    imports = "; ".join(f"import pathnet_tf.{name}" for name in modules)
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {imports}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in done.stdout.split()}


def test_training_never_imports_the_offline_half():
    loaded = loaded_after_importing(MODULES)
    assert "tensorflow" in loaded
    assert not loaded & {"tensorflow_io", "cv2", "av", "soxr", "data_tools"}


@pytest.mark.parametrize(
    "module",
    [
        "genotype",
        "tournament",
        "streams",
        "metrics",
        "folds",
        "command_line",
        "transfer",
    ],
)
def test_light_files_do_not_import_tensorflow(module):
    assert not loaded_after_importing([module]) & {"tensorflow", "keras", "sklearn"}
