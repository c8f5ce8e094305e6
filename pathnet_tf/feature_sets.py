"""Names of openSMILE's feature sets, and of what a clip can be to the network."""

FEATURE_SETS = ("egemaps", "compare")
REPRESENTATIONS = ("segments", "functionals", *FEATURE_SETS)


def describe(representation: str, silence_db: float) -> str:
    """Says what a clip is to the network."""
    if representation == "segments":
        return "segments"
    if representation in FEATURE_SETS:
        return f"a clip as one vector, openSMILE's {representation}"
    loud = f" no more than {silence_db:g} dB below the loudest" * bool(silence_db)
    return f"a clip as one vector, the functionals of its log-mel frames{loud}"
