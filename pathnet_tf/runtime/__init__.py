"""Starts and stops programs, writes files, and makes random number streams."""
