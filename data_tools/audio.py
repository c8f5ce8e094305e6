"""Decodes the sound of any audio or video file to a mono waveform.

The container, never the name's ending, chooses the decoder. tensorflow-io reads WAV,
FLAC, Ogg Vorbis and MP3; PyAV reads everything else, and the WAV codecs that
tensorflow-io 0.37.1 misreads (see `riff_header`).
"""

from pathlib import Path

import av
import numpy as np
import soxr
import tensorflow as tf
import tensorflow_io as tfio

from data_tools.container import Container, sniff
from data_tools.media_error import MediaError
from data_tools.riff_header import avi_fault, read_wav_header

av.logging.set_level(av.logging.PANIC)

END_TOLERANCE_S = 0.05
"""How far a table's `end` may lie past the end of a file: rounding, not error."""
MAX_AMPLITUDE = 4.0
"""Float samples above it are no overshoot of a lossy codec but another scale."""

_ZERO = {np.dtype(np.uint8): 128}


def read_audio(
    path: Path,
    *,
    start_s: float = 0.0,
    end_s: float | None = None,
    sample_rate_hz: int = 16000,
) -> np.ndarray:
    """Reads a file, or a stretch of it, as a mono waveform.

    Args:
      path: An audio file, or a video file with sound.
      start_s: Where to start, in seconds.
      end_s: Where to end, in seconds; None is the end of the file.
      sample_rate_hz: Rate of the result.

    Returns:
      float32 `[num_samples]`, mean of the channels, in [-1, 1].

    Raises:
      MediaError: The file is unreadable, empty, truncated, has no sound, is silent
        or not finite, or the stretch lies outside of it.
    """
    waveform = decode(path, sample_rate_hz=sample_rate_hz)
    return cut(
        waveform, path, start_s=start_s, end_s=end_s, sample_rate_hz=sample_rate_hz
    )


def decode(path: Path, *, sample_rate_hz: int) -> np.ndarray:
    """Decodes a whole file; silence is not an error yet.

    Args:
      path: An audio file, or a video file with sound.
      sample_rate_hz: Rate of the result.

    Returns:
      float32 `[num_samples]`, mean of the channels, in [-1, 1].

    Raises:
      MediaError: The file is unreadable, empty, truncated, has no sound or samples
        that are not finite.
    """
    samples, rate_hz = _decode_channels(path)
    if samples.size == 0:
        raise MediaError(path, "holds no samples")
    waveform = samples.mean(axis=1, dtype=np.float32)
    if not np.isfinite(waveform).all():
        raise MediaError(path, "holds samples that are not finite (NaN or infinity)")
    peak = float(np.abs(waveform).max())
    if peak > MAX_AMPLITUDE:
        raise MediaError(
            path, f"holds float samples up to {peak:g}; scale them to [-1, 1]"
        )
    if rate_hz != sample_rate_hz:
        waveform = soxr.resample(waveform, rate_hz, sample_rate_hz, quality="HQ")
    return np.clip(waveform, -1, 1)


def cut(
    waveform: np.ndarray,
    path: Path,
    *,
    start_s: float,
    end_s: float | None,
    sample_rate_hz: int,
) -> np.ndarray:
    """Cuts a stretch out of a decoded file and checks that something is heard in it.

    Args:
      waveform: float32 `[num_samples]`, the whole file.
      path: The file, for the error.
      start_s: Where to start, in seconds.
      end_s: Where to end, in seconds; None is the end of the file.
      sample_rate_hz: Rate of `waveform`.

    Returns:
      float32 `[num_samples]`.

    Raises:
      MediaError: The stretch is silent or lies outside of the file.
    """
    is_whole = start_s == 0 and end_s is None
    length_s = len(waveform) / sample_rate_hz
    name = "it" if is_whole else f"the clip from {start_s:g} s"
    if start_s >= length_s or (end_s or 0) > length_s + END_TOLERANCE_S:
        end = "its end" if end_s is None else f"{end_s:g} s"
        raise MediaError(
            path,
            f"is {length_s:.3f} s long, but the clip is {start_s:g} s to {end}",
        )
    stop = None if end_s is None else round(end_s * sample_rate_hz)
    stretch = waveform[round(start_s * sample_rate_hz) : stop]
    if stretch.size == 0:
        raise MediaError(path, f"{name} holds no samples")
    if stretch.min() == stretch.max():
        raise MediaError(path, f"{name} is silent (all samples are equal)")
    return stretch


