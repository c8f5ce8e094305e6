"""Recordings that are read block by block, whole or damaged."""

import numpy as np
import pytest

from data_tools.media import audio_blocks
from data_tools.media_error import MediaError
from tests.data_tools.media.reading import read_audio
from tests.data_tools.media.test_audio import write, write_av


def test_flac_of_unknown_length_is_read_to_its_end(tmp_path, tone):
    path = write(tmp_path / "a.flac", tone())
    content = bytearray(path.read_bytes())
    # The lower 36 bits of eight bytes of the stream's description: samples in all.
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    path.write_bytes(content)
    np.testing.assert_allclose(read_audio(path), tone(), atol=2**-15)


@pytest.mark.parametrize("rate_hz", [16000, 44100])
def test_blocks_join_without_a_seam(tmp_path, tone, monkeypatch, rate_hz):
    path = write(tmp_path / "a.wav", tone(rate_hz=rate_hz), rate_hz)
    whole = read_audio(path)
    monkeypatch.setattr(audio_blocks, "_BLOCK_SAMPLES", 1000)
    np.testing.assert_array_equal(read_audio(path), whole)


def test_a_rate_that_changes_halfway_is_refused(tmp_path, tone):
    parts = []
    for rate_hz in (16000, 8000):
        path = tmp_path / f"{rate_hz}.aac"
        samples = tone(seconds=1, rate_hz=rate_hz)
        write_av(path, samples, rate_hz, container="adts", codec="aac")
        parts.append(path.read_bytes())
    path = tmp_path / "both.aac"
    path.write_bytes(b"".join(parts))
    with pytest.raises(MediaError, match="changes its sample rate halfway"):
        read_audio(path)


@pytest.mark.parametrize("place", [0.3, 0.6, 0.9])
def test_a_damaged_frame_of_flac_is_no_noise(tmp_path, rng, place):
    path = write(tmp_path / "a.flac", rng.uniform(-0.5, 0.5, 32000))
    content = bytearray(path.read_bytes())
    content[round(place * len(content))] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"cannot be decoded|truncated or corrupt"):
        read_audio(path)
