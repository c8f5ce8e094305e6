"""Reads for the report what a run has written into its folder."""
