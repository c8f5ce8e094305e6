"""Names of openSMILE's feature sets, and of what a clip can be to the network."""

FEATURE_SETS = ("egemaps", "compare")
REPRESENTATIONS = ("segments", "functionals", *FEATURE_SETS)
