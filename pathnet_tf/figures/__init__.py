"""Draws arrays as pictures. Nothing here depends on a run or a page."""
