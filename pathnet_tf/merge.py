"""Makes the results of a run whose parts were run apart, as shards of an array job.

  python -m pathnet_tf.transfer --flagfile=flags/a_multi.flags --shard=1/2
  python -m pathnet_tf.transfer --flagfile=flags/a_multi.flags --shard=2/2
  python -m pathnet_tf.merge --run_dir=runs/a_multi

Reads what the shards left in the run's folder, checks that no part is missing, and
writes and prints the same results as one run of all parts. With --export_dir among the
run's flags, the model is learned and written now.
"""

import sys

from absl import flags

from pathnet_tf import command_line
from pathnet_tf.errors import DataError, UsageError

# Apart from the run's own flags, which have a run_dir too and are read below.
FLAGS = flags.FlagValues()

flags.DEFINE_string(
    "run_dir", None, "Folder that the shards wrote to.", flag_values=FLAGS
)


def main() -> None:
    """Merges the shards of the run that the flags name."""
    if not FLAGS.run_dir:
        raise UsageError("--run_dir is missing; give the folder that the shards had")
    from pathnet_tf import experiment, transfer
    from pathnet_tf.experiment_settings import FLAGS_NAME
    from pathnet_tf.storage import as_path

    path = as_path(FLAGS.run_dir) / FLAGS_NAME
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError as error:
        raise DataError(
            f"{FLAGS.run_dir} has no {FLAGS_NAME}, so no shard has begun there; check "
            "--run_dir"
        ) from error
    flags.FLAGS([sys.argv[0], *lines, f"--run_dir={FLAGS.run_dir}"])
    experiment.merge(transfer.settings())


if __name__ == "__main__":
    command_line.run(main, doc=__doc__, values=FLAGS)
