import numpy as np
import pytest
import soundfile

from data_tools.media.riff_header import avi_fault, read_wav_header


@pytest.mark.parametrize(
    ("container", "codec", "suits"),
    [
        ("WAV", "PCM_U8", True),
        ("WAV", "PCM_16", True),
        ("WAV", "PCM_24", True),
        ("WAV", "FLOAT", True),
        ("WAVEX", "PCM_16", True),
        ("WAVEX", "FLOAT", True),
        ("WAV", "PCM_32", False),
        ("WAV", "DOUBLE", False),
        ("WAV", "ULAW", False),
        ("WAVEX", "ULAW", False),
        ("WAVEX", "PCM_32", False),
    ],
)
def test_header_chooses_the_decoder(tmp_path, container, codec, suits):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(100), 16000, format=container, subtype=codec)
    header = read_wav_header(path)
    assert (header.suits_tensorflow_io, header.fault) == (suits, "")


def test_bytes_after_the_last_chunk_do_not_suit_tensorflow_io(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(100), 16000)
    path.write_bytes(path.read_bytes() + bytes(3))
    assert not read_wav_header(path).suits_tensorflow_io


@pytest.mark.parametrize(
    ("declared_bytes", "is_faulty"),
    [(1000, False), (1004, False), (1100, True), (0xFFFFFFFF, False), (0, False)],
)
def test_avi_cut_short_is_noticed(tmp_path, declared_bytes, is_faulty):
    path = tmp_path / "a.avi"
    size = (max(declared_bytes, 8) - 8) & 0xFFFFFFFF
    path.write_bytes(b"RIFF" + size.to_bytes(4, "little") + b"AVI " + bytes(988))
    assert bool(avi_fault(path)) == is_faulty
