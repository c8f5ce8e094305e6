"""Files of plain arrays, which are data and run nothing."""

from pathlib import Path
from typing import BinaryIO

import numpy as np


def read_arrays(file: Path | BinaryIO) -> dict[str, np.ndarray]:
    """Reads all arrays of an `.npz` file.

    Args:
      file: A file's path, or a stream of it.

    Returns:
      The arrays by name.

    Raises:
      ValueError: The file is missing, damaged or no `.npz`, or has an array of Python
        objects, which is a pickle and is not loaded.
    """
    try:
        with np.load(file, allow_pickle=False) as content:
            return {name: content[name] for name in content.files}
    # What a damaged zip archive raises is laid down nowhere: of its own, zlib's, the
    # array header's, or a MemoryError for the size that a flipped bit asks for.
    except Exception as error:
        raise ValueError(str(error) or type(error).__name__) from error
