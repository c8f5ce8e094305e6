"""Readers of media files: sound as a waveform, video as frames, still pictures."""
