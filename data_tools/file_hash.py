"""sha256 of a file."""

import hashlib
from pathlib import Path


def file_hash(path: Path) -> str:
    """Hashes a file's bytes without holding them all at once.

    Args:
      path: Any file.

    Returns:
      sha256 in hexadecimal.

    Raises:
      OSError: The file cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
