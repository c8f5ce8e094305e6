"""The flags that say where the work of writing is done, and which part of it."""

import dataclasses

from absl import flags

from data_tools.datasets.work_settings import WorkSettings
from pathnet_tf.runtime.flag_fields import define, settings_from_flags

FLAGS = flags.FLAGS

define(WorkSettings)


def work_from_flags() -> WorkSettings:
    """Makes the settings of the flags, and of --num_workers.

    Raises:
      UsageError: A flag has no possible value, or flags contradict each other.
    """
    settings = settings_from_flags(WorkSettings)
    return dataclasses.replace(settings, num_workers=FLAGS.num_workers)
