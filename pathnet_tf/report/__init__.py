"""The report of a run, or of several: pictures, tables and one page."""
