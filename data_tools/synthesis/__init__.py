"""Synthesizers of voices, faces and small corpora, for demonstrations and tests."""
