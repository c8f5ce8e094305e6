"""MP3 and Ogg files that were joined, cut, or have tags where others have sound."""

import numpy as np
import pytest
import soundfile

from data_tools.media_error import MediaError
from tests.data_tools.media.reading import read_audio


@pytest.fixture
def coded(tmp_path, tone):
    """The bytes of a lossy file of one second."""

    def make(format_name, *, hz=440, rate_hz=16000, channels=1):
        path = tmp_path / "part"
        samples = tone(seconds=1, rate_hz=rate_hz, hz=hz)
        soundfile.write(
            path, np.stack([samples] * channels, axis=1), rate_hz, format=format_name
        )
        return path.read_bytes()

    return make


@pytest.fixture
def save(tmp_path):
    def write(content):
        path = tmp_path / "a.mp3"
        path.write_bytes(content)
        return path

    return write


ID3 = b"ID3\3\0\0\0\0\7\x68" + bytes(1000)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ID3, b""),
        (2 * ID3, b""),
        (b"ID3\3\0\0\1\0\0\0" + bytes(2**21), b""),
        (b"", b"TAG" + bytes(125)),
        (b"", b"APETAGEX" + bytes(24)),
        (b"", bytes(3000)),
    ],
)
def test_tags_around_mp3_take_no_sound_away(coded, save, before, after):
    content = coded("MP3")
    whole = read_audio(save(content))
    tagged = read_audio(save(before + content + after))
    assert len(tagged) == pytest.approx(len(whole), abs=1200)
    np.testing.assert_allclose(tagged[2000:14000], whole[2000:14000], atol=1e-3)


@pytest.mark.parametrize("between", [b"", ID3])
@pytest.mark.parametrize("rate_hz", [16000, 8000])
def test_joined_mp3_files_are_refused(coded, save, between, rate_hz):
    content = coded("MP3") + between + coded("MP3", rate_hz=rate_hz)
    with pytest.raises(MediaError, match="several MP3 files in a row"):
        read_audio(save(content))


def test_mp3_that_lacks_frames_is_refused(coded, save):
    content = coded("MP3")
    with pytest.raises(MediaError, match="is truncated: its header declares"):
        read_audio(save(content[: len(content) // 2]))


def test_joined_vorbis_is_read_to_its_end(coded, save):
    content = coded("OGG")
    once, twice = read_audio(save(content)), read_audio(save(2 * content))
    assert len(twice) == pytest.approx(2 * len(once), abs=600)
    assert np.abs(twice[-8000:]).max() > 0.1


@pytest.mark.parametrize("kind", [{"rate_hz": 44100}, {"channels": 2}])
def test_vorbis_that_changes_its_kind_is_refused(coded, save, kind):
    with pytest.raises(MediaError, match="joins recordings of"):
        read_audio(save(coded("OGG") + coded("OGG", **kind)))
