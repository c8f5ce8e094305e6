"""The one door in the wall between the halves: what reads recordings to be predicted.

With the extra `data` any audio or video file is read, in watched worker processes;
without it WAV files of 8 to 32-bit PCM alone.
"""

import contextlib
import importlib.util
import math
import struct
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pathnet_tf.runtime.errors import DataError
from pathnet_tf.serving.answers import Scores

INSTALL = "install what reads it with: pip install 'pathnet_tf[data]'"


def score_files(
    model: str,
    clips: Sequence[tuple[Path, float, float | None]],
    num_workers: int,
    *,
    max_seconds: float = math.inf,
    with_pictures: bool = False,
) -> Iterator[tuple[Scores | str, float]]:
    """Scores files, or stretches of them.

    Args:
      model: Folder of the model.
      clips: Each file with where to start and to end, in seconds; None is its end.
      num_workers: Processes; 0 for as many as pay.
      max_seconds: For all of them, where the extra `data` is installed.
      with_pictures: Whether scores have pictures, likewise.

    Yields:
      Scores, or the reason why a file cannot be used, in the order of the clips; and
      where the stretch starts, in seconds.
    """
    if importlib.util.find_spec("data_tools") and importlib.util.find_spec("av"):
        from data_tools.scored_files import score_files as with_everything

        yield from with_everything(
            model,
            clips,
            num_workers,
            max_seconds=max_seconds,
            with_pictures=with_pictures,
        )
        return
    # TensorFlow takes seconds to import.
    from pathnet_tf.serving.loaded_model import load

    loaded = load(model)
    for path, start_s, end_s in clips:
        try:
            if loaded.about.modality == "face":
                raise DataError(f"is for a model of faces; {INSTALL}")
            waveform, rate_hz = read_wav(path)
            stop = None if end_s is None else round(end_s * rate_hz)
            stretch = waveform[round(start_s * rate_hz) : stop]
            if not stretch.size:
                raise DataError("holds no samples there")
            yield loaded.score(stretch, rate_hz), start_s
        except DataError as error:
            yield str(error), start_s


def read_wav(path: Path) -> tuple[np.ndarray, int]:
    """Reads a WAV file of 8, 16, 24 or 32-bit PCM.

    Args:
      path: The file.

    Returns:
      float32 `[num_samples, num_channels]`, in [-1, 1], and the sample rate in Hz.

    Raises:
      DataError: It is no such file, or is truncated; without the file's name.
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
