"""WAV files of every dialect and packing, with headers that lie."""

import struct

import av
import numpy as np
import pytest
import soundfile

from data_tools.media.audio import decode
from data_tools.media.riff_header import read_wav_header
from data_tools.media_error import MediaError
from tests.data_tools.media.reading import read_audio
from tests.data_tools.media.wav_bytes import FLOAT, PCM, chunk, form, riff, stored


@pytest.fixture
def save(tmp_path):
    def write(content, name="a.wav"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def plain(samples, **options):
    """A 16-bit WAV file; options go to `form`."""
    return riff(form(**options), chunk(b"data", stored(samples, "<i2")))


@pytest.mark.parametrize(
    ("kind", "tag", "tolerance"),
    [
        (">i1", PCM, 2**-6),
        (">i2", PCM, 2**-15),
        (">i3", PCM, 2**-23),
        (">i4", PCM, 2**-23),
        (">f4", FLOAT, 2**-23),
        (">f8", FLOAT, 2**-23),
    ],
)
@pytest.mark.parametrize("is_extensible", [False, True])
def test_rifx_is_read_with_the_highest_byte_first(
    save, tone, kind, tag, tolerance, is_extensible
):
    bits = 8 * int(kind[2])
    valid = bits if is_extensible else None
    path = save(
        riff(
            form(tag=tag, bits=bits, valid=valid, order=">"),
            chunk(b"LIST", b"INFO", order=">"),
            chunk(b"data", stored(tone(), kind), order=">"),
            tag=b"RIFX",
            order=">",
        )
    )
    np.testing.assert_allclose(read_audio(path), tone(), atol=tolerance)


def test_rifx_of_a_codec_is_refused(save):
    head = form(tag=7, bits=8, order=">")
    samples = chunk(b"data", bytes(999), order=">")
    with pytest.raises(MediaError, match=r"RIFX.* convert it"):
        read_audio(save(riff(head, samples, tag=b"RIFX", order=">")))


@pytest.mark.parametrize(
    ("bits", "valid"),
    [(32, 24), (32, 20), (32, 16), (32, 12), (32, 0), (24, 20), (24, 16), (24, 24)],
)
def test_valid_bits_are_the_upper_ones(save, tone, bits, valid):
    samples = np.round(tone() * 2**11) / 2**11
    data = chunk(b"data", stored(samples, f"<i{bits // 8}"))
    path = save(riff(form(bits=bits, valid=valid), data))
    np.testing.assert_array_equal(read_audio(path), samples.astype(np.float32))


@pytest.mark.parametrize(
    ("tag", "bits", "kind"),
    [(PCM, 64, "<i8"), (FLOAT, 64, "<f8"), (PCM, 20, "<i3"), (PCM, 12, "<i2")],
)
def test_rare_widths_are_read(save, tone, tag, bits, kind):
    path = save(riff(form(tag=tag, bits=bits), chunk(b"data", stored(tone(), kind))))
    np.testing.assert_allclose(read_audio(path), tone(), atol=2**-15)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (form(bits=24, block=4), "does not say in which"),
        (form(bits=17, block=2), "packs 1 samples of 17 bits in 2 bytes"),
        (form(bits=0, block=2), "packs 1 samples of 0 bits"),
        (form(channels=3, block=4), "packs 3 samples"),
        (form(tag=FLOAT, bits=32, block=8), "packs 1 samples of 32 bits in 8 bytes"),
        (form(tag=FLOAT, bits=64, block=4), "packs 1 samples of 64 bits in 4 bytes"),
        (form(channels=0, block=2), "declares 0 channels"),
        (form(bits=32, valid=40), "40 of its 32 bits"),
        (chunk(b"fmt ", form()[8:22]), "'fmt' chunk has 14 bytes"),
    ],
)
def test_a_packing_that_cannot_be_is_refused(save, tone, head, reason):
    path = save(riff(head, chunk(b"data", stored(tone(), "<i2"))))
    with pytest.raises(MediaError, match=reason):
        read_audio(path)


def test_a_block_size_that_is_left_out_follows_from_the_bits(save, tone):
    path = save(plain(tone(), block=0))
    np.testing.assert_allclose(read_audio(path), tone(), atol=2**-15)


