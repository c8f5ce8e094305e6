"""By what a target is learned: transfer, its controls, and the baselines."""
