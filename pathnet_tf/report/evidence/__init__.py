"""What a run left in its folder, read for the report."""
