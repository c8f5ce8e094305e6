"""Transfers emotional knowledge between corpora with PathNet and reports the gain.

  python -m pathnet_tf.transfer --flagfile=flags/a_multi.flags

Learns the sources, freezes their best pathway, then learns the target fold by fold
with that pathway always active, and scores the held-out speakers once, at the end.
With --scratch_control the same folds and seeds are also learned without the sources.
Without --source it is a run from scratch. One that was interrupted goes on where it was
when it is started again. Watch it while it runs:

  tensorboard --logdir=RUN_DIR/logs
"""

import dataclasses
from pathlib import Path

from absl import flags

from pathnet_tf.data.dataset_card import read_card
from pathnet_tf.data.dataset_folders import dataset_folders
from pathnet_tf.experiment import worker_processes
from pathnet_tf.experiment.flags import ResolvedFlags
from pathnet_tf.experiment.settings import ExperimentSettings
from pathnet_tf.runtime import command_line, interruption, storage
from pathnet_tf.runtime.flag_fields import define, settings_from_flags

FLAGS = flags.FLAGS

define(ExperimentSettings)


def main() -> None:
    """Runs the experiment that the flags describe."""
    # In the flags, so that those of the run name each dataset.
    FLAGS.source = dataset_folders(FLAGS.source, but=FLAGS.target or "")
    settings = settings_from_flags(ExperimentSettings)
    for folder in (*settings.data.sources, settings.data.target):
        # Before TensorFlow is imported, as most mistakes are here.
        if isinstance(storage.as_path(folder), Path):
            read_card(storage.as_path(folder))
    workers = worker_processes.started(settings.execution)
    with interruption.announced(), workers as execution:
        settings = dataclasses.replace(settings, execution=execution)
        # TensorFlow takes seconds to import, which --help and a wrong flag need not
        # wait for.
        from pathnet_tf.experiment.run import run
        from pathnet_tf.report.write_report import write_report

        # A shard has no results, and so no report.
        if run(settings, flags=ResolvedFlags.parsed()):
            print(f"Report: {write_report([str(settings.run_dir)])}")


if __name__ == "__main__":
    command_line.run(main, doc=__doc__)
