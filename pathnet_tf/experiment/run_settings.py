"""The settings of a run that has begun, read from the flags in its folder."""

import sys

from absl import flags

from pathnet_tf.experiment import flags as transfer_flags
from pathnet_tf.experiment.settings import FLAGS_NAME, ExperimentSettings
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import as_path


def read_run_settings(run_dir: str, *, remedy: str) -> ExperimentSettings:
    """Reads the settings of a run.

    The flags of `pathnet_tf.transfer` are set to those of the run, whatever they were.

    Args:
      run_dir: The run's folder.
      remedy: What is to be done where no run has begun, for the error.

    Returns:
      The settings, with `run_dir` as the folder.

    Raises:
      DataError: No run has begun there, or one of another release.
      UsageError: The settings contradict each other.
    """
    path = as_path(run_dir) / FLAGS_NAME
    try:
        lines = path.read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(f"{run_dir} has no {FLAGS_NAME}, {remedy}") from error
    # Flags that may be repeated would else add to those of the run read before.
    flags.FLAGS.unparse_flags()
    try:
        flags.FLAGS([sys.argv[0], *lines, f"--run_dir={run_dir}"])
    except flags.Error as error:
        raise DataError(
            f"{path} holds flags that this release does not know ({error}); run it "
            "again, or use the release that ran it"
        ) from error
    return transfer_flags.settings()
