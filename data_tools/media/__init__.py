"""A file becomes a waveform, frames or a picture."""
