"""Tells the format of a sound, video or picture file from its first bytes."""

import enum
from pathlib import Path
from typing import BinaryIO

from data_tools.media.riff_header import WAV_TAGS, avi_fault, w64_fault
from data_tools.media_error import MediaError

_HEAD_BYTES = 64
# Bytes of a packet of MPEG-TS, each of which starts with the same byte.
_TS_PACKET_BYTES = 188


class Container(enum.Enum):
    """The format of a file, as far as its first bytes show."""

    EMPTY = "empty file"
    WAV = "WAV"
    RIFX = "RIFX (big-endian WAV)"
    RF64 = "RF64 (WAV of 64 bits)"
    W64 = "W64 (Sony Wave64)"
    SPHERE = "NIST SPHERE"
    AU = "AU"
    CAF = "CAF"
    AMR = "AMR"
    AAC = "AAC"
    AC3 = "AC-3"
    WAVPACK = "WavPack"
    TTA = "TTA"
    VOC = "VOC"
    FLAC = "FLAC"
    VORBIS = "Ogg Vorbis"
    OGG = "Ogg"
    MP3 = "MP3"
    AIFF = "AIFF"
    AVI = "AVI"
    MP4 = "MP4"
    MATROSKA = "Matroska"
    WEBM = "WebM"
    ASF = "ASF (Windows Media)"
    FLV = "FLV"
    MPEG_PS = "MPEG-PS"
    MPEG_TS = "MPEG-TS"
    PNG = "PNG"
    JPEG = "JPEG"
    TIFF = "TIFF"
    BMP = "BMP"
    HEIF = "HEIF"
    OTHER = "unknown"


ENDINGS = {
    Container.WAV: {".wav", ".wave"},
    Container.RIFX: {".rifx"},
    Container.RF64: {".rf64"},
    Container.W64: {".w64"},
    Container.SPHERE: {".sph", ".sphere", ".nist"},
    Container.AU: {".au", ".snd"},
    Container.CAF: {".caf"},
    Container.AMR: {".amr", ".awb"},
    Container.AAC: {".aac", ".adts"},
    Container.AC3: {".ac3"},
    Container.WAVPACK: {".wv"},
    Container.TTA: {".tta"},
    Container.VOC: {".voc"},
    Container.FLAC: {".flac"},
    Container.VORBIS: {".ogg", ".oga"},
    Container.OGG: {".ogg", ".oga", ".ogv", ".ogx", ".opus", ".spx"},
    Container.MP3: {".mp3"},
    Container.AIFF: {".aif", ".aiff", ".aifc"},
    Container.AVI: {".avi"},
    Container.MP4: {
        *(".mp4", ".m4a", ".m4b", ".m4v", ".mov", ".qt"),
        *(".3gp", ".3gpp", ".3g2"),
    },
    Container.MATROSKA: {".mkv", ".mka"},
    Container.WEBM: {".webm", ".weba"},
    Container.ASF: {".wma", ".wmv", ".asf"},
    Container.FLV: {".flv"},
    Container.MPEG_PS: {".mpg", ".mpeg", ".vob"},
    Container.MPEG_TS: {".ts", ".mts", ".m2ts"},
    Container.PNG: {".png"},
    Container.JPEG: {".jpg", ".jpeg"},
    Container.TIFF: {".tif", ".tiff"},
    Container.BMP: {".bmp"},
    Container.HEIF: {".heic", ".heif", ".avif"},
}
"""The usual file endings of each format."""
WAV_DIALECTS = frozenset({Container.WAV, Container.RIFX, Container.RF64})
"""The formats that `riff_header.read_wav_header` reads."""
PICTURES = frozenset(
    {Container.PNG, Container.JPEG, Container.TIFF, Container.BMP, Container.HEIF}
)
"""The formats of still pictures."""


def sniff(path: Path) -> Container:
    """Returns the format of any file, from its first bytes.

    Raises:
      OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        place = _tags_end(file)
        file.seek(place)
        head = file.read(_HEAD_BYTES)
        return Container.OTHER if place and not head else _container(head, file)


def place_of(path: Path) -> int:
    """Returns where the format of a file begins: behind ID3 tags, if it has any.

    Raises:
      OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        return _tags_end(file)


