import av
import numpy as np
import pytest

from data_tools import avi

RATE = 48000


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def samples_of(rng, num_channels, num_samples=50001):
    return rng.integers(-3000, 3000, (num_samples, num_channels)).astype(np.int16)


@pytest.mark.parametrize("num_channels", [1, 2])
def test_write_avi_keeps_every_sample(tmp_path, rng, num_channels):
    samples = samples_of(rng, num_channels)
    avi.write_avi(tmp_path / "clip.avi", samples, sample_rate_hz=RATE)
    with av.open(str(tmp_path / "clip.avi")) as file:
        sound = file.streams.audio[0]
        read = [frame.to_ndarray() for frame in file.decode(sound)]
        assert sound.rate == RATE
    interleaved = np.concatenate(read, axis=1)
    np.testing.assert_array_equal(interleaved.reshape(-1, num_channels), samples)


def test_write_avi_has_pictures_as_long_as_the_sound(tmp_path, rng):
    avi.write_avi(tmp_path / "clip.avi", samples_of(rng, 1, RATE), sample_rate_hz=RATE)
    with av.open(str(tmp_path / "clip.avi")) as file:
        pictures = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
        assert file.streams.video[0].average_rate == avi.FRAMES_PER_S
    assert len(pictures) == avi.FRAMES_PER_S
    assert pictures[0].shape == (48, 64, 3)


def test_write_avi_gives_the_same_bytes_twice(tmp_path, rng):
    samples = samples_of(rng, 2)
    for name in ("first.avi", "second.avi"):
        avi.write_avi(tmp_path / name, samples, sample_rate_hz=RATE)
    first, second = (tmp_path / name for name in ("first.avi", "second.avi"))
    assert first.read_bytes() == second.read_bytes()


def test_write_avi_names_no_library_version(tmp_path, rng):
    avi.write_avi(tmp_path / "clip.avi", samples_of(rng, 1), sample_rate_hz=RATE)
    assert b"Lavf" not in (tmp_path / "clip.avi").read_bytes()
