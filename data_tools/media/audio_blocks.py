"""Reads the sound of any audio or video file block by block.

The content of a file chooses the decoder, never the ending of its name. tensorflow-io
reads WAV, Ogg Vorbis and MP3, as far as it decodes them rightly (see `riff_header`,
`ogg_pages` and `mp3_frames`). WAV files of other plain numbers are read by `pcm`. PyAV
reads everything else; also FLAC, since tensorflow-io hangs on damaged FLAC files.
"""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import tensorflow as tf
import tensorflow_io as tfio

from data_tools.media.container import WAV_DIALECTS, Container, place_of, sniff_usable
from data_tools.media.mp3_frames import read_mp3_header
from data_tools.media.ogg_pages import vorbis_streams
from data_tools.media.pcm import read_pcm, to_float
from data_tools.media.riff_header import read_wav_header
from data_tools.media_error import MediaError

av.logging.set_level(av.logging.PANIC)

_BLOCK_SAMPLES = 2**20
_LEAST_RATE_HZ, _LARGEST_RATE_HZ = 1_000, 768_000
# Without these checks damaged frames of FLAC come out as noise.
_FLAC_CHECKS = {"err_detect": "crccheck+explode"}
# What PyAV raises on damaged files beside its own errors.
_PARSER_ERRORS = (ValueError, TypeError, LookupError, ArithmeticError)
# Formats whose header declares the length; for others FFmpeg guesses it.
_DECLARING = ("aiff", "au", "flac", "mov,mp4,m4a,3gp,3g2,mj2", "nistsphere", "tta")


def read_blocks(path: Path) -> Iterator[tuple[np.ndarray, int]]:
    """Decodes a file block by block.

    Args:
      path: An audio file, or a video file with sound.

    Yields:
      A block, float32 `[num_samples, num_channels]`, and the sample rate in Hz, which
      is the same for all blocks of a file.

    Raises:
      MediaError: The file is unreadable, empty, truncated or has no sound, or its
        header is damaged. Some blocks may have been yielded before.
    """
    container = sniff_usable(path)
    try:
        # Other data, such as the tags of a player, may lie before the format.
        start = place_of(path)
        if container in WAV_DIALECTS:
            yield from _read_wav(path, start)
        elif container is Container.VORBIS:
            yield from _read_vorbis(path)
        elif container is Container.MP3:
            yield from _read_mp3(path, start)
        else:
            yield from _read_av(path, 0 if container is Container.OTHER else start)
    except OSError as error:
        raise MediaError(path, f"cannot be read ({error.strerror})") from error


def _read_wav(path: Path, start: int) -> Iterator[tuple[np.ndarray, int]]:
    """Yields float32 `[num_samples, num_channels]` and the rate; see `read_blocks`."""
    header = read_wav_header(path, start)
    if header.fault:
        raise MediaError(path, header.fault)
    _require_rate(path, header.rate_hz)
    if header.suits_tensorflow_io:
        yield from _read_tensorflow_io(path)
    elif header.pcm:
        for samples in read_pcm(path, header.pcm):
            yield samples, header.rate_hz
    else:
        yield from _read_av(path, start, block_bytes=header.block_bytes)


def _read_mp3(path: Path, start: int) -> Iterator[tuple[np.ndarray, int]]:
    """Yields float32 `[num_samples, num_channels]` and the rate; see `read_blocks`."""
    header = read_mp3_header(path, start)
    if header.fault:
        raise MediaError(path, header.fault)
    if header.suits_tensorflow_io:
        yield from _read_tensorflow_io(path)
    else:
        yield from _read_av(path, start, end=header.end)


def _read_vorbis(path: Path) -> Iterator[tuple[np.ndarray, int]]:
    """Yields float32 `[num_samples, num_channels]` and the rate; see `read_blocks`."""
    streams = vorbis_streams(path)
    kinds = sorted({(one.rate_hz, one.num_channels) for one in streams})
    if len(kinds) > 1:
        told = " and ".join(f"{rate} Hz with {count} channels" for rate, count in kinds)
        raise MediaError(path, f"joins recordings of {told}; split it")
    if len({one.serial for one in streams}) < len(streams):
        yield from _read_av(path)
        return
    has_samples = False
    for block in _read_tensorflow_io(path):
        has_samples = True
        yield block
    if not has_samples:
        raise MediaError(path, "is truncated: its stream has no last page")


