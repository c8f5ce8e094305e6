import av
import numpy as np
import pytest

from data_tools.synthesis import avi_writer

RATE = 48000


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def pictures_for(samples, height=48, width=64):
    """Pictures of a square that wanders, as many as the sound needs."""
    for index in range(avi_writer.num_frames(len(samples), RATE)):
        picture = np.full((height, width, 3), 60, np.uint8)
        picture[10:30, index % 32 : index % 32 + 20] = (200, 120, 80)
        yield picture


def write(path, samples, **size):
    pictures = pictures_for(samples, **size)
    avi_writer.write_avi(path, samples, sample_rate_hz=RATE, pictures=pictures)


def samples_of(rng, num_channels, num_samples=50001):
    return rng.integers(-3000, 3000, (num_samples, num_channels)).astype(np.int16)


@pytest.mark.parametrize("num_channels", [1, 2])
def test_write_avi_keeps_every_sample(tmp_path, rng, num_channels):
    samples = samples_of(rng, num_channels)
    write(tmp_path / "clip.avi", samples)
    with av.open(str(tmp_path / "clip.avi")) as file:
        sound = file.streams.audio[0]
        read = [frame.to_ndarray() for frame in file.decode(sound)]
        assert sound.rate == RATE
    interleaved = np.concatenate(read, axis=1)
    np.testing.assert_array_equal(interleaved.reshape(-1, num_channels), samples)


def test_write_avi_has_pictures_as_long_as_the_sound(tmp_path, rng):
    write(tmp_path / "clip.avi", samples_of(rng, 1, RATE), height=96, width=128)
    with av.open(str(tmp_path / "clip.avi")) as file:
        pictures = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
        assert file.streams.video[0].average_rate == avi_writer.FRAMES_PER_S
    assert len(pictures) == avi_writer.FRAMES_PER_S
    assert pictures[0].shape == (96, 128, 3)


def test_write_avi_gives_the_same_bytes_twice(tmp_path, rng):
    samples = samples_of(rng, 2)
    for name in ("first.avi", "second.avi"):
        write(tmp_path / name, samples)
    first, second = (tmp_path / name for name in ("first.avi", "second.avi"))
    assert first.read_bytes() == second.read_bytes()


def test_write_avi_names_no_library_version(tmp_path, rng):
    write(tmp_path / "clip.avi", samples_of(rng, 1))
    assert b"Lavf" not in (tmp_path / "clip.avi").read_bytes()


def test_write_avi_keeps_what_is_seen(tmp_path, rng):
    samples = samples_of(rng, 1)
    write(tmp_path / "clip.avi", samples, height=96, width=128)
    with av.open(str(tmp_path / "clip.avi")) as file:
        read = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    drawn = list(pictures_for(samples, height=96, width=128))
    difference = np.abs(np.array(read).astype(int) - np.array(drawn))
    assert difference.mean() < 4


def test_write_avi_is_mpeg4(tmp_path, rng):
    write(tmp_path / "clip.avi", samples_of(rng, 1))
    with av.open(str(tmp_path / "clip.avi")) as file:
        assert file.streams.video[0].codec_context.name == "mpeg4"


@pytest.mark.parametrize(
    ("num_samples", "num_frames"), [(1, 1), (1920, 1), (1921, 2), (48000, 25)]
)
def test_num_frames_covers_the_sound(num_samples, num_frames):
    assert avi_writer.num_frames(num_samples, RATE) == num_frames


@pytest.mark.parametrize("change", [-1, 1])
def test_write_avi_refuses_another_number_of_pictures(tmp_path, rng, change):
    samples = samples_of(rng, 1)
    num_pictures = avi_writer.num_frames(len(samples), RATE) + change
    with pytest.raises(ValueError, match="argument"):
        avi_writer.write_avi(
            tmp_path / "clip.avi",
            samples,
            sample_rate_hz=RATE,
            pictures=avi_writer.grey_frames(num_pictures),
        )
