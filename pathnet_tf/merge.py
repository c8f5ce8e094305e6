"""Makes the results of a run whose parts were run apart, as shards of an array job.

  python -m pathnet_tf.transfer --flagfile=flags/a_multi.flags --shard=1/2
  python -m pathnet_tf.transfer --flagfile=flags/a_multi.flags --shard=2/2
  python -m pathnet_tf.merge --run_dir=runs/a_multi

Reads what the shards left in the run's folder, checks that no part is missing, and
writes and prints the same results as one run of all parts. With --export_dir among the
run's flags, the model is learned and written now.
"""

from absl import flags

from pathnet_tf.runtime import command_line
from pathnet_tf.runtime.errors import UsageError

# Apart from the run's own flags, which have a run_dir too and are read below.
FLAGS = flags.FlagValues()

flags.DEFINE_string(
    "run_dir", None, "Folder that the shards wrote to.", flag_values=FLAGS
)


def main() -> None:
    """Merges the shards of the run that the flags name."""
    if not FLAGS.run_dir:
        raise UsageError("--run_dir is missing; give the folder that the shards had")
    from pathnet_tf.experiment.flags import read_run_settings
    from pathnet_tf.experiment.run import merge
    from pathnet_tf.report.write_report import write_report

    remedy = "so no shard has begun there; check --run_dir"
    merge(read_run_settings(FLAGS.run_dir, remedy=remedy))
    print(f"Report: {write_report([FLAGS.run_dir])}")


if __name__ == "__main__":
    command_line.run(main, doc=__doc__, values=FLAGS)
