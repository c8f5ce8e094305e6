r"""Writes openSMILE functionals of a corpus, one vector a clip.

  python -m data_tools.write_functionals --corpus=emodb --corpus_dir=emodb \
    --feature_set=compare --output=datasets/emodb.compare.npz
  python -m pathnet_tf.transfer --target=datasets/emodb --method=scratch,compare_svm ...

With --silence_db=35 --speeds=0.88,1.14 for flags/recommended_speech.flags.

Beside a dataset, as DATASET.compare.npz or DATASET.egemaps.npz, it is found.

Needs the extra: pip install 'pathnet_tf[opensmile]'. openSMILE is free for research
and private use alone; anything else needs a licence of audEERING.
"""

import math
from pathlib import Path

from absl import flags

from data_tools.corpora import flags as corpus_flags
from pathnet_tf.features.feature_sets import FEATURE_SETS, parse_speeds
from pathnet_tf.runtime import command_line
from pathnet_tf.runtime.errors import UsageError

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "feature_set",
    "egemaps",
    FEATURE_SETS,
    "egemaps: the 88 of eGeMAPSv02; compare: the 6373 of ComParE 2016.",
)
flags.DEFINE_string("output", None, "The file to write, NAME.npz.")
flags.DEFINE_bool("overwrite", False, "Replace the file if it is there.")
flags.DEFINE_float(
    "silence_db",
    0.0,
    "Leave out what is so far below a clip's loudest window before and after its "
    "sound; 0: nothing.",
)
flags.DEFINE_list(
    "speeds",
    [],
    "Describe each clip at these speeds too, as 0.88,1.14: pitch and formants change "
    "with the speed, so that to a network it is one more speaker.",
)
flags.DEFINE_integer("num_workers", 0, "Processes; 0 stands for as many as pay.")


def main() -> None:
    """Writes the file that the flags describe."""
    source = corpus_flags.source_from_flags()
    if not (FLAGS.output or "").endswith(".npz"):
        raise UsageError(f"--output must end in .npz. Received: {FLAGS.output}")
    output = Path(FLAGS.output)
    if output.exists() and not FLAGS.overwrite:
        raise UsageError(f"--output={output} exists; name another one or --overwrite")
    if not 0 <= FLAGS.silence_db < math.inf:
        raise UsageError(
            f"--silence_db must be 0 or more decibels. Received: {FLAGS.silence_db:g}"
        )
    speeds = parse_speeds(FLAGS.speeds)
    from data_tools.datasets.functionals import write_functionals

    print(
        write_functionals(
            source,
            FLAGS.feature_set,
            output,
            num_workers=FLAGS.num_workers,
            silence_db=FLAGS.silence_db,
            speeds=speeds,
        )
    )


if __name__ == "__main__":
    command_line.run(main, doc=__doc__)