@pytest.mark.parametrize("rate_hz", [0, 1, 999, 768_001, 3_000_000_000, 2**32 - 1])
@pytest.mark.parametrize("tag", [PCM, 7])
def test_a_rate_that_cannot_be_is_refused(save, tone, rate_hz, tag):
    with pytest.raises(MediaError, match=f"a sample rate of {rate_hz} Hz"):
        read_audio(save(plain(tone(), tag=tag, rate_hz=rate_hz)))


@pytest.mark.parametrize("rate_hz", [0.0, 1.0, 1e7, 1e300, -16000.0, np.nan])
def test_a_rate_that_cannot_be_is_refused_in_caf(save, tone, rate_hz):
    data = stored(tone(), "<i2")
    head = struct.pack(">d4sIIIII", rate_hz, b"lpcm", 2, 2, 1, 1, 16)
    content = b"caff\0\1\0\0desc" + struct.pack(">q", 32) + head
    content += b"data" + struct.pack(">q", 4 + len(data)) + bytes(4) + data
    with pytest.raises(MediaError, match=r"sample rate|cannot be decoded"):
        read_audio(save(content))


@pytest.mark.parametrize("rate_hz", [0, 1, 10_000_000, 2**31])
def test_a_rate_that_cannot_be_is_refused_in_au(save, tone, rate_hz):
    data = stored(tone(), ">i2")
    head = struct.pack(">4sIIIII", b".snd", 24, len(data), 3, rate_hz, 1)
    with pytest.raises(MediaError, match=r"sample rate|cannot be decoded"):
        read_audio(save(head + data))


@pytest.mark.parametrize(
    "content",
    [
        lambda data: riff(form(), chunk(b"data", data, size=0)),
        lambda data: riff(form(), chunk(b"data", data, size=0), size=0),
        lambda data: riff(form(), chunk(b"data", data, size=len(data) + 1)),
        lambda data: riff(form(), chunk(b"data", data + b"\x55")),
        lambda data: riff(form(), chunk(b"data", data), size=10**6),
        lambda data: riff(form(), chunk(b"data", data), size=4),
        lambda data: riff(
            form(),
            chunk(b"data", data, size=2**32 - 1),
            chunk(b"LIST", b"INFOabcd"),
            size=2**32 - 1,
        ),
        lambda data: riff(
            form(), chunk(b"LIST", b"INFOa", is_padded=False), chunk(b"data", data)
        ),
        lambda data: riff(chunk(b"JUNK", bytes(2**20)), form(), chunk(b"data", data)),
        lambda data: riff(form(), chunk(b"bext", bytes(2**20)), chunk(b"data", data)),
        lambda data: riff(
            chunk(b"fmt ", form()[8:] + bytes(984)), chunk(b"data", data)
        ),
        lambda data: (
            b"ID3\3\0\0\0\0\1\0" + bytes(128) + riff(form(), chunk(b"data", data))
        ),
    ],
)
def test_sizes_that_lie_and_long_headers_do_no_harm(save, tone, content):
    path = save(content(stored(tone(), "<i2")))
    np.testing.assert_array_equal(read_audio(path), read_audio(save(plain(tone()))))


@pytest.mark.parametrize("missing", [2, 100])
def test_a_whole_sample_that_is_missing_is_told(save, tone, missing):
    with pytest.raises(MediaError, match="is truncated"):
        read_audio(save(plain(tone())[:-missing]))


@pytest.mark.parametrize("name", [b"fmt ", b"data"])
def test_two_chunks_of_which_one_is_wanted_are_refused(save, tone, name):
    content = plain(tone(), rate_hz=16000)
    extra = {b"fmt ": form(rate_hz=8000), b"data": chunk(b"data", bytes(10))}[name]
    with pytest.raises(MediaError, match=f"several '{name.decode().strip()}' chunks"):
        read_audio(save(content + extra))


def test_wav_files_in_a_row_are_refused(save, tone):
    with pytest.raises(MediaError, match="several WAV files in a row"):
        read_audio(save(2 * plain(tone())))


