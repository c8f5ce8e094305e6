"""Reads the sound of a file as the package does: decode the file, cut the stretch."""

from data_tools.media.audio import cut, decode


def read_audio(path, *, start_s=0.0, end_s=None):
    """float32 `[num_samples]` at 16 kHz."""
    waveform = decode(path, sample_rate_hz=16000).waveform
    return cut(waveform, path, start_s=start_s, end_s=end_s, sample_rate_hz=16000)
