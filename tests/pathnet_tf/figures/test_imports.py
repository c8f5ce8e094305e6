"""Pictures need NumPy, scikit-learn, matplotlib and Pillow, and no global state."""

import subprocess
import sys
from pathlib import Path

import pytest

from pathnet_tf import figures

FILES = sorted(Path(figures.__file__).parent.glob("[!_]*.py"))


@pytest.fixture(scope="module")
def loaded():
    imports = "; ".join(f"import pathnet_tf.figures.{path.stem}" for path in FILES)
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {imports}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("name", ["tensorflow", "keras", "data_tools", "cv2"])
def test_pictures_load_nothing_of_the_training(name, loaded):
    assert name not in loaded


def test_pictures_do_not_load_pyplot(loaded):
    assert "matplotlib.pyplot" not in loaded
