"""What a finished run looks like: pictures of scores, curves and pathways."""
