from pathlib import Path

import numpy as np
import pytest
import skimage.data
import soundfile


@pytest.fixture
def tone():
    """Makes a sine of `[num_samples]`, amplitude 0.5."""

    def make(*, seconds=0.3, rate_hz=16000, hz=440.0):
        times_s = np.arange(round(seconds * rate_hz)) / rate_hz
        return (0.5 * np.sin(2 * np.pi * hz * times_s)).astype(np.float32)

    return make


@pytest.fixture
def touch():
    """Makes files that a reader sees but does not open."""

    def make(folder, *names):
        for name in names:
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return Path(folder)

    return make


@pytest.fixture
def speak(rng):
    """Writes half-second files of noise, each different."""

    def make(folder, *names, seconds=0.5):
        for name in names:
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            noise = rng.uniform(-0.5, 0.5, round(16000 * seconds))
            soundfile.write(path, noise, 16000)
        return Path(folder)

    return make


@pytest.fixture(scope="session")
def photograph():
    """A photograph with one face, uint8 `[512, 512, 3]`."""
    return skimage.data.astronaut()
