"""The independent pieces of an experiment, each run in one process on one thread.

A source chain learns the source tasks one after the other and leaves its network on
disk. A target unit learns the target task on one fold's training speakers, from such a
network or from scratch, and scores the held-out speakers once, at the end.
"""
