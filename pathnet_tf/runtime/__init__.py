"""How programs start, stop, write files and draw random numbers."""
