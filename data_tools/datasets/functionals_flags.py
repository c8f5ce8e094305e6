"""The flags of the binaries that write one vector a clip to an `.npz` file."""

import math
from pathlib import Path

from absl import flags

from pathnet_tf.features.feature_sets import parse_speeds
from pathnet_tf.runtime.errors import UsageError

FLAGS = flags.FLAGS
flags.DEFINE_string("output", None, "File to write, NAME.npz.")
flags.DEFINE_bool("overwrite", False, "Replaces the file if it exists.")
flags.DEFINE_float(
    "silence_db",
    0.0,
    "Cuts off the silence before and after a clip's sound. A window is silent if it is "
    "more than this many decibels below the clip's loudest; 0 keeps the silence.",
)
flags.DEFINE_list(
    "speeds",
    [],
    "Speeds, such as 0.88,1.14, at which each clip is computed once more. Pitch and "
    "formants change with the speed, so that a network hears another speaker.",
)


def output_from_flags() -> Path:
    """The file to write.

    Raises:
      UsageError: Its name has another ending, or it exists.
    """
    if not (FLAGS.output or "").endswith(".npz"):
        raise UsageError(f"--output must end in .npz. Received: {FLAGS.output}")
    output = Path(FLAGS.output)
    if output.exists() and not FLAGS.overwrite:
        raise UsageError(f"--output={output} exists; name another one or --overwrite")
    return output


def sound_from_flags() -> tuple[float, tuple[float, ...]]:
    """The silence to cut off, in decibels, and the speeds.

    Raises:
      UsageError: One is out of its range.
    """
    if not 0 <= FLAGS.silence_db < math.inf:
        raise UsageError(
            f"--silence_db must be 0 or more decibels. Received: {FLAGS.silence_db:g}"
        )
    return FLAGS.silence_db, parse_speeds(FLAGS.speeds)
