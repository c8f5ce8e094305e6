"""Bytes of WAV files that no program here writes: in any order, with sizes that lie."""

import struct

import numpy as np

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE


def chunk(name, content, *, size=None, order="<", is_padded=True):
    """A chunk of a RIFF file; `size` may be another than that of the content."""
    declared = len(content) if size is None else size
    pad = b"\0" * (len(content) % 2 * is_padded)
    return name + struct.pack(order + "I", declared) + content + pad


def form(
    *, tag=PCM, channels=1, rate_hz=16000, bits=16, block=None, valid=None, order="<"
):
    """The chunk `fmt `; extensible if the number of valid bits is given."""
    block = channels * -(-bits // 8) if block is None else block
    content = struct.pack(
        order + "HHIIHH",
        tag if valid is None else EXTENSIBLE,
        channels,
        rate_hz,
        rate_hz * block % 2**32,
        block,
        bits,
    )
    if valid is not None:
        content += struct.pack(order + "HHIIHH", 22, valid, 0, tag, 0, 16)
        content += bytes.fromhex("800000aa00389b71")
    return chunk(b"fmt ", content, order=order)


def riff(*chunks, tag=b"RIFF", size=None, order="<"):
    """A WAV file of chunks."""
    body = b"WAVE" + b"".join(chunks)
    return tag + struct.pack(order + "I", len(body) if size is None else size) + body


def stored(samples, kind):
    """The bytes of samples in [-1, 1), as numbers of a kind such as `<i2` or `>i3`."""
    order, letter, width = kind[0], kind[1], int(kind[2])
    if letter == "f":
        return samples.astype(kind).tobytes()
    if width == 1:
        return (np.round(samples * 127) + 128).astype("u1").tobytes()
    upper = np.round(samples * 2.0 ** (8 * width - 1)).astype(">i8") << 8 * (8 - width)
    packed = upper.astype(">i8").view("u1").reshape(-1, 8)[:, :width]
    return (packed if order == ">" else packed[:, ::-1]).tobytes()
