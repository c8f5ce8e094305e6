"""Reads the sound of any audio or video file block by block.

The content of a file chooses the decoder, never the ending of its name. tensorflow-io
reads WAV, Ogg Vorbis and MP3. PyAV reads everything else; also the WAV codecs that
tensorflow-io 0.37.1 decodes wrongly (see `riff_header`), and FLAC, since tensorflow-io
hangs on damaged FLAC files.
"""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import av
import numpy as np
import tensorflow as tf
import tensorflow_io as tfio

from data_tools.media.container import Container, sniff_usable
from data_tools.media.riff_header import read_wav_header
from data_tools.media_error import MediaError

av.logging.set_level(av.logging.PANIC)

_BLOCK_SAMPLES = 2**20
_TENSORFLOW_IO_READS = (Container.VORBIS, Container.MP3)
# Without these checks damaged frames of FLAC come out as noise.
_FLAC_CHECKS = {"err_detect": "crccheck+explode"}
# The value of silence, where it is not 0.
_ZERO = {np.dtype(np.uint8): 128}


def read_blocks(path: Path) -> Iterator[tuple[np.ndarray, int]]:
    """Decodes a file block by block.

    Args:
      path: An audio file, or a video file with sound.

    Yields:
      A block, float32 `[num_samples, num_channels]`, and the sample rate in Hz, which
      is the same for all blocks of a file.

    Raises:
      MediaError: The file is unreadable, empty, truncated or has no sound. Some blocks
        may have been yielded before.
    """
    container = sniff_usable(path)
    by_tensorflow_io = container in _TENSORFLOW_IO_READS
    if container is Container.WAV:
        try:
            header = read_wav_header(path)
        except OSError as error:
            raise MediaError(path, f"cannot be read ({error.strerror})") from error
        if header.fault:
            raise MediaError(path, header.fault)
        by_tensorflow_io = header.suits_tensorflow_io
    if not by_tensorflow_io:
        yield from _read_av(path)
        return
    num_samples = yield from _read_tensorflow_io(path)
    if num_samples == 0 and container is Container.VORBIS:
        raise MediaError(path, "is truncated: its stream has no last page")


def _read_tensorflow_io(path: Path) -> Generator[tuple[np.ndarray, int], None, int]:
    """Yields as `read_blocks` does; returns the number of samples in the header.

    A block is float32 `[num_samples, num_channels]`.
    """
    try:
        audio = tfio.audio.AudioIOTensor(os.fsencode(path))
        num_samples, rate_hz = int(audio.shape[0]), int(audio.rate)
        for start in range(0, num_samples, _BLOCK_SAMPLES):
            block = audio[start : start + _BLOCK_SAMPLES].numpy()
            yield _to_float(block), rate_hz
    except tf.errors.ResourceExhaustedError as error:
        raise MemoryError from error
    except tf.errors.OpError as error:
        raise MediaError(path, "cannot be decoded: corrupt or truncated") from error
    return num_samples


def _read_av(path: Path) -> Iterator[tuple[np.ndarray, int]]:
    """Yields float32 `[num_samples, num_channels]` and the rate; see `read_blocks`."""
    last_packet_s = 0.0
    num_samples = rate_hz = num_channels = 0
    try:
        # An absolute path, since FFmpeg takes a name such as `http:a.wav` for a URL.
        with av.open(str(path.absolute())) as container:
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
            for packet in container.demux():
                last_packet_s = max(last_packet_s, _packet_end_s(packet))
                # `packet.stream_index` would be wrong: it is 0 for all flush packets.
                if packet.stream.index != stream.index:
                    continue
                for frame in stream.decode(packet):
                    samples = _frame_samples(frame)
                    if num_channels not in (0, samples.shape[1]):
                        raise MediaError(path, "changes its number of channels halfway")
                    if rate_hz not in (0, frame.sample_rate):
                        raise MediaError(path, "changes its sample rate halfway")
                    num_channels, rate_hz = samples.shape[1], frame.sample_rate
                    num_samples += len(samples)
                    yield samples, rate_hz
            declared_s = _declared_seconds(name, container, stream)
    except av.FFmpegError as error:
        raise MediaError(path, f"cannot be decoded ({error.strerror})") from error
    if num_samples == 0:
        raise MediaError(path, "holds no samples")
    if name == "flac":
        # FLAC has no gaps, so that a missing sample means a damaged frame, which the
        # decoder leaves out.
        last_packet_s = 0.0
    found_s = max(last_packet_s, num_samples / rate_hz)
    # Lossy codecs drop a few frames, and some headers count whole video frames.
    tolerance_s = 0.0 if name == "flac" else max(0.1, 0.02 * declared_s)
    if declared_s - found_s > tolerance_s:
        raise MediaError(
            path,
            f"is truncated or corrupt: its header declares {declared_s:.2f} s, "
            f"{found_s:.2f} s are there",
        )


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
    if name in ("aiff", "flac", "mov,mp4,m4a,3gp,3g2,mj2") and stream.duration:
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
    return _to_float(samples)


def _to_float(samples: np.ndarray) -> np.ndarray:
    """Scales integer samples `[num_samples, num_channels]` to float32 in [-1, 1).

    Integers use the full range of their type. Float samples keep their scale.
    """
    if samples.dtype.kind == "f":
        return samples.astype(np.float32)
    full_scale = 2.0 ** (8 * samples.dtype.itemsize - 1)
    zero = _ZERO.get(samples.dtype, 0)
    return ((samples.astype(np.float64) - zero) / full_scale).astype(np.float32)
