"""Reads still pictures, 8 or 16 bits, grey or colour, as 8-bit RGB."""

import struct
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin

from data_tools.media.container import PICTURES, Container, sniff
from data_tools.media_error import MediaError

# Pillow reads more formats; for some of them it starts other programs.
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
# Pillow's name of a JPEG file with previews, which many cameras write.
_WITH_PREVIEWS = "MPO"
_READABLE = PICTURES - {Container.HEIF}
_GREY_16_BIT = ("I;16", "I;16L", "I;16B", "I;16N")
_TIFF_BITS, _TIFF_PHOTOMETRIC, _TIFF_SAMPLE_FORMAT = 258, 262, 339
# Larger pictures would take more than a gigabyte.
_MAX_PIXELS = 250_000_000
# Errors of Pillow's parsers on damaged files.
_PARSER_ERRORS = (
    SyntaxError,
    TypeError,
    ValueError,
    LookupError,
    EOFError,
    ArithmeticError,
    struct.error,
)


def read_image(path: Path) -> np.ndarray:
    """Reads a picture.

    Args:
      path: A PNG, JPEG, TIFF or BMP file; the ending of its name does not matter.

    Returns:
      uint8 `[height, width, 3]`, RGB, turned upright by its EXIF tag. Grey is copied to
      all three channels, and grey of more than 8 bits is scaled to 8. Transparency is
      dropped.

    Raises:
      MediaError: The file is not one of these formats, is corrupt or truncated, holds
        several pictures, or has pixels of an unsupported kind.
    """
    try:
        kind = sniff(path)
        if kind is Container.EMPTY:
            raise MediaError(path, "is empty (0 bytes)")
        if kind not in _READABLE:
            raise MediaError(
                path, "is no PNG, JPEG, TIFF or BMP picture; save it as one of these"
            )
        with warnings.catch_warnings():
            # Pillow warns about odd tags and large sizes.
            warnings.simplefilter("ignore")
            return _read(path)
    except OSError as error:
        if error.strerror:
            raise MediaError(path, f"cannot be read ({error.strerror})") from error
        raise _corrupt(path, error) from error
    except _PARSER_ERRORS as error:
        raise _corrupt(path, error) from error
    except Image.DecompressionBombError as error:
        raise _too_large(path) from error


def _read(path: Path) -> np.ndarray:
    """Reads a picture as uint8 `[height, width, 3]`, RGB."""
    with Image.open(path, formats=_FORMATS) as image:
        count = getattr(image, "n_frames", 1)
        if count > 1 and image.format != _WITH_PREVIEWS:
            raise MediaError(
                path, f"holds {count} pictures; save the one to use by itself"
            )
        if image.width * image.height > _MAX_PIXELS:
            raise _too_large(path)
        if image.mode in _GREY_16_BIT:
            return _deep_grey(image, path)
        if image.mode in ("I", "F"):
            raise MediaError(
                path,
                f"holds pixels of a kind that is not read ({image.mode}); save "
                "it as 8 or 16 bit",
            )
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def _deep_grey(image: Image.Image, path: Path) -> np.ndarray:
    """Scales grey of more than 8 bits to uint8 `[height, width, 3]`.

    Pillow returns such values as they are stored, possibly inverted.
    """
    bits, is_inverted = 16, False
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        bits = int(image.tag_v2.get(_TIFF_BITS, (16,))[0])
        is_inverted = image.tag_v2.get(_TIFF_PHOTOMETRIC) == 0
        if image.tag_v2.get(_TIFF_SAMPLE_FORMAT, (1,))[0] != 1:
            raise MediaError(path, "holds signed pixels; save it as unsigned ones")
    values = np.asarray(ImageOps.exif_transpose(image)).astype(np.float32)
    grey = np.round(255 * values / (2**bits - 1)).clip(0, 255).astype(np.uint8)
    grey = 255 - grey if is_inverted else grey
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


def _corrupt(path: Path, error: Exception) -> MediaError:
    # The message names the file already.
    told = str(error).replace(repr(str(path)), "it")
    return MediaError(path, f"is corrupt or truncated ({told})")


def _too_large(path: Path) -> MediaError:
    return MediaError(
        path, f"declares more than {_MAX_PIXELS // 10**6} million pixels; scale it down"
    )