@pytest.mark.parametrize("tag", [b"RF64", b"BW64"])
@pytest.mark.parametrize("num_cut", [0, 1000])
def test_sizes_of_64_bits_are_read(save, tone, tag, num_cut):
    data = stored(tone(), "<i2")
    sizes = struct.pack("<QQQI", 0, len(data), len(tone()), 0)
    content = riff(
        chunk(b"ds64", sizes),
        form(),
        chunk(b"data", data, size=2**32 - 1),
        tag=tag,
        size=2**32 - 1,
    )
    path = save(content[: len(content) - num_cut])
    if num_cut:
        with pytest.raises(MediaError, match="is truncated"):
            read_audio(path)
    else:
        np.testing.assert_allclose(read_audio(path), tone(), atol=2**-15)


@pytest.mark.parametrize("format_name", ["W64", "CAF", "NIST", "AU"])
def test_half_a_file_of_any_format_of_plain_samples_is_refused(
    tmp_path, rng, format_name
):
    path = tmp_path / "a.wav"
    soundfile.write(path, rng.uniform(-0.5, 0.5, 32000), 16000, format=format_name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(MediaError, match="is truncated"):
        read_audio(path)


def test_samples_that_are_packed_by_shorten_are_refused(save, rng):
    head = (
        b"NIST_1A\n   1024\nsample_count -i 16000\nsample_rate -i 16000\n"
        b"channel_count -i 1\nsample_byte_format -s2 01\nsample_n_bytes -i 2\n"
        b"sample_coding -s26 pcm,embedded-shorten-v2.00\nend_head\n"
    )
    content = head.ljust(1024) + b"ajkg\2" + rng.bytes(9000)
    with pytest.raises(MediaError, match="cannot be decoded"):
        read_audio(save(content))


def coded_wav(tmp_path, samples, subtype):
    """The chunk `fmt ` and the samples of a WAV file of a codec."""
    path = tmp_path / "coded.wav"
    soundfile.write(path, samples, 8000, format="WAV", subtype=subtype)
    content = path.read_bytes()
    at = content.index(b"data")
    size = struct.unpack_from("<I", content, at + 4)[0]
    end = 20 + struct.unpack_from("<I", content, 16)[0]
    return content[12:end], content[at + 8 : at + 8 + size]


@pytest.mark.parametrize("subtype", ["GSM610", "IMA_ADPCM", "MS_ADPCM"])
@pytest.mark.parametrize("rest", [b"", b"\0", b"\0\0\0"])
def test_less_than_a_block_after_the_last_is_no_damage(
    tmp_path, save, tone, subtype, rest
):
    samples = tone(seconds=1, rate_hz=8000)
    head, blocks = coded_wav(tmp_path, samples, subtype)
    path = save(riff(head, chunk(b"data", blocks + rest)))
    whole = decode(
        save(riff(head, chunk(b"data", blocks)), "b.wav"), sample_rate_hz=8000
    )
    waveform = decode(path, sample_rate_hz=8000).waveform
    np.testing.assert_array_equal(waveform[: len(whole.waveform)], whole.waveform)
    assert len(waveform) - len(whole.waveform) <= 4
    np.testing.assert_allclose(waveform[400:7000], samples[400:7000], atol=0.1)


@pytest.mark.parametrize("codec", ["mp2", "libmp3lame"])
@pytest.mark.parametrize("rest", [b"\0", bytes(7)])
def test_less_than_a_frame_after_the_last_is_no_damage(
    tmp_path, save, tone, codec, rest
):
    path = tmp_path / "coded.wav"
    with av.open(str(path), "w", format="wav") as output:
        stream = output.add_stream(codec, rate=16000, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            np.round(tone(seconds=1)[None] * 32767).astype(np.int16), "s16", "mono"
        )
        frame.rate = 16000
        resampler = av.AudioResampler(
            stream.format, "mono", 16000, stream.frame_size or None
        )
        for ready in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(ready))
        output.mux(stream.encode(None))
    content = path.read_bytes()
    at = content.index(b"data")
    size = struct.unpack_from("<I", content, at + 4)[0]
    frames = content[at + 8 : at + 8 + size]
    end = 20 + struct.unpack_from("<I", content, 16)[0]
    waveform = read_audio(save(riff(content[12:end], chunk(b"data", frames + rest))))
    np.testing.assert_array_equal(waveform, read_audio(path))


def test_what_follows_a_plain_file_does_not_suit_tensorflow_io(save, tone):
    assert read_wav_header(save(plain(tone()))).suits_tensorflow_io
    assert not read_wav_header(save(plain(tone()) + bytes(8))).suits_tensorflow_io
