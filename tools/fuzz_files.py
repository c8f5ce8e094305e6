"""Makes recordings, pictures and TFRecords, and damages them at random."""

import io
import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import skimage.data
import soundfile

from data_tools.synthesis.avi_writer import num_frames, write_avi
from pathnet_tf.data.tfrecords import encode_segment

ROOT = Path(__file__).resolve().parents[1]
# Numbers that are likely to break code that reads lengths, rates or channel counts.
ODD_NUMBERS = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
# Decoders take most of what they rely on from the beginning of a file.
HEAD_BYTES = 200
WAVS = (
    ("WAV", "PCM_16"),
    ("WAV", "PCM_U8"),
    ("WAV", "PCM_24"),
    ("WAV", "PCM_32"),
    ("WAV", "FLOAT"),
    ("WAV", "ULAW"),
    ("WAV", "IMA_ADPCM"),
    ("WAVEX", "PCM_16"),
    ("RF64", "PCM_16"),
)


def recording() -> np.ndarray:
    """Returns int16 `[16000, 1]`: a second of EMO-DB if there is a copy, else noise."""
    corpora = Path(os.environ.get("PATHNET_CORPORA", ROOT.parent / "shared/corpora"))
    for path in sorted((corpora / "emodb").rglob("*.wav"))[:1]:
        return soundfile.read(path, dtype="int16", always_2d=True)[0][:16000]
    noise = np.random.default_rng(0).normal(size=(16000, 1))
    return np.round(3000 * noise).clip(-32768, 32767).astype(np.int16)


def wav_files() -> list[bytes]:
    """Makes WAV files of many codecs, one of them in stereo."""
    samples = recording()
    mono = [_sound(samples, *kind) for kind in WAVS]
    return [*mono, _sound(np.repeat(samples, 2, axis=1), "WAV", "PCM_16")]


def flac_files() -> list[bytes]:
    """Makes FLAC files of 8, 16 and 24 bits, and one in stereo."""
    samples = recording()
    mono = [_sound(samples, "FLAC", kind) for kind in ("PCM_S8", "PCM_16", "PCM_24")]
    return [*mono, _sound(np.repeat(samples, 2, axis=1), "FLAC", "PCM_16")]


def _sound(samples: np.ndarray, container: str, codec: str) -> bytes:
    """Encodes int16 `[num_samples, num_channels]` at 16 kHz."""
    stream = io.BytesIO()
    soundfile.write(stream, samples, 16000, format=container, subtype=codec)
    return stream.getvalue()


def avi_files() -> list[bytes]:
    """Makes an AVI file of a moving photograph of a face, with sound."""
    samples = recording()[:6400]
    photograph = skimage.data.astronaut()[::2, ::2]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.avi")
        pictures = [
            np.roll(photograph, 2 * number, axis=1)
            for number in range(num_frames(len(samples), 16000))
        ]
        write_avi(path, samples, sample_rate_hz=16000, pictures=pictures)
        return [path.read_bytes()]


def png_files() -> list[bytes]:
    """Makes PNG pictures of a face, in colour and in grey."""
    from PIL import Image

    photograph = Image.fromarray(skimage.data.astronaut()[::2, ::2])
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for mode in ("RGB", "L", "P", "RGBA"):
            path = Path(folder, f"{mode}.png")
            photograph.convert(mode).save(path)
            found.append(path.read_bytes())
    return found


def tfrecord_files() -> list[bytes]:
    """Makes a shard of four segments of two clips, each uint8 `[8, 6, 3]`."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.tfrecord")
        with tf.io.TFRecordWriter(str(path)) as writer:
            for number in range(4):
                values = rng.integers(256, size=(8, 6, 3)).astype(np.uint8)
                clip, emotion = f"x/s{number // 2}/a", ("anger", "fear")[number // 2]
                writer.write(
                    encode_segment(
                        clip=clip,
                        speaker=f"s{number // 2}",
                        emotion=emotion,
                        index=number % 2,
                        values=values,
                    )
                )
        return [path.read_bytes()]


ORIGINALS: dict[str, Callable[[], list[bytes]]] = {
    "wav": wav_files,
    "flac": flac_files,
    "avi": avi_files,
    "png": png_files,
    "tfrecord": tfrecord_files,
}


def mutate(originals: list[bytes], rng: random.Random) -> bytes:
    """Takes a random one of the files and changes it in one to four places."""
    content = bytearray(rng.choice(originals))
    for _ in range(rng.randint(1, 4)):
        rng.choice(MUTATIONS)(content, originals, rng)
    return bytes(content)


def _flip(content: bytearray, originals: list[bytes], rng: random.Random) -> None:
    for _ in range(rng.randint(1, 16)):
        if content:
            content[_place(content, rng)] ^= 1 << rng.randrange(8)


def _put_number(content: bytearray, originals: list[bytes], rng: random.Random) -> None:
    place, width = _place(content, rng), rng.choice((1, 2, 4, 8))
    number = rng.choice(ODD_NUMBERS) & (256**width - 1)
    order = rng.choice(("little", "big"))
    content[place : place + width] = number.to_bytes(width, order)  # type: ignore[arg-type]


def _put_noise(content: bytearray, originals: list[bytes], rng: random.Random) -> None:
    place = _place(content, rng)
    length = rng.choice((1, 4, 16, 200, 4000))
    content[place : place + length] = rng.randbytes(length)


def _remove(content: bytearray, originals: list[bytes], rng: random.Random) -> None:
    place = _place(content, rng)
    del content[place : place + rng.choice((1, 2, 4, 100, 5000))]


def _repeat(content: bytearray, originals: list[bytes], rng: random.Random) -> None:
    place = _place(content, rng)
    content[place:place] = content[place : place + rng.choice((1, 4, 100, 5000))]


def _cut_off(content: bytearray, originals: list[bytes], rng: random.Random) -> None:
    del content[_place(content, rng) :]


def _splice(content: bytearray, originals: list[bytes], rng: random.Random) -> None:
    other = rng.choice(originals)
    content[_place(content, rng) :] = other[_place(bytearray(other), rng) :]


def _blank(content: bytearray, originals: list[bytes], rng: random.Random) -> None:
    place = _place(content, rng)
    length = min(rng.choice((4, 512, 4096)), len(content) - place)
    content[place : place + length] = bytes(length)


MUTATIONS = (
    _flip,
    _flip,
    _put_number,
    _put_number,
    _put_number,
    _put_noise,
    _remove,
    _repeat,
    _cut_off,
    _splice,
    _blank,
)


def _place(content: bytearray, rng: random.Random) -> int:
    reach = len(content) if rng.random() < 0.5 else min(HEAD_BYTES, len(content))
    return rng.randrange(max(1, reach))
