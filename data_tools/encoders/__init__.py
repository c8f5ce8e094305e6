"""Encoders that others have trained: a waveform becomes vectors of numbers."""
