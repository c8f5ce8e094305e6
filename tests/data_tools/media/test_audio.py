import struct

import av
import numpy as np
import pytest
import soundfile

from data_tools.media_error import MediaError
from tests.data_tools.media.reading import read_audio


def write(path, samples, rate_hz=16000, **kinds):
    soundfile.write(path, samples, rate_hz, **kinds)
    return path


def write_av(path, samples, rate_hz, *, container, codec):
    """Writes a mono file with PyAV, in whatever container."""
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate_hz, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            np.round(samples[None, :] * 32767).astype(np.int16), "s16", "mono"
        )
        frame.rate = rate_hz
        resampler = av.AudioResampler(
            stream.format, "mono", rate_hz, stream.frame_size or None
        )
        for ready in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(ready))
        output.mux(stream.encode(None))
    return path


def pcm_wav(
    samples, *, declared_bytes=None, riff_bytes=None, before=b"", between=b"", after=b""
):
    """Bytes of a 16-bit mono WAV file, with a header that may lie."""
    data = np.round(samples * 32767).astype("<i2").tobytes()
    declared = len(data) if declared_bytes is None else declared_bytes
    body = (
        b"WAVE"
        + before
        + struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 16000, 32000, 2, 16)
        + between
        + struct.pack("<4sI", b"data", declared)
        + data
        + after
    )
    riff = len(body) if riff_bytes is None else riff_bytes
    return struct.pack("<4sI", b"RIFF", riff) + body


@pytest.mark.parametrize(
    ("container", "codec", "tolerance"),
    [
        ("WAV", "PCM_U8", 2**-7),
        ("WAV", "PCM_16", 2**-15),
        ("WAV", "PCM_24", 2**-20),
        ("WAV", "PCM_32", 2**-20),
        ("WAV", "FLOAT", 2**-20),
        ("WAV", "DOUBLE", 2**-20),
        ("WAV", "ULAW", 0.02),
        ("WAV", "ALAW", 0.02),
        ("WAVEX", "PCM_U8", 2**-7),
        ("WAVEX", "PCM_16", 2**-15),
        ("WAVEX", "PCM_24", 2**-20),
        ("WAVEX", "PCM_32", 2**-20),
        ("WAVEX", "FLOAT", 2**-20),
        ("WAVEX", "ULAW", 0.02),
        ("RF64", "PCM_16", 2**-15),
        ("W64", "PCM_16", 2**-15),
        ("AIFF", "PCM_16", 2**-15),
        ("AIFF", "PCM_24", 2**-20),
        ("AU", "PCM_16", 2**-15),
        ("FLAC", "PCM_S8", 2**-7),
        ("FLAC", "PCM_16", 2**-15),
        ("FLAC", "PCM_24", 2**-20),
    ],
)
def test_every_codec_gives_the_samples_back(tmp_path, rng, container, codec, tolerance):
    samples = rng.uniform(-0.9, 0.9, 4000)
    path = write(tmp_path / "a.wav", samples, format=container, subtype=codec)
    np.testing.assert_allclose(read_audio(path), samples, atol=tolerance)


@pytest.mark.parametrize("num_channels", [1, 2, 3, 6, 8])
@pytest.mark.parametrize("container", ["WAV", "WAVEX", "AIFF", "FLAC"])
def test_channels_are_averaged(tmp_path, rng, container, num_channels):
    samples = rng.uniform(-0.9, 0.9, (4000, num_channels))
    path = write(tmp_path / "a.wav", samples, format=container, subtype="PCM_16")
    np.testing.assert_allclose(read_audio(path), samples.mean(1), atol=2**-14)


@pytest.mark.parametrize(
    "rate_hz", [8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000, 192000]
)
def test_any_rate_becomes_16_khz(tmp_path, tone, rate_hz):
    path = write(tmp_path / "a.wav", tone(rate_hz=rate_hz), rate_hz)
    waveform = read_audio(path)
    assert len(waveform) == pytest.approx(0.3 * 16000, abs=1)
    middle = slice(800, 4000)
    np.testing.assert_allclose(waveform[middle], tone()[middle], atol=2e-3)


def test_tone_above_8_khz_does_not_alias(tmp_path, tone):
    path = write(tmp_path / "a.wav", tone(rate_hz=44100, hz=12000), 44100)
    assert np.abs(read_audio(path)[800:4000]).max() < 1e-3


@pytest.mark.parametrize(
    ("container", "codec"),
    [("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")],
)
def test_lossy_audio_keeps_the_tone(tmp_path, tone, container, codec):
    path = write(tmp_path / "a.bin", tone(seconds=1), format=container, subtype=codec)
    spectrum = np.abs(np.fft.rfft(read_audio(path)[4000:12000]))
    assert spectrum.argmax() == 220  # 440 Hz in bins of 2 Hz.


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        ("avi", "pcm_s16le"),
        ("avi", "mp3"),
        ("mp4", "aac"),
        ("matroska", "aac"),
        ("matroska", "libopus"),
        ("mov", "pcm_s16be"),
    ],
)
def test_video_containers_keep_the_tone(tmp_path, tone, container, codec):
    path = tmp_path / "a.dat"
    samples = tone(seconds=1, rate_hz=48000)
    write_av(path, samples, 48000, container=container, codec=codec)
    waveform = read_audio(path)
    assert len(waveform) == pytest.approx(16000, abs=1500)
    assert np.abs(np.fft.rfft(waveform[4000:12000])).argmax() == 220