def sniff_usable(path: Path) -> Container:
    """Returns the format of a file after the checks that need no decoding.

    Raises:
      MediaError: The file cannot be read, is empty, or is an AVI or W64 file that was
        cut short.
    """
    fault = ""
    try:
        container = sniff(path)
        if container is Container.AVI:
            fault = avi_fault(path)
        elif container is Container.W64:
            fault = w64_fault(path)
    except OSError as error:
        raise MediaError(path, f"cannot be read ({error.strerror})") from error
    if container is Container.EMPTY:
        fault = "is empty (0 bytes)"
    if fault:
        raise MediaError(path, fault)
    return container


def has_true_ending(path: Path, container: Container) -> bool:
    """Whether a file name has a usual ending of its format, or an unknown ending."""
    ending = path.suffix.lower()
    if container in ENDINGS:
        return ending in ENDINGS[container]
    return not any(ending in endings for endings in ENDINGS.values())


def _tags_end(file: BinaryIO) -> int:
    """Returns where the ID3v2 tags end that players put before any format."""
    place = 0
    while len(head := file.read(10)) == 10 and head[:3] == b"ID3":
        # The size is stored in four bytes of seven bits.
        size = sum((byte & 0x7F) << 7 * (3 - at) for at, byte in enumerate(head[6:]))
        has_footer = head[5] & 0x10
        place += 10 + size + (10 if has_footer else 0)
        file.seek(place)
    return place


_TAGS = {
    b".snd": Container.AU,
    b"caff": Container.CAF,
    b"fLaC": Container.FLAC,
    b"wvpk": Container.WAVPACK,
    b"TTA1": Container.TTA,
    b"NIST": Container.SPHERE,
    b"\x30\x26\xb2\x75": Container.ASF,
    b"\0\0\1\xba": Container.MPEG_PS,
    b"II*\0": Container.TIFF,
    b"MM\0*": Container.TIFF,
    b"II+\0": Container.TIFF,
    b"MM\0+": Container.TIFF,
}
_STARTS = {
    b"riff\x2e\x91\xcf\x11": Container.W64,
    b"#!AMR": Container.AMR,
    b"Creative Voice File": Container.VOC,
    b"FLV\1": Container.FLV,
    b"\x0b\x77": Container.AC3,
    b"\x89PNG\r\n\x1a\n": Container.PNG,
    b"\xff\xd8\xff": Container.JPEG,
}


def _container(head: bytes, file: BinaryIO) -> Container:
    """Returns the format that starts with these bytes, the last that were read."""
    if not head:
        return Container.EMPTY
    tag, kind = head[:4], head[8:12]
    if tag in WAV_TAGS and kind == b"WAVE":
        if tag == b"RIFX":
            return Container.RIFX
        return Container.WAV if tag == b"RIFF" else Container.RF64
    if tag == b"RIFF" and kind == b"AVI ":
        return Container.AVI
    if tag == b"FORM" and kind in (b"AIFF", b"AIFC"):
        return Container.AIFF
    # The first page of an Ogg stream names its codec.
    if tag == b"OggS":
        return Container.VORBIS if b"\x01vorbis" in head else Container.OGG
    if head[4:8] == b"ftyp":
        is_picture = kind in (b"heic", b"heix", b"heif", b"mif1", b"msf1", b"avif")
        return Container.HEIF if is_picture else Container.MP4
    if tag == b"\x1a\x45\xdf\xa3":
        return Container.WEBM if b"webm" in head else Container.MATROSKA
    if tag in _TAGS:
        return _TAGS[tag]
    for start, container in _STARTS.items():
        if head.startswith(start):
            return container
    # The letters BM alone prove little; bytes 6 to 9 of a BMP file are 0.
    if tag[:2] == b"BM" and head[6:10] == bytes(4):
        return Container.BMP
    # Cameras put four bytes before each packet.
    for extra in (0, 4):
        if head[extra : extra + 1] == b"G":
            file.seek(_TS_PACKET_BYTES + 2 * extra)
            if file.read(1) == b"G":
                return Container.MPEG_TS
    if _is_mp3_frame(head):
        return Container.MP3
    # Frames of AAC have the same start as those of MP3, but another layer.
    is_aac = len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0
    return Container.AAC if is_aac else Container.OTHER


def _is_mp3_frame(head: bytes) -> bool:
    """Whether bytes start an MP3 frame: eleven set bits, and the bits of layer III."""
    return (
        len(head) > 1
        and head[0] == 0xFF
        and head[1] & 0xE0 == 0xE0
        and head[1] & 0x06 == 0x02
    )
