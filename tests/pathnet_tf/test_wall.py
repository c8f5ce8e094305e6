"""TFRecords are the wall between the two halves, and NumPy-only files stay so."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "pathnet_tf"
FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = [
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in FILES
    if not path.stem.startswith("__")
]


def loaded_after_importing(modules):
    imports = "; ".join(f"import pathnet_tf.{name}" for name in modules)
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {imports}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_training_names_nothing_of_the_offline_half(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    # What predicts recordings has one door, which stays shut until it is asked for.
    allowed = {"data_tools"} if path.stem == "media_gate" else set()
    forbidden = {"tensorflow_io", "cv2", "av", "soxr", "data_tools"}
    assert not names & (forbidden - allowed)


def test_training_loads_nothing_of_the_offline_half():
    # Keras itself loads cv2 where it is installed.
    loaded = loaded_after_importing(MODULES)
    assert "tensorflow" in loaded
    assert not loaded & {"tensorflow_io", "av", "soxr", "data_tools"}


@pytest.mark.parametrize(
    "module",
    [
        "network.genotype",
        "search.genetic_search",
        "runtime.reproducibility",
        "evaluation.metrics",
        "evaluation.significance",
        "evaluation.paired_comparison",
        "evaluation.transfer_gain",
        "data.speaker_folds",
        "fusion.late_fusion",
        "data.split_audit",
        "runtime.command_line",
        "audit_splits",
        "transfer",
        "cross_corpus",
        "fuse",
        "predict",
        "serving.predict_files",
    ],
)
def test_light_files_do_not_import_tensorflow(module):
    assert not loaded_after_importing([module]) & {"tensorflow", "keras", "sklearn"}
