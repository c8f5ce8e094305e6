"""Worker processes, watched because a media file may crash or hang its decoder."""
