"""Reads still pictures, 8 or 16 bit, grey or colour, as 8-bit RGB."""

import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from data_tools.media_error import MediaError

# Pillow reads many more, some of which start other programs.
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
_GREY_16_BIT = ("I;16", "I;16L", "I;16B", "I;16N")


def read_image(path: Path) -> np.ndarray:
    """Reads a picture.

    Args:
      path: A PNG, JPEG, TIFF or BMP file, whatever its name.

    Returns:
      uint8 `[height, width, 3]`, RGB, upright as its EXIF tag says. Grey is copied
      to all three, transparency is dropped, 16 bits are scaled by their full range.

    Raises:
      MediaError: The file is no such picture, corrupt, truncated, holds several, or
        pixels of another kind.
    """
    try:
        with Image.open(path, formats=_FORMATS) as image:
            count = getattr(image, "n_frames", 1)
            if count > 1:
                raise MediaError(
                    path, f"holds {count} pictures; save the one to use by itself"
                )
            return _to_rgb(ImageOps.exif_transpose(image), path)
    except UnidentifiedImageError as error:
        if path.stat().st_size == 0:
            raise MediaError(path, "is empty (0 bytes)") from error
        raise MediaError(path, "is no PNG, JPEG, TIFF or BMP picture") from error
    except Image.DecompressionBombError as error:
        raise MediaError(path, "declares more pixels than any picture has") from error
    except OSError as error:
        if error.strerror:
            raise MediaError(path, f"cannot be read ({error.strerror})") from error
        raise MediaError(path, f"is corrupt or truncated ({error})") from error
    # Pillow lets some of what its parsers stumble over through.
    except (SyntaxError, ValueError, EOFError, struct.error) as error:
        raise MediaError(path, f"is corrupt or truncated ({error})") from error


def _to_rgb(image: Image.Image, path: Path) -> np.ndarray:
    if image.mode in _GREY_16_BIT:
        values = np.asarray(image).astype(np.float32)
        grey = np.round(values / 257).astype(np.uint8)
        return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
    if image.mode in ("I", "F"):
        raise MediaError(path, "holds 32-bit pixels; save it as 8 or 16 bit")
    return np.asarray(image.convert("RGB"))
