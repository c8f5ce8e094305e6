"""Runs one parser on random bytes from libFuzzer, which is guided by code coverage.

  tools/fuzz --atheris

A parser may raise the errors that it documents; any other error ends the run.
"""

import contextlib
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["data_tools", "pathnet_tf", "PIL"]):
    from data_tools.media.container import sniff
    from data_tools.media.image import read_image
    from data_tools.media.riff_header import avi_fault, read_wav_header
    from pathnet_tf.data import dataset, dataset_card
    from pathnet_tf.runtime.csv_table import read_rows

from fuzz_files import ORIGINALS
from fuzz_records import write_card

from pathnet_tf.runtime.errors import DataError

FOLDER = Path(tempfile.mkdtemp())


def in_a_file(function: Callable[[Path], object]) -> Callable[[bytes], None]:
    """Turns a function that reads a file, or raises `DataError`, into one of bytes."""
    path = FOLDER / "file"

    def call(content: bytes) -> None:
        path.write_bytes(content)
        with contextlib.suppress(DataError):
            function(path)

    return call


def read_wav(path: Path) -> None:
    """Reads a WAV header, if `sniff` takes the file for WAV."""
    if sniff(path).value == "WAV":
        read_wav_header(path)


def read_avi(path: Path) -> None:
    """Reads an AVI header, if `sniff` takes the file for AVI."""
    if sniff(path).value == "AVI":
        avi_fault(path)


def read_table(path: Path) -> None:
    """Reads a table."""
    read_rows(path, required=["file", "speaker"], optional=["split"], remedy="x")


def read_card(content: bytes) -> None:
    """Reads the card of a dataset."""
    path = FOLDER / dataset_card.CARD_NAME
    path.write_bytes(content)
    with contextlib.suppress(DataError):
        dataset_card.read_card(FOLDER)


def read_shard(content: bytes) -> None:
    """Reads a shard of a dataset whose card has the right hash."""
    folder = FOLDER / "dataset"
    folder.mkdir(exist_ok=True)
    write_card(folder, content)
    with contextlib.suppress(DataError):
        card = dataset_card.read_card(folder)
        dataset.load(str(folder), card, card.emotions)


PARSERS: dict[str, Callable[[bytes], None]] = {
    "wav": in_a_file(read_wav),
    "avi": in_a_file(read_avi),
    "picture": in_a_file(read_image),
    "table": in_a_file(read_table),
    "card": read_card,
    "shard": read_shard,
}


def seeds(parser: str) -> list[bytes]:
    """Returns valid files from which libFuzzer starts."""
    if parser == "table":
        return [b"file,speaker,emotion\na.wav,ann,happy\n", b'file;speaker\n"a\nb";1\n']
    if parser == "card":
        write_card(FOLDER, ORIGINALS["tfrecord"]()[0])
        return [(FOLDER / dataset_card.CARD_NAME).read_bytes()]
    kind = {"picture": "png", "shard": "tfrecord"}.get(parser, parser)
    # These parsers only read the beginning of a file.
    return [content[:20000] for content in ORIGINALS[kind]()]


def main() -> None:
    """Runs the parser in the first argument; other arguments go to libFuzzer."""
    program, parser, *words = sys.argv
    corpus = FOLDER / "seeds"
    corpus.mkdir()
    for number, content in enumerate(seeds(parser)):
        (corpus / str(number)).write_bytes(content)
    warnings.simplefilter("ignore")
    atheris.Setup([program, *words, str(corpus)], PARSERS[parser])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
