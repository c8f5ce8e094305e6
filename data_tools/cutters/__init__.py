"""Cutters: from a clip to its segments, log-mel or face crops."""