def _read_tensorflow_io(path: Path) -> Iterator[tuple[np.ndarray, int]]:
    """Yields float32 `[num_samples, num_channels]` and the rate; see `read_blocks`."""
    try:
        audio = tfio.audio.AudioIOTensor(os.fsencode(path))
        num_samples, rate_hz = int(audio.shape[0]), int(audio.rate)
        _require_rate(path, rate_hz)
        for start in range(0, num_samples, _BLOCK_SAMPLES):
            block = audio[start : start + _BLOCK_SAMPLES].numpy()
            yield to_float(block), rate_hz
    except tf.errors.ResourceExhaustedError as error:
        raise MemoryError from error
    except tf.errors.OpError as error:
        raise MediaError(path, "cannot be decoded: corrupt or truncated") from error


def _require_rate(path: Path, rate_hz: int) -> None:
    """Checks that a sample rate can be one of sound."""
    if not _LEAST_RATE_HZ <= rate_hz <= _LARGEST_RATE_HZ:
        raise MediaError(
            path,
            # Decoders take what is beyond 2**31 for a negative number.
            f"declares a sample rate of {rate_hz % 2**32} Hz; rates of "
            f"{_LEAST_RATE_HZ} to {_LARGEST_RATE_HZ} Hz are read",
        )


def _read_av(
    path: Path, start: int = 0, *, end: int | None = None, block_bytes: int = 1
) -> Iterator[tuple[np.ndarray, int]]:
    """Decodes a file by PyAV.

    Args:
      path: The file.
      start: Where the sound's format begins, in bytes.
      end: Where it ends; None is the end of the file.
      block_bytes: Size of the blocks of a codec in WAV.

    Yields:
      float32 `[num_samples, num_channels]` and the rate; see `read_blocks`.
    """
    try:
        if not start and end is None:
            # An absolute path: FFmpeg takes a name such as `http:a.wav` for a URL.
            with av.open(str(path.absolute()), metadata_errors="replace") as container:
                yield from _read_container(path, container, block_bytes)
            return
        with (
            _Part(path, start, end) as part,
            av.open(part, metadata_errors="replace") as container,
        ):
            yield from _read_container(path, container, block_bytes)
    except av.FFmpegError as error:
        raise MediaError(path, f"cannot be decoded ({error.strerror})") from error
    except _PARSER_ERRORS as error:
        raise MediaError(path, f"cannot be decoded ({error})") from error


class _Part(io.FileIO):
    """A part of a file, from byte `start` up to byte `end`."""

    def __init__(self, path: Path, start: int, end: int | None) -> None:
        super().__init__(path)
        self._start = start
        self._end = path.stat().st_size if end is None else end
        self.seek(0)

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(0, self._end - super().tell())
        wanted = left if size is None or size < 0 else min(size, left)
        return super().read(wanted) or b""

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: self._start, os.SEEK_END: self._end}
        base[os.SEEK_CUR] = super().tell()
        return super().seek(base[whence] + offset) - self._start

    def tell(self) -> int:
        return super().tell() - self._start


