"""WAV files, read without the offline half."""

import numpy as np
import pytest
import soundfile

from pathnet_tf.serving.wav_files import read_wav


def wav_of(path, samples, width):
    soundfile.write(
        path, samples, 8000, subtype=f"PCM_{'U8' if width == 1 else 8 * width}"
    )
    return path


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_wav_is_read_without_the_offline_half(tmp_path, rng, width):
    samples = rng.uniform(-0.9, 0.9, (500, 2))
    got, rate_hz = read_wav(wav_of(tmp_path / "a.wav", samples, width))
    assert rate_hz == 8000
    np.testing.assert_allclose(got, samples, atol=2.0 ** (1 - 8 * width) + 1e-6)
