"""Turns a clip into a network's inputs: log-mel segments or a vector of functionals."""
