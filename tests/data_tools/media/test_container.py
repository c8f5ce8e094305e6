from pathlib import Path

import numpy as np
import pytest
import soundfile

from data_tools.media.container import Container, has_true_ending, sniff


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (b"", Container.EMPTY),
        (b"RIFF\0\0\0\0WAVEfmt ", Container.WAV),
        (b"RIFF\0\0\0\0AVI LIST", Container.AVI),
        (b"fLaC\0\0\0\x22", Container.FLAC),
        (b"OggS" + bytes(24) + b"\x01vorbis", Container.VORBIS),
        (b"OggS" + bytes(24) + b"OpusHead", Container.OGG),
        (b"FORM\0\0\0\0AIFF", Container.AIFF),
        (b"\0\0\0\x20ftypisom", Container.MP4),
        (b"\x1a\x45\xdf\xa3", Container.MATROSKA),
        (b"\xff\xfb\x90\x64", Container.MP3),
        (b"\xff\xf1\x50\x80", Container.AAC),
        (b"ID3\4\0\0\0\0\1\0" + bytes(128) + b"\xff\xfb\x90\x64", Container.MP3),
        (b"ID3\4\0\0\0\0\1\0" + bytes(128) + b"\xff\xf1\x50\x80", Container.AAC),
        (b"ID3\4\0\0\0\0\0\1\0" * 2 + b"RIFF\0\0\0\0WAVE", Container.WAV),
        (b"ID3\4\0\0\0\0\0\1", Container.OTHER),
        (b"RIFX\0\0\0\0WAVEfmt ", Container.RIFX),
        (b"RF64\xff\xff\xff\xffWAVEds64", Container.RF64),
        (b"BW64\xff\xff\xff\xffWAVEds64", Container.RF64),
        (b"NIST_1A\n   1024\n", Container.SPHERE),
        (b".snd\0\0\0\x18", Container.AU),
        (b"caff\0\1\0\0desc", Container.CAF),
        (b"#!AMR\n", Container.AMR),
        (b"#!AMR-WB\n", Container.AMR),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", Container.WEBM),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Container.ASF),
        (b"G" + bytes(187) + b"G", Container.MPEG_TS),
        (bytes(4) + b"G" + bytes(191) + b"G", Container.MPEG_TS),
        (b"plain text", Container.OTHER),
        (b"\x89PNG\r\n\x1a\n\0\0", Container.PNG),
        (b"\xff\xd8\xff\xe0", Container.JPEG),
        (b"II*\0", Container.TIFF),
        (b"MM\0*", Container.TIFF),
        (b"BM\x36\0\0\0\0\0\0\0\x36", Container.BMP),
        (b"BMW is a car", Container.OTHER),
    ],
)
def test_sniff(tmp_path, head, container):
    path = tmp_path / "file.wav"
    path.write_bytes(head)
    assert sniff(path) is container


@pytest.mark.parametrize(
    ("container", "codec", "expected"),
    [
        ("WAVEX", "PCM_16", Container.WAV),
        ("AIFF", "PCM_16", Container.AIFF),
        ("FLAC", "PCM_16", Container.FLAC),
        ("RF64", "PCM_16", Container.RF64),
        ("W64", "PCM_16", Container.W64),
        ("NIST", "PCM_16", Container.SPHERE),
        ("CAF", "PCM_16", Container.CAF),
        ("VOC", "PCM_16", Container.VOC),
        ("OGG", "VORBIS", Container.VORBIS),
        ("OGG", "OPUS", Container.OGG),
        ("MP3", "MPEG_LAYER_III", Container.MP3),
    ],
)
def test_sniff_written_files(tmp_path, container, codec, expected):
    path = tmp_path / "file.dat"
    soundfile.write(path, np.zeros(4800), 48000, format=container, subtype=codec)
    assert sniff(path) is expected


@pytest.mark.parametrize(
    ("name", "container", "is_true"),
    [
        ("a.wav", Container.WAV, True),
        ("a.WAV", Container.WAV, True),
        ("a.wav", Container.AIFF, False),
        ("a.avi", Container.WAV, False),
        ("a.wav", Container.OTHER, False),
        ("a.wma", Container.OTHER, False),
        ("a.snippet", Container.OTHER, True),
        ("a.wav", Container.RF64, False),
    ],
)
def test_has_true_ending(name, container, is_true):
    assert has_true_ending(Path(name), container) is is_true
