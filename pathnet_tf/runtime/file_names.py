r"""Names of files as text: what no text can hold is escaped, and found again.

A file's name is bytes, and may be no UTF-8: `Gl\xfcck.wav` in Latin-1. In tables and
reports such a byte is written as `\xfc`, and a table that holds the escape names the
file.
"""

import os
import re
from pathlib import Path

_ESCAPED_BYTE = re.compile(r"\\x([89a-f][0-9a-f])")
_UNDECODED_BYTE = re.compile("[\udc80-\udcff]")


def escaped(name: str) -> str:
    """Replaces the bytes of a file's name that are no UTF-8 by escapes."""
    name = _UNDECODED_BYTE.sub(lambda one: rf"\x{ord(one[0]) & 0xFF:02x}", name)
    # Half a character, which no file can be written with either.
    return name.encode(errors="backslashreplace").decode()


def named_file(folder: Path, name: str) -> Path:
    """Finds the file that a table names.

    Args:
      folder: Folder that the name is relative to.
      name: The name, as it is or as `escaped` writes it.

    Returns:
      The path; nothing need be there.
    """
    path = folder / name
    raw = _ESCAPED_BYTE.sub(lambda one: chr(0xDC00 + int(one[1], 16)), name)
    if raw != name and not os.path.lexists(path) and os.path.lexists(folder / raw):
        return folder / raw
    return path
