"""Scores of held-out speakers, their significance, and comparisons of methods."""
