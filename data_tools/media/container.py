"""Tells the format of a sound, video or picture file from its first bytes."""

import enum
from pathlib import Path

from data_tools.media.riff_header import avi_fault
from data_tools.media_error import MediaError

_HEAD_BYTES = 64


class Container(enum.Enum):
    """The format of a file, as far as its first bytes show."""

    EMPTY = "empty file"
    WAV = "WAV"
    FLAC = "FLAC"
    VORBIS = "Ogg Vorbis"
    OGG = "Ogg"
    MP3 = "MP3"
    AIFF = "AIFF"
    AVI = "AVI"
    MP4 = "MP4"
    MATROSKA = "Matroska"
    PNG = "PNG"
    JPEG = "JPEG"
    TIFF = "TIFF"
    BMP = "BMP"
    HEIF = "HEIF"
    OTHER = "unknown"


ENDINGS = {
    Container.WAV: {".wav", ".wave"},
    Container.FLAC: {".flac"},
    Container.VORBIS: {".ogg", ".oga"},
    Container.OGG: {".ogg", ".oga", ".opus"},
    Container.MP3: {".mp3"},
    Container.AIFF: {".aif", ".aiff", ".aifc"},
    Container.AVI: {".avi"},
    Container.MP4: {".mp4", ".m4a", ".m4v", ".mov", ".3gp"},
    Container.MATROSKA: {".mkv", ".webm"},
    Container.PNG: {".png"},
    Container.JPEG: {".jpg", ".jpeg"},
    Container.TIFF: {".tif", ".tiff"},
    Container.BMP: {".bmp"},
    Container.HEIF: {".heic", ".heif", ".avif"},
}
"""The usual file endings of each format."""
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
        head = file.read(_HEAD_BYTES)
        if head[:3] == b"ID3" and len(head) >= 10:
            # An ID3 tag may be followed by MP3, AAC or even FLAC.
            file.seek(10 + _id3_size(head))
            return Container.MP3 if _is_mp3_frame(file.read(2)) else Container.OTHER
    return _container(head)


def sniff_usable(path: Path) -> Container:
    """Returns the format of a file after the checks that need no decoding.

    Raises:
      MediaError: The file cannot be read, is empty, or is an AVI that was cut short.
    """
    try:
        container = sniff(path)
        fault = avi_fault(path) if container is Container.AVI else ""
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


def _container(head: bytes) -> Container:
    """Returns the format that starts with these bytes."""
    if not head:
        return Container.EMPTY
    tag, kind = head[:4], head[8:12]
    if tag == b"RIFF" and kind in (b"WAVE", b"AVI "):
        return Container.WAV if kind == b"WAVE" else Container.AVI
    if tag == b"FORM" and kind in (b"AIFF", b"AIFC"):
        return Container.AIFF
    if tag == b"fLaC":
        return Container.FLAC
    # The first page of an Ogg stream names its codec.
    if tag == b"OggS":
        return Container.VORBIS if b"\x01vorbis" in head else Container.OGG
    if head[4:8] == b"ftyp":
        is_picture = kind in (b"heic", b"heix", b"heif", b"mif1", b"msf1", b"avif")
        return Container.HEIF if is_picture else Container.MP4
    if tag == b"\x1a\x45\xdf\xa3":
        return Container.MATROSKA
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return Container.PNG
    if head[:3] == b"\xff\xd8\xff":
        return Container.JPEG
    if tag in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return Container.TIFF
    # The letters BM alone prove little; bytes 6 to 9 of a BMP file are 0.
    if tag[:2] == b"BM" and head[6:10] == bytes(4):
        return Container.BMP
    return Container.MP3 if _is_mp3_frame(head) else Container.OTHER


def _id3_size(head: bytes) -> int:
    """Returns the size of an ID3v2 tag in bytes, stored in four bytes of seven bits."""
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return size


def _is_mp3_frame(head: bytes) -> bool:
    """Whether bytes start an MP3 frame: eleven set bits, and the bits of layer III."""
    return (
        len(head) > 1
        and head[0] == 0xFF
        and head[1] & 0xE0 == 0xE0
        and head[1] & 0x06 == 0x02
    )
