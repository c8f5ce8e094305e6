"""Synthesized voices, faces and corpora, for demonstrations and tests."""