def _read_container(
    path: Path, container: av.container.InputContainer, block_bytes: int
) -> Iterator[tuple[np.ndarray, int]]:
    """Yields float32 `[num_samples, num_channels]` and the rate; see `_read_av`."""
    if not container.streams.audio:
        raise MediaError(path, "has no audio track")
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise MediaError(
            path, "has an audio codec that FFmpeg does not know; convert it"
        )
    name = container.format.name
    if name == "flac":
        stream.codec_context.options = _FLAC_CHECKS
    elif stream.rate:
        # Headers of FLAC do not matter: each frame tells its rate.
        _require_rate(path, stream.rate)
    last_packet_s = 0.0
    num_samples = rate_hz = num_channels = 0
    decoder = _Decoder(stream, block_bytes, may_have_rest=name == "wav")
    for packet in container.demux():
        last_packet_s = max(last_packet_s, _packet_end_s(packet))
        # `packet.stream_index` would be wrong: it is 0 for all flush packets.
        if packet.stream.index != stream.index:
            continue
        for frame in decoder.decode(packet):
            samples = _frame_samples(frame)
            if num_channels not in (0, samples.shape[1]):
                raise MediaError(path, "changes its number of channels halfway")
            if rate_hz not in (0, frame.sample_rate):
                raise MediaError(path, "changes its sample rate halfway")
            num_channels, rate_hz = samples.shape[1], frame.sample_rate
            _require_rate(path, rate_hz)
            num_samples += len(samples)
            yield samples, rate_hz
    if num_samples == 0:
        raise MediaError(path, "holds no samples")
    if name == "flac":
        # FLAC has no gaps, so that a missing sample means a damaged frame, which the
        # decoder leaves out.
        last_packet_s = 0.0
    declared_s = _declared_seconds(name, container, stream)
    found_s = max(last_packet_s, num_samples / rate_hz)
    # Lossy codecs drop a few frames, and some headers count whole video frames.
    tolerance_s = 0.0 if name == "flac" else max(0.1, 0.02 * declared_s)
    if declared_s - found_s > tolerance_s:
        raise MediaError(
            path,
            f"is truncated or corrupt: its header declares {declared_s:.2f} s, "
            f"{found_s:.2f} s are there",
        )


class _Decoder:
    """Decodes the packets of a track; in WAV, less than a block may end the samples."""

    def __init__(
        self, stream: av.AudioStream, block_bytes: int, *, may_have_rest: bool
    ) -> None:
        self._stream, self._block_bytes = stream, block_bytes
        self._may_have_rest = may_have_rest
        self._most_bytes = 0
        self._fault: av.InvalidDataError | None = None

    def decode(self, packet: av.Packet) -> Iterator[av.AudioFrame]:
        """Yields the frames of a packet.

        Raises:
          InvalidDataError: The packet, or one before it, is damaged.
        """
        if self._fault and packet.size:
            raise self._fault
        for part in self._parts(packet):
            try:
                yield from self._stream.decode(part)
            except av.InvalidDataError as error:
                if not self._may_have_rest or part.size >= self._most_bytes:
                    raise
                # A pad byte, or what else is no whole block, unless more follows.
                self._fault = error
            self._most_bytes = max(self._most_bytes, part.size)

    def _parts(self, packet: av.Packet) -> list[av.Packet]:
        """Splits what is no whole block from a packet, since it would be lost whole."""
        rest = packet.size % self._block_bytes
        if not rest or rest == packet.size:
            return [packet]
        content = bytes(packet)
        return [av.Packet(content[:-rest]), av.Packet(content[-rest:])]


def _packet_end_s(packet: av.Packet) -> float:
    """Returns when a packet ends, in seconds; 0 if the packet has no time."""
    if packet.pts is None:
        return 0.0
    return float((packet.pts + (packet.duration or 0)) * packet.time_base)


def _declared_seconds(
    name: str, container: av.container.InputContainer, stream: av.AudioStream
) -> float:
    """Returns the length in the header, in seconds; 0 if FFmpeg would only guess it."""
    if name.startswith("matroska") and container.duration:
        return container.duration / av.time_base
    if name == "caf" and stream.codec_context.name.startswith("pcm"):
        return stream.frames / stream.rate
    if name in _DECLARING and stream.duration:
        return float(stream.duration * stream.time_base)
    return 0.0


def _frame_samples(frame: av.AudioFrame) -> np.ndarray:
    """Returns the samples of a frame, float32 `[num_samples, num_channels]`.

    PyAV's `AudioResampler` would do this too, but it crashes the process on channel
    layouts without a name, such as AIFF with 8 channels.
    """
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels)
    else:
        samples = samples.T
    return to_float(samples)
