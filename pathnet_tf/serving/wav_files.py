"""Reads plain WAV files, for machines without a decoder for other files."""

import contextlib
import struct
import wave
from pathlib import Path

import numpy as np

from pathnet_tf.runtime.errors import DataError

INSTALL = "install what reads it with: pip install 'pathnet_tf[data]'"


def read_wav(path: Path) -> tuple[np.ndarray, int]:
    """Reads a WAV file of 8, 16, 24 or 32-bit PCM.

    Args:
      path: The file.

    Returns:
      float32 `[num_samples, num_channels]`, in [-1, 1], and the sample rate in Hz.

    Raises:
      DataError: The file is no such WAV file, or is truncated. The message does not
        name the file.
    """
    try:
        with contextlib.closing(wave.open(str(path), "rb")) as file:
            width, channels = file.getsampwidth(), file.getnchannels()
            rate_hz, number = file.getframerate(), file.getnframes()
            content = file.readframes(number)
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror})") from error
    except (wave.Error, EOFError, struct.error, RuntimeError) as error:
        raise DataError(f"cannot be read as WAV ({error}); {INSTALL}") from error
    if not content or not channels or not rate_hz:
        raise DataError("holds no samples")
    if len(content) < number * width * channels:
        raise DataError("is truncated")
    if width == 3:
        padded = np.frombuffer(content, np.uint8).reshape(-1, 3)
        padded = np.pad(padded, ((0, 0), (1, 0)))
        samples = padded.reshape(-1).view("<i4").astype(np.float32) / 2**31
    elif width == 1:
        samples = (np.frombuffer(content, np.uint8).astype(np.float32) - 128) / 128
    else:
        kind = f"<i{width}"
        full_scale = 2.0 ** (8 * width - 1)
        samples = np.frombuffer(content, kind).astype(np.float32) / full_scale
    return samples.reshape(-1, channels), rate_hz
