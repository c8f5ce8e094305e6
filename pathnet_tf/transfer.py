"""Transfers emotional knowledge between corpora with PathNet and reports the gain.

  python -m pathnet_tf.transfer --flagfile=flags/a_multi.flags

Learns the sources, freezes their best pathway, then learns the target fold by fold
with that pathway always active, and scores the held-out speakers once, at the end.
With --scratch_control the same folds and seeds are also learned without the sources.
Without --source it is a run from scratch. One that was interrupted goes on where it was
when it is started again. Watch it while it runs:

  tensorboard --logdir=RUN_DIR/logs
"""

from pathlib import Path

from absl import flags

from pathnet_tf.data.dataset_card import read_card
from pathnet_tf.experiment import execution_flags, worker_start
from pathnet_tf.experiment import flags as transfer_flags
from pathnet_tf.runtime import command_line, interruption, storage
from pathnet_tf.runtime.errors import UserError

FLAGS = flags.FLAGS


def main() -> None:
    """Runs the experiment that the flags describe."""
    transfer_flags.check_flags()
    for folder in (*FLAGS.source, FLAGS.target):
        # Before TensorFlow is imported, as most mistakes are here.
        if isinstance(storage.as_path(folder), Path):
            read_card(storage.as_path(folder))
    with interruption.announced():
        _run()


def _run() -> None:
    starts_workers = FLAGS.executor == "local" and execution_flags.num_workers() > 1
    if starts_workers:
        worker_start.start_workers(execution_flags.num_workers())
    try:
        chosen = transfer_flags.settings()
        # TensorFlow takes seconds to import, which --help and a wrong flag need not
        # wait for.
        from pathnet_tf.experiment import run_experiment
        from pathnet_tf.report.write_report import write_report

        # A shard has no results, and so no report.
        if run_experiment.run(chosen, flags=transfer_flags.resolved()):
            print(f"Report: {write_report([FLAGS.run_dir])}")
    except UserError:
        if starts_workers:
            worker_start.stop_workers()
        raise


if __name__ == "__main__":
    command_line.run(main, doc=__doc__)