def _decode_channels(path: Path) -> tuple[np.ndarray, int]:
    """float32 `[num_samples, num_channels]` and the sample rate in Hz."""
    try:
        container = sniff(path)
        if container is Container.EMPTY:
            raise MediaError(path, "is empty (0 bytes)")
        if container is Container.WAV:
            header = read_wav_header(path)
            if header.fault:
                raise MediaError(path, header.fault)
            if header.suits_tensorflow_io:
                return _decode_tensorflow_io(path)
        elif container is Container.AVI and (fault := avi_fault(path)):
            raise MediaError(path, fault)
        elif container in (Container.FLAC, Container.VORBIS, Container.MP3):
            return _decode_tensorflow_io(path)
    except OSError as error:
        raise MediaError(path, f"cannot be read ({error.strerror})") from error
    return _decode_av(path)


def _decode_tensorflow_io(path: Path) -> tuple[np.ndarray, int]:
    try:
        audio = tfio.audio.AudioIOTensor(str(path))
        samples = audio.to_tensor().numpy()
    except tf.errors.OpError as error:
        raise MediaError(path, "cannot be decoded: corrupt or truncated") from error
    return _to_float(samples), int(audio.rate)


def _decode_av(path: Path) -> tuple[np.ndarray, int]:
    frames: list[np.ndarray] = []
    last_packet_s = 0.0
    try:
        # Absolute, since FFmpeg takes a name such as `http:a.wav` for an address.
        with av.open(str(path.absolute())) as container:
            if not container.streams.audio:
                raise MediaError(path, "has no audio track")
            stream = container.streams.audio[0]
            if stream.codec_context is None:
                raise MediaError(
                    path, "has an audio codec that FFmpeg does not know; convert it"
                )
            for packet in container.demux():
                last_packet_s = max(last_packet_s, _packet_end_s(packet))
                # Not the packet's own `stream_index`, which is 0 of all that flush.
                if packet.stream.index == stream.index:
                    frames += map(_frame_samples, stream.decode(packet))
            rate_hz = stream.codec_context.sample_rate
            declared_s = _declared_seconds(container, stream)
    except av.FFmpegError as error:
        raise MediaError(path, f"cannot be decoded ({error.strerror})") from error
    if not frames:
        raise MediaError(path, "holds no samples")
    if len({frame.shape[1] for frame in frames}) > 1:
        raise MediaError(path, "changes its number of channels halfway")
    samples = np.concatenate(frames)
    found_s = max(last_packet_s, len(samples) / rate_hz)
    # Lossy codecs trim a few frames, and headers count whole video frames.
    if declared_s - found_s > max(0.1, 0.02 * declared_s):
        raise MediaError(
            path,
            f"is truncated: its header declares {declared_s:.2f} s, {found_s:.2f} s "
            "are there",
        )
    return samples, rate_hz


def _packet_end_s(packet: av.Packet) -> float:
    if packet.pts is None:
        return 0.0
    return float((packet.pts + (packet.duration or 0)) * packet.time_base)


def _declared_seconds(
    container: av.container.InputContainer, stream: av.AudioStream
) -> float:
    """Length that the header declares; 0 where FFmpeg would only guess it."""
    name = container.format.name
    if name.startswith("matroska") and container.duration:
        return container.duration / av.time_base
    if name in ("aiff", "mov,mp4,m4a,3gp,3g2,mj2") and stream.duration:
        return float(stream.duration * stream.time_base)
    return 0.0


def _frame_samples(frame: av.AudioFrame) -> np.ndarray:
    """float32 `[num_samples, num_channels]`.

    Not through `AudioResampler`: it crashes the process on channel layouts that
    have no name, such as 8 channels of AIFF.
    """
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels)
    else:
        samples = samples.T
    return _to_float(samples)


def _to_float(samples: np.ndarray) -> np.ndarray:
    """Scales integer samples, left-aligned in their type, to [-1, 1)."""
    if samples.dtype.kind == "f":
        return samples.astype(np.float32)
    full_scale = 2.0 ** (8 * samples.dtype.itemsize - 1)
    zero = _ZERO.get(samples.dtype, 0)
    return ((samples.astype(np.float64) - zero) / full_scale).astype(np.float32)