@pytest.mark.parametrize("note", [b"abc", b"abcd"])
@pytest.mark.parametrize("place", ["before", "between", "after"])
def test_chunks_other_than_the_samples_are_skipped(tmp_path, tone, place, note):
    padding = bytes(len(note) % 2)
    chunk = struct.pack("<4sI", b"note", len(note)) + note + padding
    path = tmp_path / "a.wav"
    path.write_bytes(pcm_wav(tone(), **{place: chunk}))
    np.testing.assert_allclose(read_audio(path), tone(), atol=2**-15)


def test_bytes_after_the_last_chunk_are_ignored(tmp_path, tone):
    path = tmp_path / "a.wav"
    path.write_bytes(pcm_wav(tone()) + bytes(3))
    np.testing.assert_allclose(read_audio(path), tone(), atol=2**-15)


def test_odd_number_of_8_bit_samples(tmp_path, tone):
    path = write(tmp_path / "a.wav", tone()[:999], subtype="PCM_U8")
    np.testing.assert_allclose(read_audio(path), tone()[:999], atol=2**-7)


@pytest.mark.parametrize("declared_bytes", [0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFFFFF - 36])
def test_streamed_wav_is_read_to_its_end(tmp_path, tone, declared_bytes):
    path = tmp_path / "a.wav"
    path.write_bytes(
        pcm_wav(tone(), declared_bytes=declared_bytes, riff_bytes=declared_bytes)
    )
    np.testing.assert_allclose(read_audio(path), tone(), atol=2**-15)


def test_stretch_is_cut_after_resampling(tmp_path, tone):
    path = write(tmp_path / "a.wav", tone(rate_hz=48000), 48000)
    stretch = read_audio(path, start_s=0.1, end_s=0.2)
    np.testing.assert_array_equal(stretch, read_audio(path)[1600:3200])


def test_end_may_be_rounded_past_the_file(tmp_path, tone):
    path = write(tmp_path / "a.wav", tone())
    assert len(read_audio(path, start_s=0.1, end_s=0.31)) == 3200


@pytest.mark.parametrize(
    ("start_s", "end_s"), [(0.3, None), (5.0, 6.0), (0.1, 0.5), (0.1, 0.10001)]
)
def test_stretch_outside_of_the_file_is_refused(tmp_path, tone, start_s, end_s):
    path = write(tmp_path / "a.wav", tone())
    with pytest.raises(MediaError, match=r"long, but the clip|holds no samples"):
        read_audio(path, start_s=start_s, end_s=end_s)


def test_float_overshoot_is_clipped(tmp_path):
    path = write(tmp_path / "a.wav", np.array([0.0, 1.5, -1.5]), subtype="FLOAT")
    np.testing.assert_array_equal(read_audio(path), [0, 1, -1])


def test_error_names_file_and_reason(tmp_path):
    path = tmp_path / "empty.wav"
    path.touch()
    with pytest.raises(MediaError, match=r"empty\.wav: is empty \(0 bytes\)"):
        read_audio(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"this is no sound at all", "cannot be decoded"),
        (b"RIFF\x04\x00\x00\x00WAVE", "truncated"),
        (pcm_wav(np.zeros(0)), "holds no samples"),
        (pcm_wav(np.zeros(999)), "silent"),
        (pcm_wav(np.full(999, 0.25)), "silent"),
        (pcm_wav(np.full(999, 0.25))[:-100], "truncated"),
        (pcm_wav(np.full(999, 0.25))[:30], "truncated"),
        (b"fLaC" + bytes(100), "cannot be decoded"),
        (b"OggS" + bytes(100), "cannot be decoded"),
    ],
)
def test_broken_content_is_refused(tmp_path, content, reason):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=reason):
        read_audio(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_finite_are_refused(tmp_path, tone, value):
    samples = tone()
    samples[7] = value
    path = write(tmp_path / "a.wav", samples, subtype="FLOAT")
    with pytest.raises(MediaError, match="not finite"):
        read_audio(path)


def test_float_samples_of_another_scale_are_refused(tmp_path, tone):
    path = write(tmp_path / "a.wav", tone() * 32768, subtype="FLOAT")
    with pytest.raises(MediaError, match=r"scale them to \[-1, 1\]"):
        read_audio(path)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(MediaError, match="No such file"):
        read_audio(tmp_path / "absent.wav")


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"),
        ("AIFF", "PCM_16"),
        ("WAV", "PCM_32"),
    ],
)
def test_half_a_file_is_refused(tmp_path, rng, container, codec):
    path = tmp_path / "a.wav"
    write(path, rng.uniform(-0.5, 0.5, 32000), format=container, subtype=codec)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(MediaError, match=r"truncated|cannot be decoded"):
        read_audio(path)


@pytest.mark.parametrize(
    ("container", "codec"),
    [("avi", "pcm_s16le"), ("avi", "mp3"), ("mp4", "aac"), ("matroska", "aac")],
)
def test_half_a_video_is_refused(tmp_path, tone, container, codec):
    path = tmp_path / "a.avi"
    samples = tone(seconds=2, rate_hz=48000)
    write_av(path, samples, 48000, container=container, codec=codec)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(MediaError, match=r"truncated|cannot be decoded"):
        read_audio(path)


def test_video_without_sound_is_refused(tmp_path):
    path = tmp_path / "mute.avi"
    with av.open(str(path), "w", format="avi") as output:
        stream = output.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        picture = np.zeros((64, 64, 3), np.uint8)
        output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        output.mux(stream.encode(None))
    with pytest.raises(MediaError, match="has no audio track"):
        read_audio(path)
