"""Recordings in folders: the endings of their names, and what is passed over."""

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from pathnet_tf.runtime.errors import DataError, printable

_SOUNDS = """
  .wav .wave .rf64 .bwf .w64 .flac .ogg .oga .ogx .opus .spx .mp3 .mp2 .mp1 .mpga .m4a
  .m4b .m4r .aac .adts .aif .aiff .aifc .au .snd .caf .wma .weba .mka .amr .awb .3ga
  .sph .nist .ac3 .eac3 .dts .ape .tta .tak .wv .mpc .shn .voc .gsm .ra .ircam
"""
_VIDEOS = """
  .avi .divx .mp4 .m4v .f4v .mov .qt .mkv .webm .mpg .mpeg .mpe .m1v .m2v .vob .ts .m2t
  .mts .m2ts .tod .wmv .asf .flv .3gp .3gpp .3gp2 .3g2 .3gpp2 .ogv .ogm .mxf .dv .rm
  .rmvb .wtv .nut
"""
SOUNDS = frozenset(_SOUNDS.split())
"""Endings of sound files, in lower case."""
VIDEOS = frozenset(_VIDEOS.split())
"""Endings of video files, in lower case."""
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"})
"""Endings of still pictures, in lower case."""
_DOCUMENTS = """
  .txt .csv .tsv .json .jsonl .xml .yaml .md .rst .pdf .html .htm .doc .docx .xls .xlsx
  .lab .textgrid .wrd .phn .npy .npz .pkl .parquet .arrow .py .m
"""
DOCUMENTS = frozenset(_DOCUMENTS.split())
"""Endings of labels and texts that lie beside recordings, in lower case."""


def files_below(folder: Path) -> list[Path]:
    """Lists the files of a folder and of all folders below it, sorted.

    Args:
      folder: Symbolic links in it are followed, and each folder is searched once.

    Returns:
      Paths that start with `folder`; none if it is no folder. Hidden files, such as
      the `._sa01.wav` of macOS, are not listed.

    Raises:
      DataError: A folder cannot be opened.
    """
    return sorted(
        Path(parent, name)
        for parent, names in _folders(folder)
        for name in names
        if not _is_hidden(name)
    )


def ending_of(path: Path) -> str:
    """Returns the ending of a file's name, in lower case; empty if it has none."""
    return path.suffix.lower()


def passed_over_line(folder: Path, files: Iterable[Path], read: Collection[str]) -> str:
    """Says which files of a folder are not read as recordings.

    Args:
      folder: The folder.
      files: Its files, as `files_below` lists them.
      read: The endings that are read.

    Returns:
      One line with the number of files of each other ending and the first of them;
      empty if all files are read.
    """
    others: dict[str, list[Path]] = {}
    for path in files:
        if ending_of(path) not in read:
            others.setdefault(ending_of(path), []).append(path)
    if not others:
        return ""
    parts = [
        f"{len(paths)} {ending or 'without an ending'} (such as "
        f"{os.path.relpath(paths[0], folder)})"
        for ending, paths in sorted(others.items())
    ]
    count = sum(map(len, others.values()))
    noun = "file whose ending is" if count == 1 else "files whose endings are"
    return printable(
        f"{folder}: passed over {count} {noun} not read here: {', '.join(parts)}"
    )


def _folders(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Yields each folder once, with its file names; real folders come before links."""
    seen: set[str] = set()
    waiting = [str(root)]
    while waiting:
        for parent, folders, names in os.walk(waiting.pop(0), onerror=_refuse):
            real = os.path.realpath(parent)
            if real in seen:
                folders.clear()
                continue
            seen.add(real)
            folders[:] = sorted(name for name in folders if not _is_hidden(name))
            links = [os.path.join(parent, name) for name in folders]
            waiting += [path for path in links if os.path.islink(path)]
            yield parent, names


def _refuse(error: OSError) -> None:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        # Holds no files: it is one itself, or somebody has removed it meanwhile.
        return
    raise DataError(
        f"{error.filename} cannot be opened ({error.strerror}); make it readable, or "
        "name the folders beside it"
    ) from error


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"
