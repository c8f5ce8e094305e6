"""Carries emotion knowledge between all pairs of several corpora: who helps whom?

  python -m pathnet_tf.cross_corpus --datasets=datasets --run_dir=runs/matrix \
      --flagfile=flags/recommended_speech_mels.flags

Every dataset is learned from scratch, from each other one, and from all others
together. Each of these runs is one of transfer, in a folder of its own in RUN_DIR/runs.
The flags are those of transfer, but that --datasets takes the place of --source and
--target. The same command, given again, does what is not done yet.

The classes of a target are its own emotions, or those of --emotions, that at least one
source has. Where --protocol is loso and a speaker of the target shows fewer than two of
them, groups of speakers (--num_folds) are held out instead.

With --shard=3/10 a process of an array job does every tenth run. When all shards are
done, the command without --shard makes the page.
"""

import functools

from absl import flags

from pathnet_tf.data.dataset_folders import dataset_folders
from pathnet_tf.experiment import worker_processes
from pathnet_tf.experiment.flags import changed_run
from pathnet_tf.experiment.settings import (
    CrossCorpusSettings,
    ExecutionSettings,
    ExperimentSettings,
)
from pathnet_tf.runtime import command_line, interruption
from pathnet_tf.runtime.flag_fields import (
    define,
    flag_names,
    flagfile_text,
    settings_from_flags,
)

# Apart from those of transfer, of which tests run both in one process.
FLAGS = flags.FlagValues()

define(CrossCorpusSettings, FLAGS)
define(ExperimentSettings, FLAGS)


def main() -> None:
    """Runs the matrix that the flags describe."""
    # In the flags, so that those of the matrix name each dataset.
    FLAGS.datasets = dataset_folders(FLAGS.datasets)
    wanted = settings_from_flags(CrossCorpusSettings, FLAGS)
    workers = worker_processes.started(settings_from_flags(ExecutionSettings, FLAGS))
    with interruption.announced(), workers as execution:
        FLAGS.num_workers = execution.num_workers
        # TensorFlow takes seconds to import, which --help need not wait for.
        from pathnet_tf.experiment.cross_corpus import plan_matrix, run_matrix
        from pathnet_tf.report.cross_corpus_page import CrossCorpusPage

        matrix = plan_matrix(wanted, functools.partial(changed_run, FLAGS))
        page = CrossCorpusPage(matrix)
        try:
            run_matrix(matrix, _flagfile(), done=page.add)
        except interruption.StoppedError:
            if not matrix.shard:
                page.write()
            raise
        if not matrix.shard:
            print(page.text())
            print(f"Page: {page.write()}, its tables and pictures: {page.parts}")


def _flagfile() -> str:
    names = [*flag_names(CrossCorpusSettings), *flag_names(ExperimentSettings)]
    # As --datasets says; and a matrix that is started again by its own flags goes on.
    left_out = ("source", "target", "overwrite", "shard")
    return flagfile_text([name for name in names if name not in left_out], FLAGS)


if __name__ == "__main__":
    command_line.run(main, doc=__doc__, values=FLAGS)
