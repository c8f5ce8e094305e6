"""Names of the ways to represent a clip, and the versions of one that there can be."""

from collections.abc import Sequence

from pathnet_tf.runtime.errors import UsageError

OPENSMILE_SETS = ("egemaps", "compare")
FEATURE_SETS = (*OPENSMILE_SETS, "prosody")
"""What `data_tools.write_functionals` writes. A model hears the last one by itself."""
SPEECH_VECTORS = ("functionals", *FEATURE_SETS)
ENCODED = "vectors"
"""What an encoder, or anything else, has made of clips of speech or faces."""
FROM_FILES = (*FEATURE_SETS, ENCODED)
"""Representations that files hold, see `functionals_file`."""
FACE_VECTORS = {
    "hog": "histograms of oriented gradients",
    "lbp": "histograms of local binary patterns",
}
"""Ways to make a vector of a face, and what each is made of."""
MOST_VIEWS = 16
"""Views of a face, see `face_views.VIEWS`."""
REPRESENTATIONS = ("segments", *SPEECH_VECTORS, *FACE_VECTORS, ENCODED)
# Nobody speaks slower or faster than this.
LEAST_SPEED, MOST_SPEED = 0.5, 2.0


def parse_speeds(words: Sequence[str]) -> tuple[float, ...]:
    """Reads the value of the flag --speeds.

    Args:
      words: The numbers, as text.

    Returns:
      The speeds, in the same order.

    Raises:
      UsageError: A speed is no number, out of range, 1 or given twice.
    """
    try:
        speeds = tuple(float(word) for word in words)
    except ValueError as error:
        raise UsageError(f"--speeds must be numbers, as 0.88,1.14: {error}") from error
    for speed in speeds:
        if not LEAST_SPEED <= speed <= MOST_SPEED or speed == 1:
            raise UsageError(
                f"--speeds must be {LEAST_SPEED} to {MOST_SPEED}, without 1, which is "
                f"always there. Received: {speed:g}"
            )
    if len(set(speeds)) < len(speeds):
        raise UsageError(f"--speeds names one twice. Received: {','.join(words)}")
    return speeds


def parts_of(representation: str) -> tuple[str, ...]:
    """Takes apart what stands side by side in a clip's vector, as compare+vectors."""
    return tuple(representation.split("+"))


def is_representation(text: str) -> bool:
    """Whether some text is a representation, or names several vectors, each once."""
    parts = parts_of(text)
    is_known = set(parts) <= set(REPRESENTATIONS) and len(set(parts)) == len(parts)
    return is_known and (len(parts) == 1 or "segments" not in parts)


def writer_of(feature_set: str) -> str:
    """The command that writes a file of some representation."""
    if feature_set == ENCODED:
        return "python -m data_tools.write_vectors"
    return f"python -m data_tools.write_functionals --feature_set={feature_set}"


def describe(
    representation: str, silence_db: float, speeds: Sequence[float], views: int
) -> str:
    """Describes in words how a clip is represented."""
    if len(parts := parts_of(representation)) > 1:
        each = (describe(one, silence_db, speeds, views) for one in parts)
        return "; and beside it, ".join(each)
    if representation == "segments":
        return "segments"
    if representation in FACE_VECTORS:
        also = f", in {views} views of each face" * (views > 1)
        return (
            f"a clip as one vector, the {FACE_VECTORS[representation]} of its faces, "
            f"averaged{also}"
        )
    also = " and ".join(f"{speed:g}" for speed in speeds)
    fast = f", also at {also} times its speed" * bool(speeds)
    if representation in (*OPENSMILE_SETS, ENCODED):
        loud = f" without silence of {silence_db:g} dB around it" * bool(silence_db)
        what = f"openSMILE's {representation}"
        if representation == ENCODED:
            what = "what an encoder or a file says of it"
        return f"a clip{loud} as one vector, {what}{fast}"
    what = "the functionals of its log-mel frames"
    if representation == "prosody":
        what = "its prosody and the functionals of its log-mel, over frames"
    loud = f" no more than {silence_db:g} dB below the loudest" * bool(silence_db)
    return f"a clip as one vector, {what}{loud}{fast}"
