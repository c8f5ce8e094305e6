"""The flags of what a clip is to the network, and the settings that they make."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from pathnet_tf.features.feature_sets import REPRESENTATIONS, parse_speeds

if TYPE_CHECKING:
    from pathnet_tf.features.representation import Representation

FLAGS = flags.FLAGS

flags.DEFINE_enum(
    "representation",
    "segments",
    REPRESENTATIONS,
    "What a clip is to the network: its segments, or one vector of functionals: of its "
    "log-mel frames, or openSMILE's out of --functionals.",
)
flags.DEFINE_float(
    "silence_db",
    0.0,
    "Leave frames so far below a clip's loudest one out of its log-mel functionals; "
    "0: none. openSMILE's must have been written with the same --silence_db.",
)
flags.DEFINE_list(
    "speeds",
    [],
    "With openSMILE's functionals: hear each clip at these speeds too, as 0.88,1.14, "
    "at which they must have been written; a clip is answered by all of them "
    "together. Best with --classify=clip --segments_per_clip=1, which learns from one "
    "of them at a time.",
)
flags.DEFINE_multi_string(
    "functionals",
    [],
    "File of python -m data_tools.write_functionals for --method=egemaps_svm or "
    "compare_svm and for --representation; repeat the flag for several corpora and "
    "sets. Default: those beside the datasets, as datasets/emodb.compare.npz.",
)


def settings(folders: Iterable[str], methods: Iterable[str]) -> "Representation":
    """Makes what the flags say.

    Args:
      folders: Datasets, beside which functionals may lie.
      methods: Methods, which may need functionals too.

    Returns:
      How clips are represented, with the files of functionals of all of this.

    Raises:
      UsageError: A value is out of its range, or has no use.
    """
    from pathnet_tf.features.feature_sets import feature_sets_of
    from pathnet_tf.features.functionals_file import functionals_beside
    from pathnet_tf.features.representation import Representation

    files = tuple(map(Path, FLAGS.functionals)) or functionals_beside(
        folders, feature_sets_of(FLAGS.representation, methods)
    )
    return Representation(
        FLAGS.representation, FLAGS.silence_db, parse_speeds(FLAGS.speeds), files
    )
