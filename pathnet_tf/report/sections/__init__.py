"""The sections of the report, each in a file of its own."""
