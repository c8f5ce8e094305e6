"""FER2013 as its one table: emotion (a number), pixels (2,304 numbers), Usage."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from data_tools.unpacking.unpacked_folder import Unpacked
from pathnet_tf.runtime.errors import DataError

EMOTIONS = {
    "angry": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happiness",
    "sad": "sadness",
    "surprise": "surprise",
    "neutral": "neutral",
}
"""The emotion of each folder, in the order of the numbers in the table, from 0."""
SPLITS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "publictest": "test",
    "privatetest": "test",
}
"""The split of each part, in lower case."""
SPEAKER = "unknown_speaker"
"""Stands for all the people in the pictures."""
REMEDY = "give fer2013.csv with the columns emotion, pixels and Usage"
_SIDE = 48


def unpack(table: Path) -> Iterator[Unpacked]:
    """Yields the pictures of the table, each as a PNG file.

    Args:
      table: `fer2013.csv`.

    Raises:
      DataError: The table cannot be read, or a row is no picture with a label.
    """
    folders = dict(enumerate(EMOTIONS))
    num_of_part: Counter[str] = Counter()
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            if {"emotion", "pixels", "Usage"} - {*(rows.fieldnames or ())}:
                raise DataError(f"{table} has other columns; {REMEDY}")
            for number, row in enumerate(rows, start=2):
                part = row["Usage"] or ""
                try:
                    folder = folders[int(row["emotion"])]
                    split = SPLITS[part.lower()]
                    content = _png(row["pixels"] or "")
                except (ValueError, LookupError, OverflowError) as error:
                    raise DataError(
                        f"{table} row {number} is no picture with a label ({error}); "
                        f"{REMEDY}"
                    ) from error
                name = f"{part}/{folder}/{part}_{num_of_part[part]:05d}.png"
                num_of_part[part] += 1
                yield Unpacked(name, content, SPEAKER, EMOTIONS[folder], split)
    except OSError as error:
        raise DataError(
            f"{table} cannot be read ({error.strerror}); {REMEDY}"
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{table} is no such table ({error}); {REMEDY}") from error


def _png(pixels: str) -> bytes:
    """Writes the numbers of a row, 0 to 255, as a picture."""
    # The corpus is known by name where nothing is unpacked, and these take a while.
    import numpy as np
    from PIL import Image

    values = np.array([int(value) for value in pixels.split()], np.int64)
    if values.size != _SIDE**2 or values.min() < 0 or values.max() > 255:
        raise ValueError(f"pixels are not {_SIDE**2} numbers from 0 to 255")
    stream = io.BytesIO()
    Image.fromarray(values.astype(np.uint8).reshape(_SIDE, _SIDE)).save(stream, "PNG")
    return stream.getvalue()
