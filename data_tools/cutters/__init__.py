"""A clip is cut into segments: log-mel or faces."""
