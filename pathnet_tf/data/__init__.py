"""A dataset on disk, its folds, and the normalized inputs of a fold."""
