"""Fuses two finished runs, one on speech and one on faces."""
