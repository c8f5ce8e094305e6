"""A corpus becomes TFRecords, functionals, or a check of its files."""
